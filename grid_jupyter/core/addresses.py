"""Runs and trials by what users call them: ``RUN``, ``RUN/INDEX``, ``RUN-expINDEX``."""

from __future__ import annotations

import operator
import re

from grid_jupyter.errors import CommandError, RunError, UnknownRunError

from .run import Run
from .trial import BuildTrial, Trial

_TRIAL = re.compile(r"(.+?)(?:/|-exp)(\d{1,12})")


def is_trial(address: str) -> bool:
    """Whether it is a trial's address rather than a run's name; no run's name looks like one."""
    return "/" in address or _TRIAL.fullmatch(address) is not None


def find_run(name: str) -> Run:
    """Return the run of that name; a trial's address is refused with the run's name in the advice."""
    if is_trial(name):
        match = _TRIAL.fullmatch(name)
        raise RunError(f"{name} is a trial; this takes a run: {match[1] if match else name.partition('/')[0]}")
    return Run(name)


def find_trial(address: str) -> Trial:
    """Return the trial at ``RUN/INDEX``, also spelled ``RUN-expINDEX``, or the build actions at ``RUN/build``.

    Of a run of one trial the run's name says enough.

    Raises:
        RunError: There is none.
    """
    if address.endswith("/build"):
        return BuildTrial(Run(address.removesuffix("/build")))
    match = _TRIAL.fullmatch(address)
    if not match:
        run = Run(address)
        if len(run) == 1:
            return run[0]
        raise RunError(f"{address} has {len(run)} trials; say which: {address}/0")
    run, number = Run(match[1]), int(match[2])
    if number >= len(run):
        raise UnknownRunError(f"{address}: {run.name} has trials 0 to {len(run) - 1}")
    return run[number]


def find_numbered(address: str) -> Trial:
    """Return the trial at ``RUN/INDEX``; the build actions are none.

    Raises:
        RunError: There is none.
    """
    trial = find_trial(address)
    if isinstance(trial, BuildTrial):
        raise RunError(f"{address} is no trial; the trials are {trial.run.name}/0 and so on")
    return trial


def trial_number(run: Run, word: str) -> int:
    """Return the number of a trial as it was typed.

    Raises:
        CommandError: It is no number of a trial.
    """
    if not word.isascii() or not word.isdigit():
        raise CommandError(f"INDEX takes the number of a trial, 0 to {len(run) - 1}; got {word!r}")
    return int(word)


def as_number(value: object) -> int:
    """Return the number of a trial as a program gives it; NumPy's are numbers too.

    Raises:
        CommandError: It is no whole number.
    """
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise CommandError(f"a trial is named by its number; got {value!r}") from None
