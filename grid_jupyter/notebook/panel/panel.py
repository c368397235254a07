"""The panel as an object: what is set, what a launch would do, and the launch. It needs no widgets."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.core.checking import Check, Fault, check
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.flags import RUN_FLAGS
from grid_jupyter.core.forms import ways
from grid_jupyter.core.plan import Surroundings, current_directory
from grid_jupyter.core.rendering import magic, quoted, word_text
from grid_jupyter.core.values import word_for
from grid_jupyter.core.words import Word
from grid_jupyter.errors import CommandError, GridError, SweepError, UserError
from grid_jupyter.notebook.substitution import Substitution

from .draft import Draft, read_fields
from .own import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grid_jupyter.core.command import Command
    from grid_jupyter.core.plan import Plan
    from grid_jupyter.core.run import Run
    from grid_jupyter.core.script.model import ScriptFlag, ScriptFlags


class Panel:
    """A sweep that is being set up.

    ``panel["lr"] = [0.1, 0.01]`` sets a flag of the script and ``del panel["lr"]`` leaves it out;
    ``panel.options["parallel"] = 2`` sets one of ``grid run``. Where widgets are, the fields follow.

    Attributes:
        run: The run that was launched last.
        agreed: The questions that are answered with yes.
        shown_in: The request that showed it last.
    """

    def __init__(
        self,
        script: str = "",
        params: Mapping[str, object] | None = None,
        options: Mapping[str, object] | None = None,
        *,
        cell: str | None = None,
        variables: Mapping[str, object] | None = None,
    ) -> None:
        self.run: Run | None = None
        self.agreed: set[str] = set()
        self.options = Options(self)
        self._draft = Draft(script, cell)
        self._variables = variables
        self._seed = _drawn()
        self._launched: tuple[str, ...] = ()
        self.shown_in: object = None
        self._listeners: list[Callable[[], None]] = []
        self._fields = read_fields(self._draft, current_directory())
        for name, value in (params or {}).items():
            self[name] = value
        for name, value in (options or {}).items():
            self.options[name] = value

    @property
    def script(self) -> str:
        """The script, as it would be typed; empty for a cell, or where none is chosen."""
        return self._draft.script

    @script.setter
    def script(self, script: str) -> None:
        self._draft.script = script
        self._fields = read_fields(self._draft, current_directory())
        known = {flag.name for flag in self._fields.flags}
        self._draft.arguments = {name: words for name, words in self._draft.arguments.items() if name in known}
        self._changed()

    @property
    def folder(self) -> Path:
        """The folder that names of scripts start from: the kernel's."""
        return current_directory()

    @property
    def is_cell(self) -> bool:
        """Whether a cell is the script."""
        return self._draft.cell is not None

    @property
    def fields(self) -> ScriptFlags:
        """The flags of the script, read from its source."""
        return self._fields

    def __getitem__(self, name: str) -> tuple[str, ...]:
        """Return the words of a flag; none where it is left out."""
        return self._draft.arguments.get(self._flag(name).name, ())

    def __setitem__(self, name: str, value: object) -> None:
        """Set a flag of the script: a text is read as if it were typed, a list is swept, ``None`` leaves it out.

        Raises:
            CommandError: The script has no such flag, or no word can stand for the value.
        """
        flag = self._flag(name)
        self.set_words(flag.name, self._words(flag, value))

    def __delitem__(self, name: str) -> None:
        self.set_words(self._flag(name).name, ())

    def _flag(self, name: str) -> ScriptFlag:
        spelled = {name, f"--{name}", f"--{name.replace('_', '-')}"}
        found = next((flag for flag in self._fields.flags if not spelled.isdisjoint(flag.spellings)), None)
        if found is None:
            what = "the cell" if self.is_cell else self.script or "a panel without a script"
            known = ", ".join(flag.name for flag in self._fields.flags) or "none that its source tells"
            raise CommandError(
                f"{what} has no flag {name!r}; it has {known}. panel.more takes others as they are typed"
            )
        return found

    def _words(self, flag: ScriptFlag, value: object) -> tuple[str, ...]:
        if value is None or value == "":
            return ()
        on_or_off = ways(flag, self._fields.kinds)
        if isinstance(value, bool) and on_or_off:
            return on_or_off["on" if value else "off"]
        text = word_text(word_for(value, swept_text=True))
        return (text,) if flag.positional else (flag.name, text)

    def set_words(self, name: str, words: tuple[str, ...]) -> None:
        """Set the words of a flag as they would be typed; none leave it out."""
        if self._draft.arguments.get(name, ()) != words:
            self._draft.set(name, words)
            self._changed()

    @property
    def more(self) -> str:
        """Further arguments of the script, as they would be typed."""
        return self._draft.more

    @more.setter
    def more(self, text: str) -> None:
        self._draft.more = text
        self._changed()

    def set_option(self, dest: str, value: str | bool) -> None:
        """Set one of Grid's flags as it would be typed; nothing leaves it out."""
        if self.option(dest) != value:
            self._draft.set_option(dest, value)
            self._changed()

    def option(self, dest: str) -> str | bool:
        """Return what one of Grid's flags is set to; an empty text where it is left out."""
        return self._draft.options.get(dest, "")

    def labels(self) -> dict[str, str]:
        """Return under which name a check tells of each of the script's flags that is set."""
        return self._draft.labels()

    # What it comes to

    def check(self) -> Check | None:
        """Return what is wrong with each argument, and the plan of the rest; ``None`` where no script is chosen."""
        if not self.script and not self.is_cell:
            return None
        try:
            command, notes = self._command()
            return check(command, self._around(), self._draft.cell, notes)
        except GridError as error:
            return Check((), Fault.of(error) if isinstance(error, UserError) else Fault(str(error)), None)

    def _command(self) -> tuple[Command, tuple[str, ...]]:
        texts = self._draft.words(RUN_FLAGS)
        substitution = Substitution({} if self._variables is None else self._variables)
        words = tuple(map(Word, texts)) if self._variables is None else substitution.words(texts)
        command = parse_command((Word("run"), *words), cell=self._draft.cell)
        if command is None or command.help:
            raise CommandError("-h shows the help in a cell of its own: %grid run -h")
        # Drawn once, so that what is shown does not change with each key, and is what is launched.
        options = dict(command.options)
        if "config" not in options:  # which may have a seed
            options.setdefault("seed", self._seed)
        return replace(command, options=options), tuple(substitution.notes)

    @staticmethod
    def _around() -> Surroundings:
        return Surroundings(current_directory(), Path(sys.executable))

    @property
    def plan(self) -> Plan:
        """What a launch would do.

        Raises:
            UserError: Something is wrong; the first fault is told.
        """
        found = self.check()
        if found is None:
            raise CommandError("no script is chosen; name one: panel.script = 'train.py'")
        if fault := first_fault(found):
            raise _error(fault)
        assert found.plan is not None  # noqa: S101  (there is no fault)
        return found.plan

    @property
    def trials(self) -> int:
        """How many trials a launch would start."""
        return self.plan.trials

    @property
    def line(self) -> str:
        """The line that stands for what is set; of a cell, the line that heads it."""
        return magic(
            " ".join(["%%grid" if self.is_cell else "grid", "run", *map(quoted, self._draft.words(RUN_FLAGS))])
        )

    @property
    def is_launched(self) -> bool:
        """Whether it was launched as it stands."""
        return self.run is not None and self._launched == self._draft.words(RUN_FLAGS)

    def launch(self) -> Run:
        """Launch what is set, and return at once.

        Raises:
            UserError: Something is wrong, or a question is not answered with yes.
            StoreError: The disk is full or not writable.
        """
        from grid_jupyter.core.launching import launch
        from grid_jupyter.core.plan import questions
        from grid_jupyter.core.submission import plan_command

        _ = self.plan  # whose fault names the argument
        command, notes = self._command()
        around = self._around()
        plan = plan_command(command, around, self._draft.cell, notes, launches=True)
        if self.agreed.issuperset(questions(plan)):
            around = replace(around, ask=lambda _: True)
        self.run = launch(plan, around)
        self._launched = self._draft.words(RUN_FLAGS)
        self._seed = _drawn()
        return self.run

    # What is shown

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function after each change."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()

    def __repr__(self) -> str:
        from .text import panel_text

        return panel_text(self)

    def _repr_html_(self) -> str:
        from .text import panel_html

        return panel_html(self)

    def _ipython_display_(self) -> None:
        from .show import show

        show(self)


def first_fault(found: Check) -> Fault | None:
    """Return the first thing that is wrong."""
    faults = [argument.fault for argument in found.arguments if argument.fault]
    return next(iter(faults), found.fault)


def _error(fault: Fault) -> UserError:
    if fault.text is not None and fault.position is not None:
        return SweepError(fault.message, fault.text, fault.position, fault.flag)
    return CommandError(fault.message)


def _drawn() -> int:
    return random.SystemRandom().randrange(100_000)
