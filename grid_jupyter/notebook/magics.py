"""``%grid`` and ``%%grid``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from grid_jupyter.core.help import general_help

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from grid_jupyter.core.command import Command
    from grid_jupyter.core.plan import Surroundings

    from .display import Displays


@magics_class
class GridMagics(Magics):
    """The magics, and what they show."""

    shell: InteractiveShell

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self._made: Displays | None = None

    @no_var_expand
    @line_cell_magic
    def grid(self, line: str, cell: str | None = None) -> object:
        """Do what a line says; its help is made below."""
        from grid_jupyter.core.command import parse_command
        from grid_jupyter.core.help import verb_help
        from grid_jupyter.core.language.splitter import split_line

        from .substitution import Substitution

        split = split_line(line)
        substitution = Substitution(self.shell.user_ns)
        command = parse_command(substitution.words(split.words), cell=cell)
        if command is None or command.help:
            print(verb_help(command.verb) if command else GridMagics.grid.__doc__)
            return None
        value = self._do(command, cell, tuple(substitution.notes))
        if command.verb.name == "panel":
            return self._shown(value, silent=split.silent)
        return self.displays.silenced(value) if split.silent else value

    def _do(self, command: Command, cell: str | None, notes: tuple[str, ...]) -> object:
        from grid_jupyter.core.addresses import find_run

        match command.verb.name:
            case "run":
                return self._run(command, cell, notes)
            case "panel":
                return self._panel(command, cell)
            case "logs":
                self._logs(command)
                return None
            case "wait":
                return find_run(command.operands[0]).wait()
            case _:
                return self._answer(command)

    @property
    def displays(self) -> Displays:
        """What the shell shows; made when something is shown for the first time."""
        if self._made is None:
            from .display import Displays

            self._made = Displays(self.shell)
        return self._made

    def _surroundings(self) -> Surroundings:
        from grid_jupyter.core.plan import Surroundings, current_directory
        from grid_jupyter.core.progress import ProgressLine

        cwd, python = current_directory(), Path(sys.executable)
        if not self.displays.interactive:
            return Surroundings(cwd, python)
        return Surroundings(cwd, python, self.displays.ask, ProgressLine(sys.stdout))

    def _run(self, command: Command, cell: str | None, notes: tuple[str, ...]) -> object:
        from grid_jupyter.core.launching import launch
        from grid_jupyter.core.submission import plan_command

        around = self._surroundings()
        plan = plan_command(command, around, cell, notes, launches=True)
        if plan.spec.dry_run:
            if plan.spec.format != "json":
                return plan
            _print_json(plan.to_json())
            return None
        try:
            run = launch(plan, around, None if plan.spec.format == "json" else self.displays.announce)
        finally:
            around.tell("")
        if plan.spec.format == "json":
            _print_json({"run": run.name, "trials": len(run)})
            self.displays.silence(run)
        else:
            self.displays.launched(run, plan)
        return run.wait() if plan.spec.wait else run

    def _panel(self, command: Command, cell: str | None) -> object:
        from grid_jupyter.errors import CommandError

        from .panel import Panel

        if cell is not None and command.operands:
            raise CommandError(f"%%grid panel: the cell is the script; leave out {command.operands[0]}")
        script = command.operands[0] if command.operands else ""
        return Panel(script, cell=cell, variables=self.shell.user_ns)

    def _shown(self, panel: Any, *, silent: bool) -> object:  # noqa: ANN401  (imported when it is used)
        """Show a panel, also one that is assigned."""
        from .display import request_of
        from .panel.show import show

        if silent:
            panel.shown_in = request_of(self.shell)
        else:
            show(panel)
        return panel

    def _logs(self, command: Command) -> None:
        from grid_jupyter.core.addresses import find_trial
        from grid_jupyter.errors import Interrupted

        trial = find_trial(command.operands[0])
        tail = command.options.get("tail")
        lines = trial.follow(tail) if command.options.get("follow") else trial.lines(tail)
        try:
            for line in lines:
                if command.as_json:
                    _print_json(line.to_json(trial))
                else:
                    print(line.text, end=line.end, file=sys.stderr if line.stream == "stderr" else sys.stdout)
        except KeyboardInterrupt:
            raise Interrupted(f"No longer following; {trial} goes on") from None

    def _answer(self, command: Command) -> Any:  # noqa: ANN401  (each verb has its own)
        from grid_jupyter.core.verbs import answer

        around = self._surroundings()
        try:
            reply = answer(command, around)
        finally:
            around.tell("")
        for warning in reply.warnings:
            print(f"! {warning}", file=sys.stderr)
        if command.as_json:
            _print_json(reply.data)
            return None
        if reply.run and command.verb.name == "results" and not {"csv", "json"} & command.options.keys():
            grouped = {name: command.options.get(name) for name in ("group_by", "over")}
            return reply.run.results(**grouped)
        if reply.run and command.verb.name in {"status", "show"}:
            return reply.run
        if reply.value is not None:
            return reply.value
        print(reply.text)
        return None


# What `%grid?` and `%grid -h` show.
GridMagics.grid.__doc__ = f"""{general_help("%grid")}

%%grid run takes the cell below it for the script; %grid panel sets up a sweep with fields and buttons."""


def _print_json(data: object) -> None:
    print(json.dumps(data))
