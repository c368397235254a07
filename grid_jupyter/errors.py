"""What can go wrong, as one tree.

GridError                     the base; a notebook shows it as one red line
├── UserError                 the command, configuration or a credential must change; exit 2
│   ├── CommandError          a verb or flag
│   │   └── ArgumentError     an argument that a script has no place for; knows its name
│   ├── SweepError            sweep text; knows the place and draws a caret under it
│   ├── ConfigError           a YAML or settings file
│   ├── ProjectError          the script, or the folder that it lies in
│   ├── CredentialError       a service's credential is missing, expired or may not do this
│   └── RunError              a run or trial is in the wrong state
│       └── UnknownRunError   there is no such run, trial or file
├── ServiceError              a service in the network did not answer, or not as it should; exit 1
├── StoreError                disk, permissions, or a store that this version cannot read; exit 1
│   └── BrokenStoreError      a database whose content is damaged
└── Interrupted               the wait was interrupted, the run goes on; exit 130
"""

from __future__ import annotations


class GridError(Exception):
    """A failure that is told in one sentence, without a traceback."""

    exit_code = 1

    def __str__(self) -> str:
        # The names in it are data: one with a line break, or a terminal's control codes, must not act them out.
        return "".join(char if char.isprintable() else "·" for char in super().__str__())

    @property
    def detail(self) -> str:
        """Further lines that show the place, or an empty string."""
        return ""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback (its hook's name)."""
        return [str(self), self.detail] if self.detail else [str(self)]


class UserError(GridError):
    """Something that the user must change; nothing was made."""

    exit_code = 2


class CommandError(UserError):
    """A verb or a flag is wrong."""


class ArgumentError(CommandError):
    """An argument that the script has no place for, or a value of another type.

    Args:
        problem: What is wrong and what to write instead.
        flag: The argument, ``--lr``.
    """

    def __init__(self, problem: str, flag: str) -> None:
        super().__init__(f"{flag}: {problem}")
        self.problem = problem
        self.flag = flag


class SweepError(UserError):
    """A sweep text is wrong at a position.

    Args:
        problem: What is wrong and what to write instead, in one sentence.
        text: The whole text that was read.
        position: Index into ``text`` of the fault, 0 to ``len(text)``.
        flag: The argument that the text belongs to (``--lr``), where known.
    """

    def __init__(self, problem: str, text: str, position: int, flag: str | None = None) -> None:
        super().__init__(f"{flag}: {problem}" if flag else problem)
        self.problem = problem
        self.text = text
        self.position = position
        self.flag = flag

    @property
    def detail(self) -> str:
        """The text with a caret under the fault; a long text is cut around it."""
        start = max(0, self.position - 50)
        end = min(len(self.text), self.position + 30)
        before, after = ("…" if start else ""), ("…" if end < len(self.text) else "")
        shown = "".join(char if char.isprintable() else "·" for char in self.text[start:end])
        return f"  {before}{shown}{after}\n  {' ' * (len(before) + self.position - start)}^"


class ConfigError(UserError):
    """A configuration file is wrong."""


class ProjectError(UserError):
    """The script or its project folder cannot be run as it is."""


class CredentialError(UserError):
    """A credential is missing, expired, or does not allow this."""


class RunError(UserError):
    """A run or trial does not exist, or is not in a state that allows this."""


class UnknownRunError(RunError):
    """There is no such run, trial, or file of a trial."""


class ServiceError(GridError):
    """A service in the network did not answer, or not as it should."""


class StoreError(GridError):
    """The disk, its permissions, or the store's own files are in the way."""


class BrokenStoreError(StoreError):
    """A database is damaged."""


class Interrupted(GridError):  # noqa: N818  (it tells what happened; nothing is wrong)
    """The wait was interrupted; the run goes on."""

    exit_code = 130
