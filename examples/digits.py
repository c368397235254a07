"""Train a small neural network on scikit-learn's handwritten digits.

An ordinary training script: it knows nothing of sweeps. It prints one line an epoch and writes ``model.joblib``.
"""

from __future__ import annotations

import argparse

import joblib
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def main() -> None:
    """Read the arguments, train, and save the model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.003, help="learning rate")
    parser.add_argument("--hidden", type=int, default=32, help="units of the hidden layer")
    parser.add_argument("--alpha", type=float, default=1e-4, help="strength of the L2 penalty")
    parser.add_argument("--epochs", type=int, default=10, help="passes over the training data")
    parser.add_argument("--seed", type=int, default=0, help="fixes the split, the weights and the order")
    args = parser.parse_args()

    images, labels = load_digits(return_X_y=True)
    train_x, val_x, train_y, val_y = train_test_split(
        images / 16.0, labels, test_size=0.25, random_state=args.seed, stratify=labels
    )
    model = MLPClassifier(
        (args.hidden,),
        alpha=args.alpha,
        batch_size=32,
        learning_rate_init=args.lr,
        random_state=args.seed,
    )
    classes = np.unique(labels)
    for epoch in range(1, args.epochs + 1):
        model.partial_fit(train_x, train_y, classes=classes)
        print(f"epoch={epoch} loss={model.loss_:.4f} val_acc={model.score(val_x, val_y):.4f}", flush=True)

    joblib.dump(model, "model.joblib")


if __name__ == "__main__":
    main()
