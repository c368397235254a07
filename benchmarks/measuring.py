"""What the measurements share: a place to measure in, turns, and rows of the one table that they all fill."""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

T = TypeVar("T")

CPUS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

TIMES = "{:.2f} ×"
SECONDS = "{:.2f} s"
MILLISECONDS = "{:.1f} ms"
MICROSECONDS = "{:.1f} µs"
MEGABYTES = "{:.1f} MB"
PERCENT = "{:.2f} %"

IDLE = {"nothing.py": ""}
"""A project of one script that does nothing."""

_HELP = {
    "pairs": "measured pairs",
    "rounds": "measured rounds",
    "trials": "trials of a sweep",
    "parallel": "trials at once",
    "python": "the interpreter of the script",
}
# What would give the trials another Python than the other side starts, or change how either works: unbuffered output,
# packages that are compiled at each start, and whatever else Python can be told.
_MISLEADING = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHON")
# A trial has one CPU, and Grid tells libraries so. The other side is told as well: what is compared is the running.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")
_AN_HOUR = 3600


def options(text: str | None, **defaults: int | str) -> argparse.Namespace:
    """Return what the command line says, with these defaults."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        words = f"{_HELP.get(name, name.replace('_', ' '))} (default: {default or 'see above'})"
        parser.add_argument(f"--{name}", type=type(default), default=default, help=words)
    return parser.parse_args()


@dataclass(frozen=True)
class Place:
    """A project with a home and a folder of locks of its own.

    The home goes on from sweep to sweep, as a user's does.
    """

    folder: Path
    python: str = sys.executable

    @property
    def project(self) -> Path:
        """Where the scripts are, and where commands run."""
        return self.folder / "project"

    @property
    def home(self) -> Path:
        """What ``GRID_HOME`` names."""
        return self.folder / "home"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command, whoever is measured."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_MISLEADING)}
        folders = {
            "GRID_HOME": self.home,
            "GRID_RUNTIME": self.folder / "runtime",
            "IPYTHONDIR": self.folder / "ipython",
        }
        return inherited | _ONE_THREAD | {name: str(folder) for name, folder in folders.items()}

    def write(self, files: Mapping[str, str]) -> None:
        """Add files to the project, an hour old: Grid warns of younger ones."""
        for name, text in files.items():
            file = self.project / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            os.utime(file, (time.time() - _AN_HOUR,) * 2)

    def run(self, command: Sequence[object], given: str | None = None) -> str:
        """Run a command in the project and return what it prints."""
        words = [str(word) for word in command]
        done = subprocess.run(
            words, cwd=self.project, env=self.environment, input=given, text=True, check=True, stdout=subprocess.PIPE
        )
        return done.stdout

    def seconds(self, command: Sequence[object], given: str | None = None) -> float:
        """Return how long a command takes."""
        return seconds(lambda: self.run(command, given))

    def sweep(self, script: str, trials: int, parallel: int, *flags: object) -> float:
        """Return how long `grid run --wait` takes for so many trials."""
        return self.seconds([*GRID, *self.sweep_words(script, trials, parallel, "--wait", *flags)])

    def sweep_words(self, script: str, trials: int, parallel: int, *flags: object) -> list[object]:
        """Return the arguments of that command."""
        words = ["run", "--yes", "--python", self.python, "--parallel", parallel, *flags]
        return [*words, script, "--x", f"range({trials})"]

    def xargs(self, script: str, trials: int, parallel: int) -> float:
        """Return how long xargs takes for the same processes."""
        command = ["xargs", "-P", parallel, "-I", "{}", self.python, script, "--x", "{}"]
        return self.seconds(command, "\n".join(map(str, range(trials))))


GRID = (sys.executable, "-m", "grid_jupyter.cli")


@contextmanager
def place(files: Mapping[str, str], python: str = sys.executable) -> Iterator[Place]:
    """Make a project of these files, and remove it afterwards."""
    with TemporaryDirectory(prefix="grid-bench-", ignore_cleanup_errors=True) as folder:
        made = Place(Path(folder), python)
        made.write(files)
        yield made


def seconds(work: Callable[[], object]) -> float:
    """Return how long it takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def rounds(count: int, *measures: Callable[[], T]) -> list[list[T]]:
    """Measure each once a round, and return what each gave.

    One round after the other, each second one backwards, so that a change of the machine's load meets all sides.
    """
    given: list[list[T]] = [[] for _ in measures]
    for number in range(count):
        turns = list(zip(measures, given, strict=True))
        for measure, values in turns if number % 2 else reversed(turns):
            values.append(measure())
    return given


def ratios(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return how many times the second each first is, pair by pair."""
    return [one / other for one, other in zip(first, second, strict=True)]


def differences(first: Sequence[float], second: Sequence[float]) -> list[float]:
    """Return how much more than the second each first is, pair by pair."""
    return [one - other for one, other in zip(first, second, strict=True)]


def median(values: Sequence[float], form: str) -> str:
    """Write the median of some values."""
    return form.format(statistics.median(values))


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        what: What is measured.
        takes: How long that takes, or how much.
        beside: The same of what it is compared with, and what that is.
        figure: What comes of both: the median of the pairs.
        range: From the lowest to the highest pair.
        goal: What the figure is to be.
    """

    what: str
    takes: str = ""
    beside: str = ""
    figure: str = ""
    range: str = ""
    goal: str = ""


HEAD = Row("what", "takes", "beside", "figure", "of the pairs", "goal")


def figure(what: str, values: Sequence[float], form: str, *, takes: str = "", beside: str = "", goal: str = "") -> Row:
    """Return the row of a figure that was measured several times."""
    number, end, _ = form.partition("}")
    spread = f"{number}{end} to {number}{end}".format(min(values), max(values)) if len(values) > 1 else ""
    return Row(what, takes, beside, median(values, form), spread, goal)


def print_table(*rows: Row) -> None:
    """Print rows as a table of Markdown."""
    rule = Row(*["---"] * len(astuple(HEAD)))
    for row in (HEAD, rule, *rows):
        print(f"| {' | '.join(astuple(row))} |", flush=True)
