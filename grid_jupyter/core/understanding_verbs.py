"""The verbs that help to understand a run: plots, comparisons and results in groups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from . import text
from .addresses import find_run, find_trial, is_trial, trial_number
from .reply import Reply
from .saving import KINDS, write_file

if TYPE_CHECKING:
    from .command import Command
    from .plan import Surroundings
    from .run import Run


def grouped_results(command: Command, run: Run, *, group_by: str | None = None, over: str | None = None) -> Reply:
    """Answer ``results`` with one row for trials that were given the same."""
    from .grouping import group_labels, group_rows

    found = group_rows(run.launch, group_labels(run.launch, group_by, over), run.started_rows())
    files = {kind: path for kind in KINDS if (path := command.options.get(kind))}
    for kind, path in files.items():
        write_file(Path(path), found.file(kind), asking=f"--{kind}")
    if files and not command.as_json:
        return Reply(None, f"{text.count(len(found.groups), 'group')} written to {' and '.join(files.values())}", run)
    return Reply(found.to_json(), "" if command.as_json else found.text(), run)


def plot(command: Command, _: Surroundings) -> Reply:
    """Draw a run; a terminal can only write it to a file."""
    from .plots import Options, make_plot

    run = find_run(command.operands[0])
    options = {name: value for name, value in command.options.items() if name in Options.__dataclass_fields__}
    if "trials" in options:
        words = options["trials"].strip("[]").split(",")
        options["trials"] = tuple(trial_number(run, word.strip()) for word in words)
    made = make_plot(run, Options(**options))
    path = command.options.get("save")
    if path:
        made.save(path)
    if command.as_json:
        return Reply(made.spec, "", run)
    if path:
        return Reply(None, f"{made.told}, written to {path}", run)
    return Reply(None, f"{made.told}\nA terminal draws no pictures: --save FILE.png writes it.", run, value=made)


def compare(command: Command, _: Surroundings) -> Reply:
    """Compare trials, of one run by their numbers or of several by their addresses."""
    from .comparison import compare as side_by_side

    first, *rest = command.operands
    if is_trial(first):
        found = side_by_side([find_trial(address) for address in command.operands])
    else:
        run = find_run(first)
        found = side_by_side([find_trial(f"{first}/{trial_number(run, word)}") for word in rest])
    shown = found.all if "all" in command.options else found
    return Reply(found.to_json(), "" if command.as_json else shown.text(), value=shown)
