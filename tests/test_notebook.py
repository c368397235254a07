"""The notebook's door, in real kernels."""

from __future__ import annotations

import json
import re

import psutil
import pytest

import grid_jupyter

GATE = """\
import os, sys, time
print("loss=0.5", flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.01)
"""


@pytest.fixture
def gate(tmp_path, write):
    """The file that trials of gate.py wait for."""
    write({"gate.py": GATE})
    return tmp_path / "gate"


def newest():
    return grid_jupyter.runs()[0]


def argv(reply):
    """The arguments of all trials that a plan in JSON tells."""
    return json.loads(reply.stdout)["argv"]


DRY = "%grid run --dry_run --format json train.py "


# What the issue asks for


@pytest.mark.parametrize("allow_stdin", [False, True])
def test_the_four_lines(start_kernel, allow_stdin):
    kernel = start_kernel()
    for line in ("%load_ext grid_jupyter", 'run = %grid run train.py --lr "[0.1, 0.01]"', "run.wait()"):
        assert kernel.run(line, allow_stdin=allow_stdin).status == "ok"
    told = kernel.run("run.results()", allow_stdin=allow_stdin).result
    assert re.search(r"0 +0\.10 +succeeded", told)
    assert "loss" in told
    assert len(grid_jupyter.runs()) == 1


def test_in_a_notebook_that_is_executed(home, project, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    cells = [
        "%load_ext grid_jupyter",
        'run = %grid run train.py --lr "[0.1, 0.01]" --layers "range(1, 4)"',
        "run.wait()",
        "run",
    ]
    texts = []
    for _ in range(2):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        NotebookClient(book, timeout=60, resources={"metadata": {"path": str(project)}}).execute()
        outputs = [[(out["output_type"], out.get("text")) for out in cell["outputs"]] for cell in book["cells"]]
        assert outputs[0] == []
        assert outputs[1] == [("stream", "6 trials on this machine\n")]
        assert {kind for kind, _ in outputs[2]} == {"stream"}
        assert {kind for kind, _ in outputs[3]} == {"stream"}
        texts.append(outputs)
    # Stable: no names, times or metrics.
    assert texts[0] == texts[1]
    assert texts[0][2][0][1].splitlines()[0] == "6 succeeded"
    assert texts[0][2][0][1].splitlines()[2] == "1  lr=0.1 layers=2  succeeded"


def test_a_run_is_a_value_and_is_shown_once(kernel):
    reply = kernel.run("x = %grid run train.py")
    assert (reply.kinds, reply.stdout) == (["stream"], "1 trial on this machine\n")
    assert kernel.run("type(x).__name__").result == "'Run'"
    reply = kernel.run("%grid run train.py")
    assert (reply.kinds, reply.stdout) == (["stream"], "1 trial on this machine\n")
    kernel.run("x.wait()")
    reply = kernel.run("x")
    assert reply.kinds == ["stream"]
    assert reply.stdout.count("1 trial on this machine") == 1
    kernel.run("import grid_jupyter\nfor one in grid_jupyter.runs(): one.wait()")


# A person is there


def test_a_run_is_shown_in_place_until_it_ends(kernel, gate, wait_until):
    reply = kernel.run(f"run = %grid run gate.py {gate}", allow_stdin=True)
    (shown,) = reply.of("display_data")
    assert set(shown["data"]) == {"text/html", "text/plain", "application/vnd.grid-jupyter.run+json"}
    name = newest().name
    assert name in shown["data"]["text/plain"]
    # The kernel is free meanwhile.
    assert kernel.run("1+1", allow_stdin=True, timeout=5).result == "2"
    gate.touch()
    place = shown["transient"]["display_id"]

    def over(messages):
        updates = [one["content"] for one in messages if one["msg_type"] == "update_display_data"]
        return updates and "1 of 1 ended" in updates[-1]["data"]["text/plain"]

    for message in kernel.late(over):
        assert message["msg_type"] == "update_display_data"
        assert message["content"]["transient"]["display_id"] == place
    # A run that has ended is still.
    wait_until(lambda: newest().state.ended)
    assert kernel.run("2+2", allow_stdin=True).result == "4"


def test_a_request_that_may_not_ask_gets_nothing_from_threads(kernel, gate, wait_until):
    reply = kernel.run(f"run = %grid run gate.py {gate}")
    assert reply.stdout == "1 trial on this machine\n"
    gate.touch()
    wait_until(lambda: newest().state.ended)
    later = kernel.run("run.wait()\n1+1")
    assert later.kinds == ["stream", "execute_result"]


def test_a_question_is_asked(kernel, home, wait_until):
    line = "%grid run --max_trials 1 train.py --lr [0.1, 0.2]"
    reply = kernel.run(line, allow_stdin=True, answers=["n"])
    assert reply.error["ename"].endswith("Error")
    assert "nothing was launched" in reply.error["evalue"]
    assert grid_jupyter.runs() == []
    assert kernel.run(line, allow_stdin=True, answers=["y"]).status == "ok"
    wait_until(lambda: newest().state == "succeeded")
    reply = kernel.run(f"%grid delete {newest().name}", allow_stdin=True, answers=["yes"])
    assert "is deleted" in reply.stdout
    assert grid_jupyter.runs() == []


def test_a_question_that_nobody_can_be_asked(kernel):
    reply = kernel.run("%grid run --max_trials 1 train.py --lr [0.1, 0.2]")
    assert "--yes" in reply.error["evalue"]
    assert grid_jupyter.runs() == []


# Interrupts and ends


def test_an_interrupt_ends_the_waiting_alone(kernel, gate, wait_until):
    kernel.run(f"run = %grid run gate.py {gate}")
    wait_until(lambda: newest().state == "running")
    sent = kernel.send("print('waiting', flush=True)\nrun.wait()")
    kernel.late(lambda messages: any(one["msg_type"] == "stream" for one in messages))
    # Whoever waits gives up its turn again and again.
    process = psutil.Process(kernel.pid)
    turns = process.num_ctx_switches().voluntary
    wait_until(lambda: process.num_ctx_switches().voluntary > turns + 5)
    kernel.manager.interrupt_kernel()
    reply = kernel.collect(sent, timeout=10)
    assert reply.error["ename"] == "Interrupted"
    assert len(reply.error["traceback"]) == 1
    assert "go on" in reply.error["evalue"]
    assert newest().state == "running"
    gate.touch()
    assert kernel.run("run.wait().state").status == "ok"
    assert newest().state == "succeeded"


def test_a_killed_kernel_ends_no_trial(start_kernel, gate, wait_until):
    first = start_kernel()
    first.run("%load_ext grid_jupyter")
    first.run(f"%grid run --name kept --parallel 1 gate.py {gate} [1, 2]", allow_stdin=True)
    wait_until(lambda: newest().state == "running")
    first.manager.provisioner.process.kill()
    first.manager.provisioner.process.wait()
    gate.touch()
    wait_until(lambda: newest().state == "succeeded")
    second = start_kernel()
    second.run("%load_ext grid_jupyter")
    assert "kept" in second.run("%grid history").stdout
    reply = second.run("import grid_jupyter\nrun = grid_jupyter.runs()[0]\nprint(run.name, run.state)")
    assert reply.stdout == "kept succeeded\n"
    shown = second.run("run", allow_stdin=True).of("display_data")
    assert "2 of 2 ended" in shown[0]["data"]["text/plain"]


# Variables


def test_variables_become_axes_and_text(kernel):
    kernel.run(
        "import numpy as np\nfrom pathlib import Path\n"
        "lrs = [0.1, 0.01]\npair = ('a b', '-c')\nsteps = range(2)\narray = np.array([1, 2])\nsome = {'a': 1}\n"
        "text = '[1, 2]'\nnumber = 3\nfolder = Path('data') / 'x'\nyes = True\ncall = 'uniform(0, 1, 3)'"
    )
    assert argv(kernel.run(DRY + "--lr $lrs")) == [["--lr", "0.1"], ["--lr", "0.01"]]
    assert argv(kernel.run(DRY + "--lr {lrs}")) == [["--lr", "0.1"], ["--lr", "0.01"]]
    assert argv(kernel.run(DRY + '--lr "$lrs"')) == [["--lr", "0.1"], ["--lr", "0.01"]]
    assert argv(kernel.run(DRY + "--lr=$lrs")) == [["--lr=0.1"], ["--lr=0.01"]]
    assert argv(kernel.run(DRY + "--a $pair")) == [["--a", "a b"], ["--a=-c"]]
    assert argv(kernel.run(DRY + "--a $steps $array")) == [["--a", a, b] for a in "01" for b in "12"]
    assert argv(kernel.run(DRY + "--a $text --b $number --c {folder} --d $yes")) == [
        ["--a", "[1, 2]", "--b", "3", "--c", "data/x", "--d", "True"]
    ]
    assert argv(kernel.run(DRY + "--a $call")) == [["--a", "uniform(0, 1, 3)"]]
    assert argv(kernel.run(DRY + "--a x{number}y --b=$folder/z")) == [["--a", "x3y", "--b=data/x/z"]]
    assert argv(kernel.run(DRY + "--a [{number}, 4]")) == [["--a", "3"], ["--a", "4"]]
    assert argv(kernel.run(DRY + "--a $$number --b {{number}}")) == [["--a", "$number", "--b", "{number}"]]


def test_an_unknown_name_is_text_and_told(kernel):
    reply = kernel.run(DRY + "--a $nothing --b {nobody}")
    plan = json.loads(reply.stdout)
    assert plan["argv"] == [["--a", "$nothing", "--b", "{nobody}"]]
    assert [name for name in ("$nothing", "{nobody}") if any(name in warning for warning in plan["warnings"])] == [
        "$nothing",
        "{nobody}",
    ]


def test_variables_for_flags_of_grid(kernel):
    kernel.run("how_many = 2\nchosen = 'random_search'")
    reply = kernel.run(
        "%grid run --strategy $chosen --trials {how_many} --dry_run --format json train.py --lr [1, 2, 3]"
    )
    assert len(argv(reply)) == 2


def test_the_text_of_a_line(kernel):
    assert argv(kernel.run(DRY + "--lr [0.1, 0.01]  # a comment")) == [["--lr", "0.1"], ["--lr", "0.01"]]
    assert argv(kernel.run(DRY + "--lr [0.1, \\\n  0.01] \\\n --b 'x # y'")) == [
        ["--lr", "0.1", "--b", "x # y"], ["--lr", "0.01", "--b", "x # y"],
    ]  # fmt: skip
    assert argv(kernel.run(DRY + "--a ~ --b * --c a;b")) == [["--a", "~", "--b", "*", "--c", "a;b"]]


def test_a_semicolon_silences(kernel):
    kernel.run("%grid run --name first --wait train.py")
    assert kernel.run("%grid results first;").kinds == []
    assert "loss" in kernel.run("%grid results first").result


# The verbs


def test_verbs_in_a_notebook(kernel, gate):
    kernel.run("run = %grid run --name first --wait train.py --lr [0.1, 0.2]")
    assert kernel.run("%grid logs first/1").stdout == "loss=0.2\n"
    lines = kernel.run("%grid logs --format json first/1").stdout.splitlines()
    assert json.loads(lines[0]) == {"trial": "first/1", "stream": "stdout", "text": "loss=0.2"}
    assert kernel.run("%grid logs --follow first/0").stdout == "loss=0.1\n"
    reply = kernel.run("%grid results first")
    assert reply.kinds == ["execute_result"]
    assert "succeeded" in reply.result
    assert kernel.run("frame = %grid results first\nlist(frame['lr'])").result == "[0.1, 0.2]"
    assert [row["state"] for row in json.loads(kernel.run("%grid results --format json first").stdout)] == [
        "succeeded"
    ] * 2
    assert "2 succeeded" in kernel.run("%grid status first").stdout
    assert "No run is under way" in kernel.run("%grid status").stdout
    assert "first" in kernel.run("%grid history").stdout
    assert kernel.run("%grid artifacts first").stdout == "No files were written.\n"
    assert kernel.run("x = %grid wait first\nx == run").result == "True"
    assert kernel.run("%grid delete --yes first").stdout == "first is deleted.\n"


def test_the_preview_of_a_plan(kernel):
    reply = kernel.run("%grid run --dry_run train.py --lr [0.1, 0.2] --layers range(3)")
    assert reply.kinds == ["execute_result"]
    assert "6 trials" in reply.result
    assert grid_jupyter.runs() == []


def test_help(kernel):
    assert "Verbs" in kernel.run("%grid -h").stdout
    assert kernel.run("%grid").stdout == kernel.run("%grid -h").stdout
    assert "--strategy" in kernel.run("%grid run -h").stdout


def test_tab_completes_the_flags_of_the_script(kernel, write):
    write({"train.py": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--rate')\np.parse_args()"})

    def tab(code, end=None):
        reply = kernel.client.complete(code, len(code) if end is None else end, reply=True, timeout=20)["content"]
        return [code[: reply["cursor_start"]] + match for match in reply["matches"]]

    assert tab("%grid run train.py --r") == ["%grid run train.py --rate"]
    assert tab("import os\nx = %grid run --strategy=n") == ["import os\nx = %grid run --strategy=none"]
    assert tab("%%grid run --dept\ndepth = 3", len("%%grid run --dept")) == ["%%grid run --depth"]
    assert tab("%grid run tr") == ["%grid run train.py"]
    assert "print" in tab("prin")
    assert "%grid run --instance_type 4_l4_24gb" in tab("%grid run --instance_type 4_l4")
    code = "%grid run --instance_type 4_l4_"
    reply = kernel.client.complete(code, len(code), reply=True, timeout=20)["content"]
    (typed,) = reply["metadata"]["_jupyter_types_experimental"]
    assert re.fullmatch(r"\$\d+\.\d\d/h,\s4\s×\sL4\s24\sGB", typed["type"])
    kernel.run("%unload_ext grid_jupyter")
    assert "%grid run train.py --rate" not in tab("%grid run train.py --r")


def test_unloading_takes_the_magics_back(kernel):
    assert kernel.run("%grid history").status == "ok"
    assert kernel.run("%unload_ext grid_jupyter").kinds == []
    assert "grid" in kernel.run("%grid history").stderr
    assert kernel.run("%load_ext grid_jupyter").kinds == []
    assert "No runs yet" in kernel.run("%grid history").stdout


def test_loading_imports_little(start_kernel):
    kernel = start_kernel()
    kernel.run("%load_ext grid_jupyter")
    told = kernel.run("import sys\n[name for name in ('pandas', 'numpy', 'boto3', 'sqlite3') if name in sys.modules]")
    assert told.result in {"[]", "['sqlite3']"}  # IPython's own history


# Cells


def test_a_cell_is_a_script(kernel, project):
    kernel.run("secret = 42")
    cell = (
        "%%grid run --name cell --wait --lr [0.1, 0.2] --depth 3\n"
        "lr = 0.5\ndepth: int = 1\nlabel = 'x'\n"
        "assert 'secret' not in globals()\n"
        "print(f'loss={lr * depth}')\nprint(type(lr).__name__, type(depth).__name__, label)\n"
    )
    assert kernel.run(cell).status == "ok"
    run = grid_jupyter.Run("cell")
    assert [row.metrics["loss"] for row in run.rows()] == [pytest.approx(0.3), pytest.approx(0.6)]
    assert run[0].log().splitlines()[-1] == "float int x"
    assert run.artifacts() == []
    assert not (project / "cell.py").exists()


def test_a_cell_that_reads_its_arguments_gets_them(kernel):
    kernel.run("%%grid run --name cell --wait --gpu-like [a, b] 7\nimport sys\nprint(sys.argv[1:])\n")
    run = grid_jupyter.Run("cell")
    assert [run[n].log() for n in (0, 1)] == ["['--gpu_like', 'a', '7']", "['--gpu_like', 'b', '7']"]


def test_a_cell_takes_a_name_of_grids_behind_dashes(kernel):
    reply = kernel.run("%%grid run --name first --seed 3\nseed = 1\n")
    assert reply.error["ename"] == "CommandError"
    assert "-- " in reply.error["evalue"]
    assert grid_jupyter.runs() == []
    assert kernel.run("%%grid run --name first --wait -- --seed [5, 6]\nseed = 1\nprint(seed)\n").status == "ok"
    assert [grid_jupyter.Run("first")[n].log() for n in (0, 1)] == ["5", "6"]


def test_a_cell_finds_the_projects_files(kernel, write):
    write({"helper.py": "VALUE = 7\n", "data.txt": "d"})
    kernel.run("%%grid run --name cell --wait\nimport helper\nprint(helper.VALUE, open('data.txt').read())\n")
    assert grid_jupyter.Run("cell")[0].log() == "7 d"
