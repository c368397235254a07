"""What a run of 100,000 trials costs while its first trial goes on: the watcher's memory and CPU, status, and stop."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING

import psutil
from measuring import GRID, MEGABYTES, PERCENT, SECONDS, Row, figure, options, place, print_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Place

RUN = "large"
LOOKS = 0.02
"""Seconds between two looks at the memory."""

SLEEP = {"sleep.py": "import time\n\ntime.sleep(3600)\n"}


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, trials=100_000, seconds=10, windows=7)
    with place(SLEEP) as here:
        sweep = here.sweep_words("sleep.py", args.trials, 1, "--name", RUN)
        launch = here.seconds([*GRID, *sweep])
        try:
            watcher = the_watcher(here)
            wait_for_trial(watcher)
            with memory(watcher) as seen:
                shares = [share_of_cpu(watcher, args.seconds) for _ in range(args.windows)]
                quiet = max(seen)
                status = [here.seconds([*GRID, "status", RUN]) for _ in range(args.windows)]
                stop = here.seconds([*GRID, "stop", "--yes", RUN])
                stopped = stop + here.seconds(["sh", "-c", '"$@" || true', "wait", *GRID, "wait", RUN])
        except BaseException:
            here.run([*GRID, "stop", "--yes", RUN])  # the trial would sleep on
            raise
    of = f"a run of {args.trials:,} trials"
    print_table(
        figure(f"memory of the watcher, {of}, while a trial runs", [quiet], MEGABYTES, goal="< 80 MB"),
        figure("the same while all is stopped", [max(seen)], MEGABYTES, goal="< 80 MB"),
        figure(f"CPU of watcher and parents in {args.seconds} s, a core's", shares, PERCENT, goal="< 2 %"),
        Row(f"launching {of}", SECONDS.format(launch)),
        figure(f"`grid status` of {of}", status, SECONDS),
        Row(f"stopping {of}: the command, and until all have ended", SECONDS.format(stop), "", SECONDS.format(stopped)),
    )


def the_watcher(here: Place) -> psutil.Process:
    """Return the run's watcher."""
    folder = str(here.home / "runs" / RUN)
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline()[-2:] == ["grid_jupyter.watcher", folder]:
                return process
    sys.exit("the watcher is not there")


def wait_for_trial(watcher: psutil.Process) -> None:
    """Wait until the first trial runs, and what comes with its start is done."""
    while not any("sleep.py" in child.cmdline() for child in watcher.children(recursive=True)):
        time.sleep(LOOKS)
    time.sleep(1)


@contextmanager
def memory(process: psutil.Process) -> Iterator[list[float]]:
    """Collect the megabytes that a process holds, for as long as it is there."""
    seen: list[float] = []

    def look() -> None:
        with suppress(psutil.Error):
            while True:
                seen.append(process.memory_info().rss / 1e6)
                time.sleep(LOOKS)

    looking = Thread(target=look, daemon=True)
    looking.start()
    yield seen
    looking.join()


def share_of_cpu(watcher: psutil.Process, seconds: float) -> float:
    """Return what the watcher and the processes between it and its trial take of a core, in hundredths."""
    ours = [watcher, *(child for child in watcher.children(recursive=True) if "sleep.py" not in child.cmdline())]
    before = sum(map(cpu_seconds, ours))
    time.sleep(seconds)
    return 100 * (sum(map(cpu_seconds, ours)) - before) / seconds


def cpu_seconds(process: psutil.Process) -> float:
    """Return the CPU seconds of a process so far."""
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
