"""What scripts write with TensorBoard's writers or Lightning's logger is a metric, live and to the end."""

from __future__ import annotations

import pytest
from parts import kill_watchers

import grid_jupyter

# Writes scalars, tells the test, and waits for it.
BOARD = """\
import os, sys, time
from tensorboardX import SummaryWriter
folder, number = sys.argv[1:3]
attempt = os.environ["GRID_ATTEMPT"]
writer = SummaryWriter()
for step in range(3):
    writer.add_scalar("loss", 0.1 * step, step)
    print(f"loss={step} printed={step}", flush=True)
while not os.path.exists(folder + "/open" + attempt):
    writer.flush()  # of what its thread has come to
    time.sleep(0.01)
writer.add_scalar("loss", 0.7, 3)
writer.close()
if attempt == "1" and number == "1":
    sys.exit(3)
"""

LIGHTNING = """\
import os
os.makedirs("lightning_logs/version_0")
with open("lightning_logs/version_0/metrics.csv", "w") as file:
    file.write("epoch,step,train_loss,val_acc\\n0,49,0.5,\\n0,49,,0.75\\n1,99,0.25,\\n")
"""


def values(run, name, trial=0):
    frame = grid_jupyter.Run(run).metrics()
    frame = frame[(frame.name == name) & (frame.trial == trial)]
    return list(zip(frame.step, frame.value, strict=True))


def loss(run, trial=0):
    """The values of loss: all of one source, whichever was seen first."""
    return [value for _, value in values(run, "loss", trial)]


BOTH = ([0.0, 1.0, 2.0], [0.0, 0.1, 0.2, 0.7])


def test_scalars_are_read_live_and_once_whatever_becomes_of_the_watcher(grid, home, write, tmp_path, wait_until):
    write({"board.py": BOARD.replace("loss={step} ", "")})
    run = grid.launch("board.py", tmp_path, 0)
    wait_until(lambda: values(run, "loss"))
    kill_watchers(home, wait_until)
    (tmp_path / "open1").touch()
    grid("wait", run)
    assert grid.states(run) == ["succeeded"]
    assert values(run, "loss") == [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.7)]
    assert len(values(run, "printed")) == 3
    frame = grid_jupyter.Run(run).metrics()
    assert frame[frame.name == "loss"].time.is_monotonic_increasing


@pytest.mark.full
def test_a_trial_that_is_tried_again_goes_on_with_its_metrics(grid, write, tmp_path):
    write({"board.py": BOARD.replace("loss={step} ", "")})
    (tmp_path / "open1").touch()
    (tmp_path / "open2").touch()
    run = grid.finish("--retries", 1, "board.py", tmp_path, 1)
    assert grid.states(run) == ["succeeded"]
    assert values(run, "loss") == [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.7)] * 2


@pytest.mark.full
def test_what_is_printed_too_counts_once(grid, write, tmp_path):
    write({"board.py": BOARD})
    (tmp_path / "open1").touch()
    run = grid.finish("board.py", tmp_path, 0)
    assert loss(run) in BOTH
    assert len(values(run, "printed")) == 3


def test_lightnings_table_is_read(grid, write):
    write({"fit.py": LIGHTNING, "old/metrics.csv": "step,old\n1,1\n"})
    run = grid.finish("fit.py")
    assert values(run, "train_loss") == [(49, 0.5), (99, 0.25)]
    assert values(run, "val_acc") == [(49, 0.75)]
    assert grid.results(run)[0]["metrics"] == {"train_loss": 0.25, "val_acc": 0.75}
