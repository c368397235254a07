"""An end for want of memory is told from an end by somebody's hand."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

EAT = """\
import os, sys
with open(sys.argv[1] + "/cgroup.procs", "w") as file:
    file.write(str(os.getpid()))
while True:
    os.environb[os.urandom(8).hex().encode()] = b"x" * 100_000
"""

LIMITS = {"/sys/fs/cgroup/memory": "memory.limit_in_bytes", "/sys/fs/cgroup": "memory.max"}


@pytest.fixture
def small_group(request):
    """A control group with little memory, where one may be made."""
    for root, limit in LIMITS.items():
        group = Path(root) / f"grid-{request.node.name}"
        with suppress(OSError):
            group.mkdir()
            try:
                (group / limit).write_text("60000000")
                yield group
                return
            finally:
                group.rmdir()
    pytest.skip("no control group can be made here")


def test_a_trial_that_the_system_ended_for_want_of_memory(grid, write, small_group):
    write({"eat.py": EAT})
    (row,) = grid.results(grid.finish("eat.py", small_group))
    assert row["state"] == "failed"
    assert row["reason"].startswith("out of memory: the system killed it")


def test_a_trial_that_somebody_ended(grid, write):
    write({"die.py": "import os\nos.kill(os.getpid(), 9)\n"})
    (row,) = grid.results(grid.finish("die.py"))
    assert row["reason"] == "killed by signal 9 from outside"
