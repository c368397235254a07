"""A first parser reads what the second one needs."""

import argparse

first = argparse.ArgumentParser(add_help=False)
first.add_argument("--config", default="a.yaml")
known, rest = first.parse_known_args()

second = argparse.ArgumentParser(parents=[first])
second.add_argument("--lr", type=float, default=0.1)
second.add_argument("--steps", type=int, default=10)
args = second.parse_args(rest)

other = argparse.ArgumentParser()
other.add_argument("--not_there")
other.parse_args(["--not_there", "1"])
