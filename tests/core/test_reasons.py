import pytest

from grid_jupyter.core.reasons import reason_for

OUT_OF_MEMORY = (
    "out of memory: the system killed it (signal 9);"
    " run fewer at once with --parallel, or set each one's share with --memory"
)


@pytest.mark.parametrize(
    ("code", "out_of_memory", "reason"),
    [
        (137, True, OUT_OF_MEMORY),
        (137, False, "killed by signal 9 from outside"),
        (137, None, "killed by signal 9: out of memory?"),
        (139, True, "killed by signal 11: a fault in a compiled library"),
        (143, True, "killed by signal 15 (SIGTERM)"),
        (1, True, "exit code 1: MemoryError"),
        (None, True, "ended without a trace: its process was killed"),
    ],
)
def test_only_a_kill_is_for_want_of_memory(tmp_path, code, out_of_memory, reason):
    stderr = tmp_path / "stderr"
    stderr.write_text("MemoryError\n")
    assert reason_for(code, stderr, out_of_memory=out_of_memory) == reason
