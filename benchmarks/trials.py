"""How long a sweep of short trials takes, against `xargs -P` over the same commands.

Both run the same interpreter on the same script with the same arguments, as many at once. All that a sweep does on
top counts: the command itself, freezing, the watcher's start, and for each trial a directory, logs, states, metrics.
"""

from __future__ import annotations

from measuring import (
    CPUS,
    MICROSECONDS,
    SECONDS,
    TIMES,
    Row,
    differences,
    figure,
    median,
    options,
    place,
    print_table,
    ratios,
    rounds,
)

MODULE = '"""A module."""\n' + "".join(f"\n\ndef function_{number}(x):\n    return x\n" for number in range(50))
"""About 2 KB."""


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, pairs=7, trials=1000, numpy_trials=300, files=200, parallel=CPUS)
    print_table(
        against_xargs("does nothing", "", args.trials, args.pairs, args.parallel),
        against_xargs("imports NumPy", "import numpy\n", args.numpy_trials, args.pairs, args.parallel),
        further_files(args.files, args.trials, args.pairs, args.parallel),
    )


def project(script: str, modules: int) -> dict[str, str]:
    """Return a script and the modules beside it."""
    return {"script.py": script} | {f"module_{number}.py": MODULE for number in range(modules)}


def against_xargs(does: str, script: str, trials: int, pairs: int, parallel: int) -> Row:
    """Compare a sweep of a script with xargs."""
    with place(project(script, modules=9)) as here:
        here.sweep("script.py", 1, 1), here.xargs("script.py", 1, 1)  # compiles what is compiled once
        sweeps, floors = rounds(
            pairs,
            lambda: here.sweep("script.py", trials, parallel),
            lambda: here.xargs("script.py", trials, parallel),
        )
    return figure(
        f"{trials:,} trials of a script that {does}, {parallel} at once, a project of 10 files",
        ratios(sweeps, floors),
        TIMES,
        takes=median(sweeps, SECONDS),
        beside=f"{median(floors, SECONDS)}: `xargs -P {parallel}`",
        goal=f"≤ {TIMES.format(1.1)}",
    )


def further_files(files: int, trials: int, pairs: int, parallel: int) -> Row:
    """Say what one more file in the project costs each trial."""
    with place(project("", modules=9)) as small, place(project("", modules=9 + files)) as large:
        small.sweep("script.py", 1, 1), large.sweep("script.py", 1, 1)
        larges, smalls = rounds(
            pairs,
            lambda: large.sweep("script.py", trials, parallel),
            lambda: small.sweep("script.py", trials, parallel),
        )
    each = [1e6 * more / trials / files for more in differences(larges, smalls)]
    takes = f"{median(larges, SECONDS)}: {10 + files} files"
    beside = f"{median(smalls, SECONDS)}: 10 files"
    return figure(f"each further file, a trial ({trials:,} trials)", each, MICROSECONDS, takes=takes, beside=beside)


if __name__ == "__main__":
    main()
