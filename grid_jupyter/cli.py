"""The ``grid`` command: the terminal's door."""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from .errors import GridError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .core.command import Command
    from .core.plan import Plan, Surroundings
    from .core.run import Run

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code: 0, 1, 2 or 130."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a sign shows another one
    try:
        return _dispatch(sys.argv[1:] if argv is None else argv)
    except GridError as error:
        print("\n".join(part for part in (f"grid: {error}", error.detail) if part), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left, as `grid logs … | head` does; keep Python from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dispatch(argv: Sequence[str]) -> int:
    from .core.command import parse_command
    from .core.help import general_help, verb_help
    from .core.words import Word

    command = parse_command([Word(word) for word in argv])
    if command is None:
        print(general_help())
        return 0
    if command.help:
        print(verb_help(command.verb))
        return 0
    doors: dict[str, Callable[[Command, Surroundings], int]] = {"run": _run, "logs": _logs, "wait": _wait}
    around = _surroundings()
    try:
        return doors.get(command.verb.name, _answer)(command, around)
    finally:
        around.tell("")


def _surroundings() -> Surroundings:
    from .core.interpreter import terminal_interpreter
    from .core.plan import Surroundings, current_directory
    from .core.progress import ProgressLine, untold

    watched = sys.stderr.isatty()
    return Surroundings(
        current_directory(),
        terminal_interpreter(),
        _ask if watched and sys.stdin.isatty() else None,
        ProgressLine(sys.stderr) if watched else untold,
    )


def _ask(question: str) -> bool:
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _answer(command: Command, around: Surroundings) -> int:
    from .core.verbs import answer

    reply = answer(command, around)
    for warning in reply.warnings:
        print(f"grid: {warning}", file=sys.stderr)
    print(json.dumps(reply.data) if command.as_json else reply.text)
    return 1 if reply.failed else 0


def _run(command: Command, around: Surroundings) -> int:
    from .core.launching import launch
    from .core.submission import plan_command

    plan = plan_command(command, around, launches=True)
    if plan.spec.dry_run:
        from .core.plan_text import plan_text

        print(json.dumps(plan.to_json()) if command.as_json else plan_text(plan))
        return 0
    run = launch(plan, around, _announce_on_terminal if around.ask else _announce)
    from .core import text  # while the watcher starts

    if command.as_json:
        print(json.dumps({"run": run.name, "trials": len(run)}))
        return _follow(run, quiet=True) if plan.spec.wait else 0
    if sys.stdout.isatty():
        at_once = f", {plan.at_once} at once" if plan.at_once > 1 else ""
        launched = text.launched_line(plan.trials, plan.placement.place)
        print(f"{run.name}: {launched}{at_once}. Seed {plan.seed}.")
        if not plan.spec.wait:
            print(f"grid wait {run.name} follows it, grid logs {run.name}/0 shows what a trial prints.")
    else:
        print(text.launched_line(plan.trials, plan.placement.place), flush=True)
    return _follow(run) if plan.spec.wait else 0


def _announce(plan: Plan) -> None:
    for warning in (*plan.warnings, *plan.passing):
        print(f"grid: {warning}", file=sys.stderr)


def _announce_on_terminal(plan: Plan) -> None:
    if not plan.asks:
        _announce(plan)
        return
    from .core.plan_text import plan_text

    print(plan_text(plan), file=sys.stderr)


def _wait(command: Command, _: Surroundings) -> int:
    from .core.addresses import find_run

    run = find_run(command.operands[0])
    code = _follow(run, quiet=command.as_json)
    if command.as_json:
        print(json.dumps({"run": run.name, "trials": len(run)}))
    return code


def _follow(run: Run, *, quiet: bool = False) -> int:
    """Wait for a run; say how it ended, and whether every trial succeeded."""
    from .core import text
    from .core.states import RunState

    if quiet:
        run.wait()
        summary = run.summary()
        if summary.state is RunState.PAUSED:
            print(f"grid: {summary.reason}", file=sys.stderr)
    elif sys.stdout.isatty():
        _follow_on_terminal(run)
    else:
        run.wait()
        print(text.stable_report(run))
    return 0 if run.state is RunState.SUCCEEDED else 1


def _follow_on_terminal(run: Run) -> None:
    from .terminal import live_view

    with live_view(run) as view:
        run.wait(view=view)


def _logs(command: Command, _: Surroundings) -> int:
    from .core.addresses import find_trial

    trial = find_trial(command.operands[0])
    count = command.options.get("tail")
    follow = command.options.get("follow")
    lines = trial.follow(tail=count) if follow else trial.lines(tail=count)
    for line in lines:
        if command.as_json:
            print(json.dumps(line.to_json(trial)), flush=bool(follow))
        else:
            stream = sys.stderr if line.stream == "stderr" else sys.stdout
            print(line.text, end=line.end, file=stream, flush=bool(follow))
    return 0


if __name__ == "__main__":
    sys.exit(main())
