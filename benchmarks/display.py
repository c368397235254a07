"""What the display of a live run of 1,000 trials costs its kernel, and what it sends to the browser.

A notebook's cell launches the run and shows it; the kernel is then left alone until the run has ended. Its CPU is read
from the system, thread by thread. Beside it stands the same kernel while a terminal's run goes on.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_client import KernelManager
from measuring import GRID, PERCENT, Place, Row, figure, options, place, print_table

if TYPE_CHECKING:
    from jupyter_client.blocking import BlockingKernelClient

SCRIPT = """\
import sys, time

for step in range(5):
    print(f"step={step} loss={1 / (step + 1 + int(sys.argv[2]))}", flush=True)
    time.sleep(0.05)
"""
WORDS = "run --yes --name {name} --parallel {parallel} train.py --x range({trials})"
WINDOW = 3.0
"""Jupyter counts what a kernel sends over so many seconds: 1,000 messages and a million bytes for each."""

TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """What was measured, in hundredths of a core, and in messages and bytes for a second of the fullest window."""

    seconds: float
    main: float
    all: float
    messages: float = 0.0
    bytes: float = 0.0


def main() -> None:
    """Measure and print a table."""
    if not Path("/proc/self/task").exists():
        sys.exit("threads are told apart in /proc, which only Linux has")
    args = options(__doc__, trials=1000, parallel=2, rounds=3)
    idle, shown = [], []
    for _ in range(args.rounds):
        idle.append(cost(args.trials, args.parallel, shown=False))
        shown.append(cost(args.trials, args.parallel, shown=True))
    of = f"while a run of {args.trials:,} trials is live"
    beside = f"{PERCENT.format(max(each.main for each in idle))}: not shown"
    print_table(
        figure(f"the kernel's main thread {of}", [each.main for each in shown], PERCENT, beside=beside, goal="< 5 %"),
        figure(f"all threads of the kernel {of}", [each.all for each in shown], PERCENT),
        figure(
            "messages to the browser in a second, at most", [each.messages for each in shown], "{:.1f}", goal="< 1,000"
        ),
        figure(
            "bytes to the browser in a second, at most",
            [each.bytes / 1000 for each in shown],
            "{:.1f} KB",
            goal="< 1,000 KB",
        ),
        Row(
            f"how long that run took, {args.parallel} at once", f"{shown[0].seconds:.1f} s", f"{idle[0].seconds:.1f} s"
        ),
    )


def cost(trials: int, parallel: int, *, shown: bool) -> Cost:
    """Launch a run, in a kernel or beside it, and measure the kernel until the run has ended."""
    with place({"train.py": SCRIPT}) as here:
        manager = KernelManager(connection_file=str(here.folder / "kernel.json"))
        manager.start_kernel(cwd=str(here.project), env=here.environment)
        client = manager.blocking_client()
        try:
            client.start_channels()
            client.wait_for_ready(timeout=60)
            execute(client, "%load_ext grid_jupyter")
            # What is shown for the first time imports for half a second, which is another question.
            execute(client, f"first = %grid {WORDS.format(name='first', parallel=1, trials=1)}")
            execute(client, "first.wait()")
            words = WORDS.format(name="live", parallel=parallel, trials=trials)
            if shown:
                execute(client, f"run = %grid {words}")
            else:
                here.run([*GRID, *words.split()])
            return measured(client, manager.provisioner.pid, here)
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
            manager.cleanup_resources()


def execute(client: BlockingKernelClient, code: str) -> None:
    """Run a cell as a person does, who could answer."""
    reply = client.execute_interactive(code, allow_stdin=True, output_hook=lambda _: None, timeout=120)
    if reply["content"]["status"] != "ok":
        sys.exit(reply["content"]["evalue"])


def measured(client: BlockingKernelClient, pid: int, here: Place) -> Cost:
    """Measure until the run has ended."""
    over = threading.Event()
    waiting = threading.Thread(target=lambda: (here.run([*GRID, "wait", "live"]), over.set()))
    start, before = time.perf_counter(), cpu(pid)
    waiting.start()
    sizes: list[tuple[float, int]] = []
    while not over.is_set():
        try:
            message = client.get_iopub_msg(timeout=0.2)
        except queue.Empty:
            continue
        sizes.append((time.perf_counter(), len(json.dumps(message["content"]))))
    seconds, after = time.perf_counter() - start, cpu(pid)
    waiting.join()
    main_share, all_share = (100 * (late - early) / seconds for early, late in zip(before, after, strict=True))
    windows = [[size for then, size in sizes if end - WINDOW < then <= end] for end, _ in sizes] or [[]]
    most, largest = max(map(len, windows)), max(map(sum, windows))
    return Cost(seconds, main_share, all_share, most / WINDOW, largest / WINDOW)


def cpu(pid: int) -> tuple[float, float]:
    """Return the CPU seconds of a process's main thread, and of all its threads."""
    return tuple(ticks(Path(f"/proc/{pid}/{part}stat")) / TICK for part in (f"task/{pid}/", ""))


def ticks(stat: Path) -> int:
    """Return user and system time; the name before them may hold anything but a closing bracket at its end."""
    fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


if __name__ == "__main__":
    main()
