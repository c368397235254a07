"""The panel without widgets: in Python, in kernels, and where there is none."""

from __future__ import annotations

import re

import pytest

import grid_jupyter
from grid_jupyter.errors import CommandError, SweepError, UserError

WIDGET = "application/vnd.jupyter.widget-view+json"
FLAGS = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("data", nargs="?")
parser.add_argument("--lr", type=float, default=0.5)
parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=False)
parser.add_argument("--batch-size", type=int, default=1)
args = parser.parse_args()
print(f"loss={args.lr}")
"""


@pytest.fixture
def panel(home, project, write):
    write({"flags.py": FLAGS})
    return grid_jupyter.panel("flags.py")


# In Python


def test_what_is_set_is_what_is_launched(panel):
    panel["lr"] = [0.1, 0.01]
    panel["amp"] = True
    panel.options["parallel"] = 1
    assert panel.line == '%grid run --parallel 1 flags.py --lr "[0.1, 0.01]" --amp'
    assert panel.trials == 2
    run = panel.launch()
    assert panel.run is run
    assert run.wait().results()["loss"].tolist() == [0.1, 0.01]
    assert run.launch.command == f'grid run --seed {run.launch.seed} --parallel 1 flags.py --lr "[0.1, 0.01]" --amp'
    assert panel.is_launched
    panel["lr"] = None
    del panel["amp"]
    assert not panel.is_launched
    assert panel.line == "%grid run --parallel 1 flags.py"


def test_values_of_python_are_words(panel):
    panel["batch_size"] = range(1, 4)  # as the script spells it
    assert panel["--batch-size"] == ("--batch-size", "[1, 2, 3]")
    panel["data"] = "some data"
    assert panel.line == '%grid run flags.py "some data" --batch-size "[1, 2, 3]"'
    panel["amp"] = "both ways"
    assert "--amp" in panel.line


def test_a_switch_is_off_on_or_both(panel):
    from grid_jupyter.core.forms import ways

    (amp,) = [flag for flag in panel.fields.flags if flag.name == "--amp"]
    panel.set_words("--amp", ways(amp, panel.fields.kinds)["both"])
    panel["lr"] = [1, 2]
    assert panel.line == '%grid run flags.py "[--amp, --no-amp]" --lr "[1, 2]"'
    assert panel.trials == 4
    assert panel.labels() == {"--amp": "arg1", "--lr": "--lr"}


def test_what_is_drawn_stays_until_it_is_launched(panel):
    panel["lr"] = "uniform(0, 1, 3)"
    first = panel.plan.argv(0)
    panel["amp"] = True
    assert panel.plan.argv(0)[:2] == first[:2]
    launched = panel.launch()
    assert launched.launch.script_command(0)[-3:] == [*first[:2], "--amp"]
    assert panel.plan.argv(0)[:2] != first[:2]
    launched.wait()


def test_faults_are_told(panel):
    with pytest.raises(CommandError, match=r"flags.py has no flag 'learning'; it has data, --lr"):
        panel["learning"] = 1
    with pytest.raises(CommandError, match="wait is not a flag of a panel; it has strategy"):
        panel.options["wait"] = True
    with pytest.raises(CommandError, match="cannot be passed to a script"):
        panel["lr"] = object()
    panel["lr"] = "[1 2]"
    with pytest.raises(SweepError, match="--lr: a comma is missing") as told:
        _ = panel.trials
    assert told.value.detail.endswith("^")
    panel["lr"] = "[1, 2]"
    panel.options["trials"] = "many"
    with pytest.raises(CommandError, match="--trials takes a whole number"):
        panel.launch()
    panel.more = "'"
    assert "flags.py" in repr(panel)
    assert grid_jupyter.runs() == []


def test_a_question_needs_an_answer(panel):
    panel["lr"] = [1, 2]
    panel.options["max_trials"] = 1
    with pytest.raises(CommandError, match="Nobody can be asked here; answer with --max_trials 2"):
        panel.launch()
    panel.agreed.add("This launches 2 trials, more than 1. Go on?")
    panel.launch().wait()


def test_another_script_keeps_the_flags_that_it_has_too(panel, write):
    panel["lr"] = [1, 2]
    panel["amp"] = True
    write({"other.py": FLAGS.replace("--amp", "--bf16")})
    panel.script = "other.py"
    assert panel.line == '%grid run other.py --lr "[1, 2]"'
    panel.script = "nosuch.py"
    assert "nosuch.py does not exist" in repr(panel)
    with pytest.raises(UserError, match="no script is chosen"):
        _ = grid_jupyter.panel().trials


def test_a_mistyped_flag_is_warned_of(panel):
    panel.more = "--btach-size 3"
    assert panel.plan.warnings[-1] == "flags.py has no flag --btach_size; the nearest is --batch-size."


# In a notebook


def test_in_a_notebook_that_is_executed_it_is_text(kernel):
    told = kernel.run("panel = %grid panel train.py")
    assert (told.kinds, told.stdout) == (["stream"], "Panel of train.py: 1 trial on this machine\n%grid run train.py\n")
    assert kernel.run("panel['lr'] = [0.1, 0.01]\npanel").stdout.splitlines() == [
        "Panel of train.py: 2 trials on this machine",
        '%grid run train.py --lr "[0.1, 0.01]"',
    ]
    assert kernel.run("panel.launch()").stdout == "2 trials on this machine\n"
    assert kernel.run("panel.run.wait()").stdout.startswith("2 succeeded")
    assert kernel.run("%grid panel;").kinds == []
    assert "no script" in kernel.run("%grid panel").stdout.replace("without a script", "no script")


def test_a_person_gets_widgets_and_a_saved_notebook_a_text(kernel):
    reply = kernel.run("panel = %grid panel train.py", allow_stdin=True)
    shown, note, place = reply.of("display_data")
    assert {WIDGET, "text/plain", "text/html"} <= set(shown["data"])
    assert shown["data"]["text/plain"].startswith("Panel of train.py: 1 trial on this machine")
    assert "Run this cell again to bring the panel back." in shown["data"]["text/html"]
    assert "Run this cell again" in note["data"]["text/html"]
    # Set by the program: what is launched is shown at its place, once.
    kernel.run("panel['lr'] = [0.1, 0.01]", allow_stdin=True)
    assert kernel.run("panel.trials", allow_stdin=True).result == "2"
    assert place["transient"]["display_id"]
    # Assigned or not, it is shown once.
    assert len(kernel.run("%grid panel train.py", allow_stdin=True).of("display_data")) == 3
    assert kernel.run("%grid panel train.py;", allow_stdin=True).kinds == []


@pytest.mark.full
def test_the_last_of_many_messages_counts(kernel, wait_until):
    """As a front end would: by messages to the widgets."""
    kernel.run("panel = %grid panel train.py", allow_stdin=True)
    kernel.run(
        "from ipywidgets.widgets.widget import _instances\n"
        "entry = [one for one in _instances.values() if getattr(one, 'description', '') == '--lr'][0]\n"
        "button = [one for one in _instances.values() if getattr(one, 'description', '') == 'Launch 1 trial'][0]",
        allow_stdin=True,
    )
    entry = kernel.run("entry.comm.comm_id", allow_stdin=True).result.strip("'")
    text = f"[{', '.join(str(number) for number in range(10, 27))}]"
    for end in range(1, len(text) + 1):
        data = {"method": "update", "state": {"value": text[:end]}, "buffer_paths": []}
        kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", {"comm_id": entry, "data": data}))

    wait_until(lambda: kernel.run("button.description", allow_stdin=True).result == "'Launch 17 trials'")
    assert kernel.run("entry.value", allow_stdin=True).result == repr(text)
    assert kernel.run("panel.line", allow_stdin=True).result == repr(f'%grid run train.py --lr "{text}"')


@pytest.mark.full
def test_a_cell_is_the_script(kernel, wait_until):
    cell = "%%grid panel\nlr = 0.5\ndepth = 3\nprint(f'loss={lr / depth}')"
    assert kernel.run(cell).stdout.startswith("Panel of the cell: 1 trial on this machine\n%%grid run")
    kernel.run(cell + "\n", allow_stdin=True)
    kernel.run("from grid_jupyter.notebook.panel import Panel\npanel = Panel(cell='lr = 0.5\\nprint(f\"loss={lr}\")')")
    kernel.run("panel['lr'] = [0.1, 0.2]")
    assert kernel.run("panel.line").result == "'%%grid run -- --lr \"[0.1, 0.2]\"'"
    assert re.search(r"0 +0\.1 ", kernel.run("panel.launch().wait().results()").result)
    assert "has no flag 'lrs'; it has --lr" in kernel.run("panel['lrs'] = 1").error["evalue"]
    assert "leave out train.py" in kernel.run("%%grid panel train.py\nlr = 1").error["evalue"]


@pytest.mark.full
def test_a_variable_of_the_notebook_is_an_axis(kernel):
    kernel.run("rates = [0.1, 0.2, 0.3]\npanel = %grid panel train.py\npanel['lr'] = '$rates'")
    assert kernel.run("panel.trials").result == "3"
    told = kernel.run("panel['lr'] = '$rate'\npanel").stdout
    assert "! $rate is not defined in this notebook; it is passed as text." in told


def test_a_notebook_has_its_parameters(home, project, write):
    import nbformat

    cell = nbformat.v4.new_code_cell("lr = 0.1  # step size", metadata={"tags": ["parameters"]})
    book = nbformat.v4.new_notebook(cells=[cell])
    write({"study.ipynb": nbformat.writes(book), "plain.ipynb": nbformat.writes(nbformat.v4.new_notebook())})
    panel = grid_jupyter.panel("study.ipynb", {"lr": [1.5, 2.5]})
    assert panel.line == '%grid run study.ipynb --lr "[1.5, 2.5]"'
    assert panel.trials == 2
    (flag,) = panel.fields.flags
    assert (flag.name, flag.type, flag.default, flag.help) == ("--lr", "float", 0.1, "step size")
    panel.script = "plain.ipynb"
    assert panel.fields.flags == ()
    assert panel.fields.notes[0].startswith("plain.ipynb has no cell for parameters")
    write({"broken.ipynb": "{"})
    panel.script = "broken.ipynb"
    assert "broken.ipynb is no notebook that can be read" in repr(panel)


# Keys


def test_a_rest_is_waited_for_and_the_last_touch_counts(wait_until):
    from grid_jupyter.notebook.panel.rest import AtRest

    value, seen = 0, []
    rest = AtRest(lambda: seen.append(value), 0.05)
    for value in range(1, 51):  # noqa: B007  (read when it is time)
        rest.touch()
    wait_until(lambda: seen and seen[-1] == 50)
    value = 51
    rest.touch()
    rest.flush()
    assert seen[-1] == 51
    number = len(seen)
    rest.flush()
    assert len(seen) == number  # there is nothing to do
    at_once = AtRest(lambda: seen.append("now"), threads=False)
    at_once.touch()
    assert seen[-1] == "now"


# Elsewhere


def test_a_terminal_has_no_panel(grid):
    answer = grid.here("panel", "train.py")
    assert answer.code == 2
    assert "write %grid panel train.py there" in answer.err
    assert grid.here("panel", "-h").code == 0
