"""The sweeps that the pictures show: real ones, launched by the command, and held where a picture wants them."""

from __future__ import annotations

import fcntl
import json
import math
import os
import random
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from parts import gone, parts

from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.store import Point, Store, TrialRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from end_to_end.lab import Lab

TRAIN = Path(__file__).with_name("train.py")
LEADING = "spiffy-sunfish-821"
"""The run that most pictures are of: under way, with trials in nearly all states."""
ENDED = "quiet-lynx-77"
WIDE = "wide-ibex-30"
LARGE = "vast-whale-5"
SPANS = ["--layers", "[1, 2, 3]", "--lr", "geomspace(0.003, 3, 10)", "--optimizer", "[sgd, adam]"]
BOOT = Path("/proc/sys/kernel/random/boot_id")
PATIENCE = 180


def until(condition: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever the condition gives)
    """Return the first true value of a condition."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"not so within {PATIENCE} s: {condition}")
        time.sleep(0.05)
    return found


def write_scripts(lab: Lab) -> None:
    """Write the folder that the sweeps are of."""
    text = TRAIN.read_text()
    os.utime(shutil.copy(TRAIN, lab.root), (time.time() - 3600,) * 2)  # one that has just changed is warned of
    (lab.root / "finetune.py").write_text(
        text.replace("    args = ", "    from einops import rearrange\n\n    args = ")
    )
    (lab.root / "plain.py").write_text("import sys\n\nprint(f'score={sum(map(float, sys.argv[1:]))}')\n")
    (lab.root / "wide.py").write_text(_wide_script())
    (lab.root / "sweep.yml").write_text("compute:\n  train:\n    script: train.py\n")
    lab.notebook("spirals.ipynb", "%load_ext grid_jupyter\nimport grid_jupyter", f"grid_jupyter.Run('{LEADING}')")
    for file in lab.root.iterdir():
        os.utime(file, (time.time() - 3600,) * 2)


def launch(lab: Lab, *, extremes: bool) -> None:
    """Launch all runs but the many; the leading one comes last, and stands still when this returns.

    Args:
        lab: The server and its home.
        extremes: Whether to launch those too that are very wide, very large, or cut off by a restart.
    """
    run = ["run", "--parallel", "4", "--seed", "7", "--name"]
    lab.grid(*run, ENDED, "--wait", "train.py", "--lr", "[0.1, 0.03, 0.01]", "--layers", "[1, 2]", "--pace", "0")
    if extremes:
        lab.grid(*run, WIDE, "--zip", ",".join(PARAMETERS), "wide.py", *_wide_words())
        _launch_large(lab)
    lab.grid(*run, "humble-gecko-40", "--smoke", "finetune.py", *SPANS)
    lab.grid(*run, "brave-otter-14", "--budget", "4s", "train.py", *SPANS)
    words = ["--lr", "[0.3, 0.1, 3, 0.03]", "--optimizer", "[sgd, adam]", "--pace", "0"]
    lab.grid(*run, "calm-heron-9", "train.py", *words)
    until(lambda: {_status(lab, held)["state"] for held in ("humble-gecko-40", "brave-otter-14")} == {"paused"})
    until(lambda: _status(lab, "calm-heron-9")["state"] == "failed")
    if extremes:
        lab.grid(*run, "bold-marmot-5", "train.py", *SPANS, "--pace", "0.5")
        until(lambda: _counts(lab, "bold-marmot-5").get("running"))
        _restart(lab, "bold-marmot-5")
    settings = ["--early_stop", "median", "--metric", "val_loss"]
    lab.grid(*run, LEADING, *settings, "train.py", *SPANS, "--epochs", "40", "--pace", "0.03")
    until(lambda: _ended(lab, LEADING) >= 52)
    hold(lab, signal.SIGSTOP)


def hold(lab: Lab, how: signal.Signals) -> None:
    """Let what works for the runs stand still, or go on; to all others their trials are running."""
    found = parts(lab.home)
    for process in (*found.watchers, *found.trials):
        process.send_signal(how)


def end(lab: Lab) -> None:
    """End all that works for the runs."""
    parts(lab.home).kill()


def multiply(lab: Lab, many: int = 500) -> None:
    """Copy a run that has ended many times, each under a name and with an age of its own."""
    draw = random.Random(1)
    for number in range(many):
        name = (
            f"{draw.choice(['amber', 'brisk', 'civic', 'dapper'])}-{draw.choice(['finch', 'tapir', 'newt'])}-{number}"
        )
        folder = lab.home / "runs" / f".{name}"
        shutil.copytree(lab.home / "runs" / ENDED, folder)
        with closing(sqlite3.connect(folder / "run.db")) as database:
            (launch,) = database.execute("SELECT value FROM facts WHERE name = 'launch'").fetchone()
            created = time.time() - 7200 * (number + 1)
            facts = {"created": created, "launch": json.loads(launch) | {"run": name, "created": created}}
            values = [(json.dumps(value), fact) for fact, value in facts.items()]
            database.executemany("UPDATE facts SET value = ? WHERE name = ?", values)
            database.commit()
        folder.rename(folder.with_name(name))


def _status(lab: Lab, run: str) -> dict[str, Any]:
    return json.loads(lab.grid("status", run, "--format", "json"))


def _counts(lab: Lab, run: str) -> dict[str, int]:
    return _status(lab, run)["counts"]


def _ended(lab: Lab, run: str) -> int:
    counts = _counts(lab, run)
    return sum(counts.values()) - sum(counts.get(state, 0) for state in ("queued", "starting", "running"))


def _restart(lab: Lab, run: str) -> None:
    """End a run as a restart of the machine does."""
    found = parts(lab.home)
    found.kill()
    until(lambda: all(map(gone, (*found.watchers, *found.servers, *found.parents, *found.trials))))
    folder = lab.home / "runs" / run
    for file in (folder / "watcher.lock", *folder.glob("trials/*/process.*")):
        file.write_text(file.read_text().replace(BOOT.read_text().strip(), "0d15ea5e-0000-0000-0000-000000000000"))
        os.utime(file, (time.time() - 3600,) * 2)


# A run of very many trials


def _launch_large(lab: Lab, trials: int = 100_000) -> None:
    """Launch very many trials, stop them at once, and write down what would have come of them."""
    words = ["--lr", "loguniform(0.0001, 1, 1000)", "--layers", "range(1, 11)", "--dropout", "linspace(0, 0.5, 10)"]
    lab.grid("run", "--name", LARGE, "--yes", "--parallel", "1", "wide.py", *words)
    lab.grid("stop", "--yes", LARGE)
    until(lambda: _status(lab, LARGE)["state"] == "stopped")
    folder = RunFolder(lab.home / "runs" / LARGE)
    draw = random.Random(5)
    with folder.watcher_lock.open("rb") as watching, closing(Store(folder, write=True)) as store:
        until(lambda: not fcntl.flock(watching, fcntl.LOCK_EX))
        began = time.time() - 90_000
        rows = [_trial(number, began, draw) for number in range(trials)]
        points = [
            Point(
                row.trial,
                "val_loss",
                step,
                row.metrics["val_loss"] * (1 + 2 * math.exp(-step * (1 + row.trial % 7) / 12)),
                began,
            )
            for row in sorted((row for row in rows if row.metrics), key=lambda row: row.metrics["val_loss"])[:300]
            for step in range(1, 21)
        ]
        store.write(rows, points)


def _trial(number: int, began: float, draw: random.Random) -> TrialRow:
    state = draw.choices([TrialState.SUCCEEDED, TrialState.PRUNED, TrialState.FAILED], [85, 14, 1])[0]
    failed = state is TrialState.FAILED
    loss = {} if failed else {"val_loss": 0.18 * (1 + draw.random() ** 0.3)}
    started = began + number * 0.8
    reason = "exit code 1: OutOfMemoryError" if failed else None
    return TrialRow(number, state, reason, 1, started=started, ended=started + draw.uniform(4, 9), metrics=loss)


# A run of very many parameters

PARAMETERS = [
    f"{part}_{what}"
    for part in ("encoder", "decoder", "text_embedding", "cross_attention", "classification_head")
    for what in (
        "learning_rate",
        "dropout_probability",
        "weight_decay",
        "warmup_steps",
        "layer_norm",
        "initializer_range",
    )
]


def _wide_script() -> str:
    lines = ["import argparse, random, time", "", "parser = argparse.ArgumentParser()"]
    lines += [f'parser.add_argument("--{name}", type=float, default=0.1)' for name in [*PARAMETERS, "lr", "dropout"]]
    lines += ['parser.add_argument("--layers", type=int, default=1)', "args = parser.parse_args()"]
    lines += ["loss = random.Random(str(args)).random()", "for step in range(10):"]
    lines += ['    print(f"step={step} val_loss={loss + 1 / (step + 1)}")']
    return "\n".join(lines) + "\n"


def _wide_words() -> list[str]:
    """Return 30 parameters that all vary."""
    return [word for name in PARAMETERS for word in (f"--{name}", "uniform(0, 1, 12)")]
