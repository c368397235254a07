"""Learn to tell two spirals apart, and go on after an interruption where it was.

A machine that AWS may take back says so two minutes before. The trial then gets SIGTERM and time to save; on the next
machine the same command starts again, with GRID_CHECKPOINT_DIR as it was left.
"""

import argparse
import os
import signal
import sys
from pathlib import Path

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="step size")
parser.add_argument("--hidden", type=int, default=32, help="neurons between input and output")
parser.add_argument("--epochs", type=int, default=12)
args = parser.parse_args()

checkpoint = Path(os.environ.get("GRID_CHECKPOINT_DIR", "."), "state.npz")
asked_to_end: list[int] = []
signal.signal(signal.SIGTERM, lambda number, _: asked_to_end.append(number))

random = np.random.default_rng(0)
turn = np.sqrt(random.uniform(size=(4000, 1))) * 7
side = random.integers(2, size=(4000, 1))
angle = turn + side * np.pi
points = np.hstack([turn * np.cos(angle), turn * np.sin(angle)]) / 7 + random.normal(scale=0.02, size=(4000, 2))

if checkpoint.exists():
    state = dict(np.load(checkpoint))
else:
    state = {
        "done": np.array(0),
        "w1": random.normal(size=(2, args.hidden)) * 3,
        "b1": random.normal(size=args.hidden),
        "w2": random.normal(size=(args.hidden, 1)) / np.sqrt(args.hidden),
        "b2": np.zeros(1),
    }


def predict(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    inner = np.tanh(x @ state["w1"] + state["b1"])
    return inner, 1 / (1 + np.exp(-(inner @ state["w2"] + state["b2"])))


for epoch in range(int(state["done"]), args.epochs):
    order = np.random.default_rng(epoch).permutation(len(points))
    for batch in np.array_split(order, 2000):
        x, y = points[batch], side[batch]
        inner, guess = predict(x)
        slope = (guess - y) / len(batch)
        back = slope @ state["w2"].T * (1 - inner**2)
        state["w2"] -= args.lr * inner.T @ slope
        state["b2"] -= args.lr * slope.sum(axis=0)
        state["w1"] -= args.lr * x.T @ back
        state["b1"] -= args.lr * back.sum(axis=0)

    state["done"] = np.array(epoch + 1)
    with (draft := checkpoint.with_suffix(".draft")).open("wb") as file:
        np.savez(file, **state)
    draft.replace(checkpoint)
    accuracy = float(((predict(points)[1] > 0.5) == side).mean())
    print(f"epoch={epoch} accuracy={accuracy:.4f}", flush=True)
    if asked_to_end and epoch + 1 < args.epochs:
        sys.exit("asked to end: saved, and to be continued")

np.savez("weights.npz", **state)
