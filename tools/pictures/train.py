"""Tell two spirals apart with a small neural network."""

import argparse
import time

import numpy as np


def spirals(count, noise, random):
    """Return points of two spirals, and which of them each is of."""
    turns = np.sqrt(random.random(count)) * 2.5 * np.pi
    side = random.integers(0, 2, count)
    points = np.stack([np.cos(turns), np.sin(turns)], 1) * (turns * (2 * side - 1))[:, None] / 8
    return points + random.normal(0, noise, points.shape), side


def forward(weights, points):
    """Return the outputs of all layers."""
    outputs = [points]
    for number, (matrix, bias) in enumerate(weights, 1):
        sums = outputs[-1] @ matrix + bias
        outputs.append(np.tanh(sums) if number < len(weights) else 1 / (1 + np.exp(-sums)))
    return outputs


def main():
    """Train, and print the loss of each epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
    parser.add_argument("--layers", type=int, default=2, help="hidden layers")
    parser.add_argument("--hidden", type=int, default=32, help="units of a hidden layer")
    parser.add_argument("--optimizer", choices=["sgd", "adam"], default="adam")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--decay", type=float, default=1e-4, help="strength of the L2 penalty")
    parser.add_argument("--noise", type=float, default=0.13, help="how blurred the spirals are")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.04, help="seconds of rest after an epoch, for the eye")
    args = parser.parse_args()

    if args.optimizer == "sgd" and args.lr > 2:
        raise ValueError(f"sgd does not converge with --lr {args.lr}: take 2 at most")

    random = np.random.default_rng(args.seed)
    points, sides = spirals(1200, args.noise, random)
    train_x, train_y, val_x, val_y = points[:800], sides[:800, None], points[800:], sides[800:, None]
    sizes = [2, *[args.hidden] * args.layers, 1]
    weights = [
        [random.normal(0, 1.5 / np.sqrt(rows), (rows, columns)), np.zeros(columns)]
        for rows, columns in zip(sizes, sizes[1:], strict=False)
    ]
    means = [[np.zeros_like(part) for part in layer] for layer in weights]
    squares = [[np.zeros_like(part) for part in layer] for layer in weights]
    print(f"{sum(part.size for layer in weights for part in layer)} weights, {len(train_x)} points to learn from")

    np.seterr(over="raise", invalid="raise")
    steps = 0
    for epoch in range(1, args.epochs + 1):
        for batch in np.array_split(random.permutation(len(train_x)), len(train_x) // args.batch_size):
            outputs = forward(weights, train_x[batch])
            error = (outputs[-1] - train_y[batch]) / len(batch)
            steps += 1
            for place in reversed(range(len(weights))):
                slopes = [outputs[place].T @ error + args.decay * weights[place][0], error.sum(0)]
                error = (error @ weights[place][0].T) * (1 - outputs[place] ** 2)
                for part, slope in enumerate(slopes):
                    mean, square = means[place][part], squares[place][part]
                    mean += (slope - mean) * (1 - args.momentum)
                    square += (slope**2 - square) * 0.01
                    scale = np.sqrt(square / (1 - 0.99**steps)) + 1e-8 if args.optimizer == "adam" else 0.05
                    weights[place][part] -= args.lr * mean / (1 - args.momentum**steps) / scale
        told = forward(weights, val_x)[-1].clip(1e-9, 1 - 1e-9)
        loss = -np.where(val_y == 1, np.log(told), np.log(1 - told)).mean()
        print(f"epoch={epoch} val_loss={loss:.6f} val_acc={np.mean((told > 0.5) == val_y):.4f}", flush=True)
        if loss > 4:
            raise FloatingPointError(f"the loss is {loss:.1f} after epoch {epoch}: the steps are too large")
        time.sleep(args.pace)

    np.savez("model.npz", *[part for layer in weights for part in layer])
    with open("report.txt", "w") as report:
        print(f"val_loss {loss:.4f} after {steps} steps", file=report)


if __name__ == "__main__":
    main()
