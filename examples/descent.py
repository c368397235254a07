"""Walk down a curved valley, and go on after an interruption where it was; it needs nothing but Python.

It saves after each epoch. Where a node is lost, the same command starts on another one, with GRID_CHECKPOINT_DIR as it
was saved last.
"""

import argparse
import json
import os
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.001, help="step size")
parser.add_argument("--momentum", type=float, default=0.9, help="how much of the last step is kept")
parser.add_argument("--epochs", type=int, default=30)
args = parser.parse_args()

checkpoint = Path(os.environ.get("GRID_CHECKPOINT_DIR", "."), "state.json")
state = {"done": 0, "x": -1.5, "y": 2.0, "step_x": 0.0, "step_y": 0.0}
if checkpoint.exists():
    state = json.loads(checkpoint.read_text())

for epoch in range(state["done"], args.epochs):
    for _ in range(100):
        x, y = state["x"], state["y"]
        slope_x = -2 * (1 - x) - 400 * x * (y - x * x)
        slope_y = 200 * (y - x * x)
        length = max(1.0, (slope_x**2 + slope_y**2) ** 0.5 / 10)
        state["step_x"] = args.momentum * state["step_x"] - args.lr * slope_x / length
        state["step_y"] = args.momentum * state["step_y"] - args.lr * slope_y / length
        state["x"] += state["step_x"]
        state["y"] += state["step_y"]
    state["done"] = epoch + 1
    draft = checkpoint.with_suffix(".draft")
    draft.write_text(json.dumps(state))
    draft.replace(checkpoint)
    loss = (1 - state["x"]) ** 2 + 100 * (state["y"] - state["x"] ** 2) ** 2
    print(f"epoch={epoch} loss={loss:.3g}", flush=True)
    time.sleep(0.1)

Path("found.json").write_text(json.dumps({"x": round(state["x"], 2), "y": round(state["y"], 2)}))
