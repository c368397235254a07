"""A run of 10,000 trials, 50 of which print 200 lines a second each, while it is looked at: lines lost, and clicks.

All of it with a real JupyterLab and a real Chromium: one page follows the log of a trial, another one is clicked in.
The trials sleep between their lines; so that 50 may run at once where there are fewer CPUs, Grid is told of 50.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import chatty
from browser import a_browser, a_lab, a_page
from chatty import FOLLOWED, LONG, line
from measuring import GRID, MILLISECONDS, Row, figure, median, options, place, print_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from browser import Probed
    from measuring import Place

RUN = "live"
AT_ONCE = 50
# Python imports it at its start.
MANY_CPUS = f"import os\n\nos.sched_getaffinity = lambda process: set(range({AT_ONCE}))\n"

IN_RUN = f"document.querySelector('[data-run={RUN}]')"
LINES = f"{IN_RUN}.querySelector('.gj-Lines')"

PATIENCE = 120.0
LOOKS = 0.2
"""Seconds for which something is waited for, and between two looks at it."""


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, trials=10_000)
    with place({"chatty.py": Path(chatty.__file__).read_text(encoding="utf-8")}) as here, a_browser() as browser:
        (here.folder / "told").mkdir()
        with a_lab(here) as lab, a_page(browser, lab) as follower, a_page(browser, lab) as page:
            launch(here, args.trials)
            try:
                follower.command("grid:open-run", {"run": RUN, "trial": FOLLOWED})
                page.open_run(RUN)
                wait_until(lambda: running(here) == AT_ONCE)
                followed = here.folder / "told" / str(FOLLOWED)
                busy = list(iter(lambda: None if followed.exists() else clicks(page), None))
                missed = missing([line(FOLLOWED, number) for number in range(LONG)], shown(follower))
            finally:
                here.run([*GRID, "stop", "--yes", RUN])
                here.run(["sh", "-c", '"$@" || true', "wait", *GRID, "wait", RUN])
            quiet = [clicks(page) for _ in busy]
        printed, lost = lines_lost(here)
    of = f"{args.trials:,} trials, {AT_ONCE} printing {chatty.PACE} lines a second"
    print_table(
        Row(f"{of}: lines lost in logs", f"{printed:,} lines", "", f"{lost}", "", "0"),
        Row(f"{of}: lines lost in a log that is followed", f"{LONG:,} lines", "", f"{missed}", "", "0"),
        *(
            figure(
                f"{of}: a click on {what}",
                [click[what] for click in busy],
                MILLISECONDS,
                beside=f"{median([click[what] for click in quiet], MILLISECONDS)}: nothing running",
                goal="< 100 ms" if ", until" not in what else "",
            )
            for what in busy[0]
        ),
    )


def launch(here: Place, trials: int) -> None:
    """Launch the run on what passes for a machine of so many CPUs."""
    stand_in = here.folder / "stand-in"
    stand_in.mkdir()
    (stand_in / "sitecustomize.py").write_text(MANY_CPUS, encoding="utf-8")
    sweep = [here.folder / "told", f"range({trials})"]
    words = ["run", "--yes", "--name", RUN, "--parallel", AT_ONCE, "chatty.py", *sweep]
    environment = here.environment | {"PYTHONPATH": str(stand_in)}
    subprocess.run([*GRID, *map(str, words)], cwd=here.project, env=environment, check=True, stdout=subprocess.DEVNULL)


def running(here: Place) -> int:
    """Return how many trials run."""
    counts = json.loads(here.run([*GRID, "status", RUN, "--format", "json"]))["counts"]
    return int(counts.get("running", 0))


def clicks(page: Probed) -> dict[str, float]:
    """Click in a run's view; return by what was clicked, and what was waited for, how many milliseconds that took."""
    find = f"{IN_RUN}.querySelector"
    state, row, tab = ".gj-Filter:last-child", ".gj-Grid-rows .gj-Row:nth-child(3)", "[role=tab]:nth-child(2)"
    close = ".gj-Trial-head .gj-IconButton"
    pressed = f"{find}('{state}').ariaPressed"
    fits = f"row => {find}('{state}').textContent.endsWith(row.children[2]?.textContent)"
    listed = f"[...{find}All('.gj-Grid-rows .gj-Row')].every({fits})"
    opened, closed = f"{find}('.gj-Row[data-open]') && {find}('.gj-Trial')", f"!{find}('.gj-Trial')"

    def click(selector: str, holds: str) -> float:
        return page.click(f"[data-run={RUN}] {selector}", holds)

    taken = {}
    taken["a state"] = click(state, f"{pressed} === 'true'")
    click(state, f"{pressed} === 'false' && !{listed}")
    taken["a state, until only its trials are listed"] = click(state, listed)
    click(state, f"{pressed} === 'false' && !{listed}")
    taken["a trial"] = click(row, opened)
    click(close, closed)
    taken["a trial, until the end of its log is shown"] = click(row, f"{find}('.gj-Trial .gj-Line')")
    click(close, closed)
    taken["a tab"] = click(tab, f"{find}('{tab}').ariaSelected === 'true' && !{find}('.gj-Trials')")
    page.wait_for_selector(f"[data-run={RUN}] .gj-Chart")
    taken["a tab, until its table is shown"] = click("[role=tab]", f"{find}('.gj-Row .gj-Cell-text')")
    return taken


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > until:
            sys.exit("the run does not get under way")
        time.sleep(LOOKS)


def shown(page: Probed) -> list[str]:
    """Return all lines of the log that the page shows, in order: the page scrolls through it."""
    page.wait_for_function(f"{LINES}.textContent.includes({line(FOLLOWED, LONG - 1)!r})")
    return [str(text) for text in page.evaluate(f"probes.lines({LINES})")]


def lines_lost(here: Place) -> tuple[int, int]:
    """Return how many lines the trials say that they have printed, and how many of these are not in their logs."""
    printed = lost = 0
    for told in (here.folder / "told").iterdir():
        trial, count = int(told.name), int(told.read_text())
        log = here.home / "runs" / RUN / "trials" / told.name / "stdout.1"
        printed += count
        lost += missing([line(trial, number) for number in range(count)], log.read_text(encoding="utf-8").splitlines())
    return printed, lost


def missing(printed: list[str], found: list[str]) -> int:
    """Return how many lines are not where they were printed; one that was not printed counts as well."""
    return sum(one != other for one, other in zip_longest(printed, found))


if __name__ == "__main__":
    main()
