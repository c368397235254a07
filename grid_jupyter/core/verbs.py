"""The verbs that answer once, shared by terminal and notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grid_jupyter.errors import BrokenStoreError, CommandError

from . import index, text, units
from .addresses import find_numbered, find_run, find_trial, is_trial, trial_number
from .artifacts import Download, download
from .cleanup import collect_garbage
from .cluster_verbs import cluster_answer
from .confirming import confirm
from .home import grid_home
from .limits import CHANGEABLE
from .reply import Reply
from .rerun import plan_rerun
from .results import COUNTS_AS_RESULT
from .saving import KINDS, results_json, save_results
from .settings import load as load_settings
from .states import TrialState
from .understanding_verbs import compare, grouped_results, plot

if TYPE_CHECKING:
    from collections.abc import Callable

    from .command import Command
    from .plan import Surroundings
    from .run import Run


def answer(command: Command, around: Surroundings) -> Reply:
    """Do what a verb asks and return its answer.

    Raises:
        GridError: It cannot be done.
    """
    verb = _VERBS.get(command.verb.name) or cluster_answer(command.verb)
    return verb(command, around)


def _status(command: Command, _: Surroundings) -> Reply:
    if command.operands:
        run = find_run(command.operands[0])
        return Reply(run.summary().to_json(), "" if command.as_json else text.run_text(run), run)
    everything = index.list_runs()
    unfinished = [run for run in everything if not run.state.ended]
    shown = text.runs_table(unfinished) if unfinished else "No run is under way."
    if rest := len(everything) - len(unfinished):
        shown += f"\n{text.count(rest, 'run')} ended; grid history lists {'it' if rest == 1 else 'them'}."
    return Reply([run.to_json() for run in unfinished], shown)


def _show(command: Command, around: Surroundings) -> Reply:
    address = command.operands[0]
    if not is_trial(address):
        return _status(command, around)
    from .details import TrialDetails  # for those who ask for it

    details = TrialDetails(find_numbered(address))
    return Reply(details.to_json(), "" if command.as_json else details.text(), value=details)


def _history(_: Command, __: Surroundings) -> Reply:
    everything = index.list_runs()
    shown = text.runs_table(everything) if everything else "No runs yet. grid run SCRIPT starts one."
    return Reply([run.to_json() for run in everything], shown)


def _results(command: Command, _: Surroundings) -> Reply:
    run = find_run(command.operands[0])
    grouped = {name: command.options[name] for name in ("group_by", "over") if name in command.options}
    if grouped:
        return grouped_results(command, run, **grouped)
    files = {kind: path for kind in KINDS if (path := command.options.get(kind))}
    for kind, path in files.items():
        save_results(run, Path(path), kind, asking=f"--{kind}")
    if files and not command.as_json:
        return Reply(None, f"{text.count(len(run), 'trial')} written to {' and '.join(files.values())}", run)
    return Reply(results_json(run), "" if command.as_json else text.trials_table(run, run.rows()), run)


def _artifacts(command: Command, _: Surroundings) -> Reply:
    address = command.operands[0]
    only = find_trial(address) if is_trial(address) else None
    run = only.run if only else find_run(address)
    match = command.options.get("match")
    files = [file for file in run.artifacts(match) if only is None or file[0] == only.index]
    data = [{"trial": f"{run.name}/{trial}", "path": path, "size": size} for trial, path, size in files]
    if not files:
        return Reply(data, f"No files match {match}." if match else "No files were written.", run)
    if folder := command.options.get("download_dir"):
        trials = sorted({trial for trial, _, _ in files})
        return Reply(data, _downloaded(download(run, trials, Path(folder), match), folder), run)
    return Reply(data, text.artifacts_table(files), run)


def _downloaded(done: Download, folder: str) -> str:
    shown = f"{text.count(done.copied, 'file')} copied to {folder}, {units.format_bytes(done.size)} in all."
    return f"{shown} {text.count(done.kept, 'file')} lay there already." if done.kept else shown


def _stop(command: Command, _: Surroundings) -> Reply:
    address = command.operands[0]
    if is_trial(address):
        trial = find_trial(address)
        trial.stop()
        return Reply({"run": trial.run.name, "trials": 1}, f"Stopping trial {trial}; it gets 20 s to save.", trial.run)
    run = find_run(address)
    going = len(run) - run.summary().ended_trials
    run.stop()
    stopping = f"Stopping {text.count(going, 'trial')} of {run.name}; running ones get 20 s to save."
    return Reply({"run": run.name, "trials": going}, stopping, run)


def _pause(command: Command, _: Surroundings) -> Reply:
    run = find_run(command.operands[0])
    held = run.summary().counts.get(TrialState.QUEUED, 0)
    run.pause()
    shown = f"Holding {text.count(held, 'trial')} of {run.name}; running ones go on to their end."
    return Reply({"run": run.name, "trials": held}, f"{shown} grid resume {run.name} carries on.", run)


def _preempt(command: Command, _: Surroundings) -> Reply:
    trial = find_trial(command.operands[0])
    trial.preempt()
    return Reply({"run": trial.run.name, "trials": 1}, f"Interrupting trial {trial}; it gets 20 s to save.", trial.run)


def _rerun(command: Command, around: Surroundings) -> Reply:
    address, *words = command.operands
    named = [find_numbered(address)] if is_trial(address) else []
    run = named[0].run if named else find_run(address)
    trials = [*(trial.index for trial in named), *(trial_number(run, word) for word in words)]
    if "from_snapshot" in command.options:
        return _reproduce(command, around, run, trials)
    if "name" in command.options:
        raise CommandError("--name: only --from_snapshot makes a new run, which it is the name of; leave one out")
    chosen = {name: True for name in ("failed", "missing") if name in command.options}
    planned = plan_rerun(run, trials, **chosen)
    if planned.replaced and not trials:
        replaced = f"The results of {planned.replaced:,} that succeeded are replaced."
        confirm(command, around, f"{replaced} Run {text.count(planned.trials, 'trial')} of {run.name} again?")
    run.rerun(*trials, **chosen)
    shown = f"Running {text.count(planned.trials, 'trial')} of {run.name} again from scratch."
    if planned.released:
        shown += f" {text.count(planned.released, 'held trial')} of it run too."
    return Reply({"run": run.name, "trials": planned.trials}, shown, run)


def _reproduce(command: Command, around: Surroundings, run: Run, trials: list[int]) -> Reply:
    from .reproduce import reproduce  # what a launch needs, and more

    if others := [f"--{name}" for name in ("failed", "missing") if name in command.options]:
        raise CommandError(f"{others[0]} and --from_snapshot exclude each other; name the trials: {run.name} 3 5")
    number, limit = len(set(trials)) or len(run), load_settings().max_trials
    if number > limit:
        confirm(command, around, f"This launches {number:,} trials, more than {limit:,}. Go on?")
    made = reproduce(run, trials, default=around.interpreter, name=command.options.get("name"))
    new = made.run
    shown = f"Running {text.count(len(new), 'trial')} of {run.name} again from the frozen code, as {new.name}."
    return Reply({"run": new.name, "trials": len(new)}, shown, new, made.warnings, value=new)


def _resume(command: Command, _: Surroundings) -> Reply:
    run = find_run(command.operands[0])
    before = run.summary()
    going = before.trials - sum(before.counts.get(state, 0) for state in COUNTS_AS_RESULT)
    most = command.options.get("max_trials", going)
    if going > most:
        raise CommandError(
            f"--max_trials {most}: {text.count(going, 'trial')} of {run.name} would go on; allow {going}"
        )
    run.resume(**{name: command.options[name] for name in CHANGEABLE if name in command.options})
    return Reply({"run": run.name, "trials": going}, f"{run.name} goes on with {text.count(going, 'trial')}.", run)


def _attach(command: Command, _: Surroundings) -> Reply:
    from .attaching import attach  # what a launch needs, and more

    run = attach(command.operands[0], command.options.get("cluster"), command.options.get("credential"))
    shown = f"{run.name} is watched over here, with {text.count(len(run), 'trial')}."
    return Reply({"run": run.name, "trials": len(run)}, shown, run, value=run)


def _delete(command: Command, around: Surroundings) -> Reply:
    run = find_run(command.operands[0])
    try:
        trials = len(run)
    except BrokenStoreError:
        trials = 0  # it cannot be read any more, and can be deleted all the same
    confirm(command, around, f"Delete {run.name} with the logs, metrics and artifacts of its {trials:,} trials?")
    left = run.delete()
    return Reply({"run": run.name, "trials": trials}, f"{run.name} is deleted.", warnings=(left,) if left else ())


def _machines(command: Command, _: Surroundings) -> Reply:
    from .machines.listing import list_machines  # a large table, for those who ask for it

    listed = list_machines(command.operands[0] if command.operands else None, command.options)
    if command.as_json:
        return Reply(listed.to_json(), "", warnings=listed.notes)
    return Reply(None, listed.text(), value=listed)


def _datastore(command: Command, around: Surroundings) -> Reply:
    from .datastores import verbs  # as most commands are about runs

    answers = {"create": verbs.create, "list": verbs.list_all, "delete": verbs.delete}
    return answers[command.verb.name.split()[1]](command, around)


def _credential(command: Command, _: Surroundings) -> Reply:
    from .credentials import check_credential, credentials_text, list_credentials  # botocore, for those who ask

    settings = load_settings()
    if command.operands:
        identity = check_credential(settings, command.operands[0])
        return Reply(identity.to_json(), identity.text())
    sources = list_credentials(settings)
    return Reply([one.to_json() for one in sources], credentials_text(sources, settings))


def _config(_: Command, __: Surroundings) -> Reply:
    from .settings_report import settings_json, settings_text

    return Reply(settings_json(), settings_text())


def _doctor(command: Command, around: Surroundings) -> Reply:
    from .doctor import doctor

    return doctor(command, around)


def _gc(_: Command, __: Surroundings) -> Reply:
    freed = collect_garbage(grid_home())
    shown = f"{text.count(freed.files, 'file')} removed, {units.format_bytes(freed.size)}."
    unread = f"{freed.unread} cannot be read, so no frozen file was removed; delete that run and say it again"
    warnings = (unread,) if freed.unread else ()
    return Reply({"files": freed.files, "bytes": freed.size}, shown, warnings=warnings)


def _panel(command: Command, _: Surroundings) -> Reply:
    script = f" {command.operands[0]}" if command.operands else ""
    raise CommandError(
        f"panel shows fields and buttons, which only a notebook can: write %grid panel{script} there; "
        f"here grid run --dry_run{script or ' SCRIPT'} shows what a sweep comes to"
    )


_VERBS: dict[str, Callable[[Command, Surroundings], Reply]] = {
    "panel": _panel,
    "status": _status,
    "show": _show,
    "history": _history,
    "results": _results,
    "plot": plot,
    "compare": compare,
    "artifacts": _artifacts,
    "stop": _stop,
    "pause": _pause,
    "preempt": _preempt,
    "rerun": _rerun,
    "resume": _resume,
    "attach": _attach,
    "delete": _delete,
    "machines": _machines,
    "datastore create": _datastore,
    "datastore list": _datastore,
    "datastore delete": _datastore,
    "credential": _credential,
    "config": _config,
    "doctor": _doctor,
    "gc": _gc,
}
