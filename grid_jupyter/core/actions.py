"""Shell commands around the script: the ``actions`` of a configuration file."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Each action is a shell line by nature. The trial's own command comes as "$@" and is never read by a shell.
# A trial that is asked to end has its whole group asked: the shell waits until the script has saved.
_HEAD = """\
asked=
trap asked=143 TERM INT
shell=$(command -v bash || command -v sh)
act() {
  PATH=%s "$shell" -c "$2" && return
  code=$?
  echo "grid: error: $1 ended with exit code $code: $2" >&2
  return $code
}
"""
_BEFORE = 'act {0} {1} || exit\n[ -z "$asked" ] || exit "$asked"\n'
_SCRIPT = '"$@"\nresult=$?\n'
# What went wrong first is what is told: after that, standard error is left to it.
_AFTER = 'if [ "$result" -eq 0 ]; then act {0} {1} || result=$?; else act {0} {1} 2>&1; fi\n'
_END = 'exit "$result"\n'


@dataclass(frozen=True)
class Actions:
    """Shell commands in the order in which they run; all are empty by default.

    Attributes:
        on_build_start: Before the first trial, once for the run.
        on_build_end: Likewise, after those of ``on_build_start``.
        on_experiment_start: Before the script, in each trial.
        on_experiment_end: After the script, in each trial.
    """

    on_build_start: tuple[str, ...] = ()
    on_build_end: tuple[str, ...] = ()
    on_experiment_start: tuple[str, ...] = ()
    on_experiment_end: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Sequence[str]] | None) -> Actions:
        """Make them again from what ``dataclasses.asdict`` gave; nothing gives none."""
        return cls(**{name: tuple(commands) for name, commands in (data or {}).items()})

    @property
    def build(self) -> bool:
        """Whether anything runs before the first trial."""
        return bool(self.on_build_start or self.on_build_end)

    @property
    def experiment(self) -> bool:
        """Whether anything runs in each trial."""
        return bool(self.on_experiment_start or self.on_experiment_end)

    def build_command(self, interpreter: str) -> list[str]:
        """Return the command that does what comes before the first trial; the first that fails ends it."""
        steps = _steps(_BEFORE, on_build_start=self.on_build_start, on_build_end=self.on_build_end)
        return ["/bin/sh", "-c", _head(interpreter) + steps, "grid"]

    def around(self, argv: Sequence[str]) -> list[str]:
        """Return a trial's command with its actions.

        One before the script that fails ends the trial. Those after it run in any case, also after a script that was
        asked to end; one of them that fails makes a trial fail whose script succeeded.
        """
        if not self.experiment:
            return list(argv)
        before = _steps(_BEFORE, on_experiment_start=self.on_experiment_start)
        after = _steps(_AFTER, on_experiment_end=self.on_experiment_end)
        return ["/bin/sh", "-c", _head(argv[0]) + before + _SCRIPT + after + _END, "grid", *argv]


def _head(interpreter: str) -> str:
    """What comes first: ``python`` and ``pip`` mean those of the script, wherever it is found by name alone too."""
    folder = PurePath(interpreter).parent if "/" in interpreter else None
    return _HEAD % (f"{shlex.quote(str(folder))}:$PATH" if folder else "$PATH")


def _steps(template: str, **actions: Sequence[str]) -> str:
    named = [(name, shlex.quote(one)) for name, commands in actions.items() for one in commands]
    return "".join(template.format(name, command) for name, command in named)
