"""Flags that are made by loops, dictionaries, helpers, aliased methods, parents and one of two branches."""

import argparse
import functools
import os
import sys
from dataclasses import dataclass

COMMON = {"type": float, "default": 0.5}


@dataclass
class Settings:
    depth: int = 3


class Model:
    kinds = ["small", "large"]

    def __init__(self, name):
        self.name = name

    @staticmethod
    def add_model_specific_args(parent):
        parser = argparse.ArgumentParser(parents=[parent], add_help=False)
        parser.add_argument("--kind", choices=Model.kinds, default="small")
        return parser

    def add_own(self, parser):
        parser.add_argument(f"--{self.name}-dim", type=int, default=8)


class Parser(argparse.ArgumentParser):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_argument("--config")


def str2bool(text):
    return text.lower() in ("yes", "true")


def add_paths(parser, *names, prefix=""):
    for name in names:
        parser.add_argument("--%s%s_path" % (prefix, name), default="./{}".format(name))
    return parser


parent = argparse.ArgumentParser(add_help=False)
add = parent.add_argument
add("--seed", type=int, default=Settings().depth)
add("--scale", **COMMON)
add_flag = functools.partial(parent.add_argument, type=str2bool, default=False)
add_flag("--fast")
add_paths(parent, "train", "test", prefix="data_")
base = Parser(parents=[Model.add_model_specific_args(parent)])
for model in [Model("encoder"), Model("decoder")]:
    model.add_own(base)
for name, default in zip(("alpha", "beta"), (1, 2)):
    base.add_argument("--" + name, default=default, type=int)
if sys.version_info >= (3, 8):
    base.add_argument("--modern", action="store_true")
base.add_argument("--workers", type=int, default=os.cpu_count())
args, rest = base.parse_known_args()
