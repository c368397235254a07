"""What trials get of this machine, and whether runs can be kept on it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.home import grid_home, on_network
from grid_jupyter.core.text import count
from grid_jupyter.core.units import format_bytes

from . import machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LITTLE = 10**9
"""Free bytes below which it is worth a word."""

_EXTRAS = {
    "bayesian": ("optuna", "Optuna, for --strategy bayesian"),
    "mlflow": ("mlflow", "MLflow, for --mlflow"),
    "notebooks": ("papermill", "papermill, for notebooks as trials"),
    "plots": ("vl_convert", "vl-convert, for plots as pictures"),
}
"""What may be installed besides, by the extra that brings it: the module to look for, and what it is for."""


def examine() -> Sequence[Finding]:
    """Return what is in order on this machine and what is not; nothing is written."""
    return [_python(), *_machine(), *_home(grid_home()), *_extras()]


def _python() -> Finding:
    told = f"{platform.python_version()} ({sys.executable}) on {platform.system()} {platform.machine()}"
    return Finding("Python", Level.OK, told)


def _machine() -> Iterator[Finding]:
    yield Finding("CPUs", Level.OK, f"{machine.cpu_count()} for trials")
    yield Finding("memory", Level.OK, f"{machine.memory_gb():g} GB for trials")
    gpus = machine.gpus()
    sizes = ", ".join(f"{gpu.memory / 2**30:.0f} GB" for gpu in gpus)
    yield Finding("GPUs", Level.OK, f"{count(len(gpus), 'GPU')} for trials: {sizes}" if gpus else "no NVIDIA GPU")


def _home(home: Path) -> Iterator[Finding]:
    """Whether runs can be kept: where the home lies, or would."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if not (there.is_dir() and os.access(there, os.W_OK | os.X_OK)):
        yield Finding("home", Level.PROBLEM, f"{home} cannot be written; set GRID_HOME to a folder that can")
        return
    free = shutil.disk_usage(there).free
    if free < _LITTLE:
        told = f"{home} has only {format_bytes(free)} free; grid gc and grid delete make room"
        yield Finding("home", Level.WARNING, told)
    else:
        yield Finding("home", Level.OK, f"{home}, {format_bytes(free)} free")
    if on_network(there):
        told = f"{home} lies on a network file system, where runs are slower; set GRID_HOME to a disk of this machine"
        yield Finding("home", Level.WARNING, told)


def _extras() -> Iterator[Finding]:
    for extra, (module, what) in _EXTRAS.items():
        there = find_spec(module) is not None
        told = what if there else f'not installed: {what}; pip install "grid-jupyter[{extra}]" brings it'
        yield Finding("extras", Level.OK, told)
