"""How long a sweep with `--warm` takes of a script that imports torch, against `xargs -P` over the same commands.

torch is taken from the interpreter named with --python, or from Debian's (apt install python3-torch). Where neither
has it, a module that takes two seconds of a CPU to import stands in for it, and the table says so.

`--cold 1` leaves the flag out, to see what it is worth.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import CPUS, SECONDS, TIMES, figure, median, options, place, print_table, ratios, rounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from measuring import Place

DEBIAN = "/usr/bin/python3"

STAND_IN = """\
import time

until = time.process_time() + 2
while time.process_time() < until:
    pass
"""


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, pairs=7, trials=20, parallel=CPUS, python="", cold=0)
    flags = [] if args.cold else ["--warm"]
    with prepared(args.python) as (here, imports):
        here.sweep("script.py", 1, 1, *flags), here.xargs("script.py", 1, 1)  # compiles what is compiled once
        sweeps, floors = rounds(
            args.pairs,
            lambda: here.sweep("script.py", args.trials, args.parallel, *flags),
            lambda: here.xargs("script.py", args.trials, args.parallel),
        )
    print_table(
        figure(
            f"{args.trials} {'cold' if args.cold else 'warm'} trials of a script that imports {imports},"
            f" {args.parallel} at once",
            ratios(floors, sweeps),
            f"{TIMES} faster",
            takes=median(sweeps, SECONDS),
            beside=f"{median(floors, SECONDS)}: `xargs -P {args.parallel}`",
            goal="≥ 5 × faster",
        )
    )


@contextmanager
def prepared(python: str) -> Iterator[tuple[Place, str]]:
    """Make a project whose script imports something large, and say what."""
    for found in (python or sys.executable, DEBIAN):
        if version := torch_version(found):
            with place({"script.py": "import torch\n"}, found) as here:
                yield here, f"torch {version}"
            return
    with place({"script.py": "import two_seconds\n"}) as here:
        yield with_stand_in(here), "a stand-in module of two seconds (no torch here)"


def torch_version(python: str) -> str:
    """Return the version of torch that an interpreter has; empty if it has none."""
    found = subprocess.run(
        [python, "-c", "import torch; print(torch.__version__)"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return found.stdout.strip() if found.returncode == 0 else ""


def with_stand_in(here: Place) -> Place:
    """Return the place with an interpreter that has the stand-in installed, as a package and not in the project."""
    folder = here.folder / "environment"
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "two_seconds.py").write_text(STAND_IN, encoding="utf-8")
    return type(here)(here.folder, str(Path(folder, "bin", "python")))


if __name__ == "__main__":
    main()
