"""How fast JupyterLab's front end is with much to show: 500 runs, 100,000 trials, a log of 1 GB.

All of it in a real JupyterLab and a real Chromium, which draws with the CPU. Beside each figure stands the same with
little to show, measured in turn: 5 runs, an empty box, a log of 1 KB.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from browser import SCROLLED, a_browser, a_lab, a_page
from measuring import GRID, MILLISECONDS, Row, figure, median, options, place, print_table, rounds
from stores import fill, multiply

if TYPE_CHECKING:
    from argparse import Namespace

    from browser import Probed, Scrolled
    from measuring import Place

FEW = 5
LISTED = 50
"""How many runs the sidebar lists at first."""

WHEEL = 120
"""Pixels a frame: a fast wheel, five rows."""

IN_SIGHT = "line.getBoundingClientRect().bottom < innerHeight"

PROSE = "line {i:09d}: it is done, sample {i:09d} of the training set was read, and all is well."
FILES = {
    "train.py": """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--layers", type=int)
args = parser.parse_args()
for epoch in range(1, 4):
    print(f"epoch={epoch} val_loss={args.lr * args.layers / epoch}")
""",
    "sleep.py": "import time\n\ntime.sleep(3600)\n",
    "log.py": f"""\
import sys
size, line = int(sys.argv[1]), {PROSE!r} + "\\n"
lines = size // len(line.format(i=0))
for first in range(0, lines, 10_000):
    sys.stdout.write("".join(line.format(i=i) for i in range(first, min(first + 10_000, lines))))
print("that was all")
""",
}
RUN = [*GRID, "run", "--yes", "--name"]
LARGE = ["--lr", "loguniform(0.00001, 0.1, 100)", "--layers", "range(1, 11)", "--fold"]


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, runs=500, trials=100_000, megabytes=1000, loads=5, rounds=5)
    with ExitStack() as stack:
        few, many = (stack.enter_context(place(FILES)) for _ in range(2))
        for here in few, many:
            here.run([*RUN, "tune", "--wait", "train.py", "--lr", "[0.1, 0.01]", "--layers", "[1, 2]"])
        multiply(few, "tune", FEW)
        multiply(many, "tune", args.runs)
        browser = stack.enter_context(a_browser())
        page = stack.enter_context(a_page(browser, stack.enter_context(a_lab(few))))
        with a_lab(many) as lab, a_page(browser, lab) as crowded:
            rows = the_sidebar(page, crowded, args)
        rows += [*the_table(page, few, args), *the_log(page, few, args)]
        print_table(*rows)


def the_sidebar(page: Probed, crowded: Probed, args: Namespace) -> list[Row]:
    """Measure pages that open with the sidebar shown, from the list's arrival to its first paint."""
    for each in page, crowded:
        each.sidebar()
        each.wait_for_selector(".gj-RunItem")
        each.wait_for_timeout(2000)  # until Lab has stored that the sidebar is shown
    less, more = rounds(args.loads, lambda: first_paint(page), lambda: first_paint(crowded))
    whole = [all_listed(crowded, args.runs) for _ in range(args.loads)]
    of = f"the sidebar's first paint with {args.runs:,} runs"
    return [
        figure(
            f"{of}, after its data",
            more,
            MILLISECONDS,
            beside=f"{median(less, MILLISECONDS)}: {FEW} runs",
            goal="< 300 ms",
        ),
        figure(f"all {args.runs:,} in the list, after their data", whole, MILLISECONDS, goal="< 300 ms"),
    ]


def first_paint(page: Probed) -> float:
    """Load the page anew; return the milliseconds from the arrival of the list of runs to its paint."""
    page.goto(page.lab.url().removesuffix("&reset"), wait_until="commit")
    return float(page.evaluate(f"probes.afterData('/runs', () => {listed('> 0')})"))


def all_listed(page: Probed, runs: int) -> float:
    """Load the page anew and ask for all runs; return how long after its arrival the last list is painted."""
    first_paint(page)
    for known in range(LISTED, runs, 5 * LISTED):
        shown = f"probes.afterData('/runs', () => {listed(f'> {known}')})"
        taken = page.evaluate(f"document.querySelector('.gj-Runs-more button').click(), {shown}")
    return float(taken)


def listed(how_many: str) -> str:
    """Write in JavaScript whether so many runs are in the list, which is in sight."""
    return f"[...document.querySelectorAll('.gj-RunItem')].filter(item => item.checkVisibility()).length {how_many}"


def the_table(page: Probed, here: Place, args: Namespace) -> list[Row]:
    """Measure the table of a large run while it scrolls, as with a wheel, and from one end to the other."""
    here.run([*RUN, "large", "--parallel", 1, "sleep.py", *LARGE, f"range({args.trials // 1000})"])
    here.run([*GRID, "stop", "--yes", "large"])
    here.run(["sh", "-c", '"$@" || true', "wait", *GRID, "wait", "large"])
    fill(here, "large")
    whole = round(24 * args.trials / (60 * SCROLLED))
    page.open_run("large")
    page.wait_for_timeout(1000)
    page.evaluate("globalThis.table = document.querySelector('.gj-Grid')")
    page.evaluate("globalThis.empty = probes.emptyBox(table)")
    nothing, wheel, thumb = rounds(
        args.rounds,
        lambda: page.scroll("empty", WHEEL),
        lambda: page.scroll("table", WHEEL),
        lambda: page.scroll("table", whole),
    )
    page.evaluate("empty.remove()")
    of = f"the table of {args.trials:,} trials, scrolled for {SCROLLED:g} s"
    return [
        *longest(f"{of} as with a wheel", wheel, nothing),
        *longest(f"{of} from end to end", thumb, nothing),
    ]


def longest(what: str, scrolls: list[Scrolled], nothing: list[Scrolled]) -> list[Row]:
    """Return the rows of the longest frames, beside those of an empty box."""
    goal = "≤ 50 ms"
    frames, empty = [scrolled.frame for scrolled in scrolls], [scrolled.frame for scrolled in nothing]
    works, idle = [scrolled.cpu for scrolled in scrolls], [scrolled.cpu for scrolled in nothing]
    box = ": an empty box"
    return [
        figure(f"{what}: the longest frame", frames, MILLISECONDS, beside=median(empty, MILLISECONDS) + box, goal=goal),
        figure(
            f"{what}: the longest frame's CPU", works, MILLISECONDS, beside=median(idle, MILLISECONDS) + box, goal=goal
        ),
    ]


def the_log(page: Probed, here: Place, args: Namespace) -> list[Row]:
    """Measure how long a click on a trial takes until the end of its log is painted."""
    here.run([*RUN, "logs", "--wait", "log.py", f"[1000, {args.megabytes * 1_000_000}]"])
    page.open_run("logs")
    small, large = rounds(args.rounds, lambda: log_opened(page, 0), lambda: log_opened(page, 1))
    return [
        figure(
            f"the end of a log of {args.megabytes / 1000:g} GB, from the click on its trial",
            large,
            MILLISECONDS,
            beside=f"{median(small, MILLISECONDS)}: a log of 1 KB",
            goal="< 300 ms",
        )
    ]


def log_opened(page: Probed, trial: int) -> float:
    """Show a trial; return the milliseconds from the click until its log's last line is painted in sight."""
    page.click("[data-run=logs] .gj-Row[aria-rowindex='3']", "document.querySelector('.gj-Trial')")
    page.click(".gj-Trial-head .gj-IconButton", "!document.querySelector('.gj-Trial')")
    end = f"document.querySelector(`.gj-Log[aria-label='Log of trial {trial}'] .gj-Lines-at:last-child`)"
    shown = f"(line => line?.textContent.endsWith('that was all') && {IN_SIGHT})({end})"
    return page.click(f"[data-run=logs] .gj-Row[aria-rowindex='{trial + 2}']", shown)


if __name__ == "__main__":
    main()
