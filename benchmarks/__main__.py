"""Run all measurements, or those that are named, and print one table of Markdown with the versions below it."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from measuring import CPUS, print_table

ALL = (
    *("trials", "first_trial", "warm", "output", "peers", "watcher", "data", "startup", "space", "search", "display"),
    *("front_end", "live_run", "panel", "ray_tune"),
)
PACKAGES = ("numpy", "optuna", "scikit-learn", "hydra-core", "hydra-joblib-launcher", "joblib", "ray", "jupyterlab")
PROGRAMS = ("xargs", "parallel", "chromium")
_HEAD = 2


def main() -> int:
    """Measure; return 1 if something could not be measured."""
    names, failed, lines = sys.argv[1:] or ALL, [], []
    for name in names:
        print(f"measuring {name}", file=sys.stderr, flush=True)
        script = str(Path(__file__).with_name(f"{name}.py"))
        done = subprocess.run([sys.executable, script], check=False, text=True, stdout=subprocess.PIPE)
        if done.returncode == 0:
            lines += done.stdout.splitlines()[_HEAD:]
        else:
            failed.append(name)
    print_table()
    print("\n".join([*lines, "", about()]))
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def about() -> str:
    """Say when and on what was measured."""
    tools = [version for name in PROGRAMS if (version := program(name))]
    packages = [f"{name} {version}" for name in PACKAGES if (version := package(name))]
    load = ", ".join(f"{load:.1f}" for load in os.getloadavg())
    return (
        f"Measured on {time.strftime('%-d %B %Y')} with {CPUS} CPUs ({processor()}), {platform.system()} "
        f"{platform.release()}, Python {platform.python_version()}, {', '.join([*tools, *packages])}; load at the end: "
        f"{load}."
    )


def processor() -> str:
    """Name the processor, where that can be told."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def program(name: str) -> str:
    """Return the first line of what a program says of its version; empty if it is not there, or says nothing."""
    if not shutil.which(name):
        return ""
    said = subprocess.run(
        [name, "--version"], check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    return said.stdout.partition("\n")[0]


def package(name: str) -> str:
    """Return a package's version; empty if it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
