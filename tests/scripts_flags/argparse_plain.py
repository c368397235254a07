"""Names, types, defaults, choices and groups as they come in most scripts."""

import argparse
from pathlib import Path

WIDTHS = [64, 128]
RATE = 1e-3


def positive(text):
    return abs(int(text))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="where the data is")
    parser.add_argument("more", nargs="*", type=int)
    parser.add_argument("--lr", "--learning-rate", "-l", type=float, default=RATE, help="step size")
    parser.add_argument("--batch_size", type=positive, default=2 * 16)
    parser.add_argument("--num-layers", type=int, choices=range(1, 4), default=2)
    parser.add_argument("--width", type=int, choices=WIDTHS, default=WIDTHS[-1])
    parser.add_argument("--optimizer", choices=("adam", "sgd"), required=True)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--betas", type=float, nargs=2, default=(0.9, 0.999))
    parser.add_argument("--tags", nargs="+", default=[])
    parser.add_argument("--resume", nargs="?", const="last", default=None)
    parser.add_argument("-v", action="count", default=0)
    parser.add_argument("--note", action="append")
    parser.add_argument("--hidden", help=argparse.SUPPRESS)
    regularization = parser.add_argument_group("regularization")
    regularization.add_argument("--weight-decay", type=float, default=-0.1)
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--amp", action="store_true")
    either.add_argument("--no-cache", dest="cache", action="store_false")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)
    parser.set_defaults(width=64)
    args = parser.parse_args()
    print(args)


if __name__ == "__main__":
    main()
