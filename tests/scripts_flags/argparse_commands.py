"""Subcommands, nested ones too."""

import argparse


def build():
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train")
    train.add_argument("--lr", type=float, default=0.1)
    data = commands.add_parser("data")
    below = data.add_subparsers(dest="what")
    for name in ("fetch", "pack"):
        below.add_parser(name).add_argument("--out", default=name)
    return parser


if __name__ == "__main__":
    build().parse_args()
