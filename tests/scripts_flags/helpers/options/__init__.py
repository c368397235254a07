import argparse

from .extra import add_extra

WIDTH = 32


def base():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, default=0.1)
    return parser
