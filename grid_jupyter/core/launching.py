"""A plan becomes a run."""

from __future__ import annotations

import errno
import shutil
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError, ProjectError, UserError

from . import index, store
from .budget import Tariff
from .cleanup import objects_in_use
from .cluster import Code, find_cluster
from .datastores.planning import settle_data
from .git import GitQuery
from .home import RunFolder, make_home, unusable
from .interpreter import editable_paths, find_interpreter
from .jobs import Launch
from .limits import Limits
from .names import new_name
from .notebooks import SUFFIX, require_executor
from .plan import Plan, Surroundings, questions
from .provenance import provenance
from .rendering import command_line
from .run import Run
from .searching import require_optuna, search_environment
from .snapshot import Snapshot, freeze
from .tracking.address import require_server
from .watching import start_watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from .datastores.run_data import RunData

_SHELLS = ("bash", "sh")
_NAMES = {".sh": "bash", ".jl": "julia"}
FOREIGN = tuple(_NAMES)
"""How the names of scripts end that no Python runs."""


def launch(plan: Plan, around: Surroundings, announce: Callable[[Plan], None] | None = None) -> Run:
    """Freeze the code, make the run and start its watcher; return at once.

    The run's folder appears whole or not at all.

    Args:
        plan: What to launch.
        around: Where this is asked for.
        announce: Shows the plan, or its warnings, when nothing but the user can prevent the launch any more.

    Raises:
        UserError: A question was answered with no, or could not be asked; or the cluster is not there.
        StoreError: The disk is full or not writable; nothing was made.
    """
    asked = _asked(plan, around)
    find_cluster(plan.placement.cluster).check(plan.spec, plan.settings, _code(plan))
    data = _settled(plan)
    require_optuna(plan.spec)
    if plan.mlflow:
        require_server(plan.mlflow, "--mlflow" if plan.spec.mlflow else "the setting mlflow")
    python = around.interpreter if plan.placement.elsewhere else find_interpreter(plan.spec.python, around.interpreter)
    interpreter = _interpreter(plan, python)
    executor = require_executor(plan.script.name, python) if plan.script.suffix == SUFFIX else None
    home = make_home()
    name = free_name(home, plan.spec.name)
    if announce:
        announce(plan)
    if around.ask and not all(around.ask(question) for question in asked):
        raise UserError("nothing was launched")
    if path := plan.spec.save_config:
        from .config_writing import save_config

        save_config(plan.spec, around.cwd / path)
    details = replace(_details(plan, name, interpreter, python), executor=executor, data=data)
    limits = Limits(
        fits=plan.placement.fits,
        parallel=plan.spec.parallel,
        retries=plan.spec.retries,
        max_time=plan.spec.max_time,
        auto_resume=not plan.spec.no_auto_resume,
        budget=plan.spec.budget,
    )
    facts = {
        "launch": details.to_json(),
        "spec": plan.spec.to_json(),
        "limits": limits.to_json(),
        "tariff": Tariff.of(plan.placement).to_json(),
        "trials": plan.trials,
        "cluster": details.cluster,
        "created": details.created,
        "paused": None,
        "mlflow": plan.mlflow,
    }

    with GitQuery(plan.project.root) as git:

        def freeze_all() -> Snapshot:
            frozen = freeze(plan.files, home / "objects")
            known = None if plan.placement.elsewhere or plan.script.suffix in FOREIGN else python
            facts["provenance"] = provenance(git.answer(), known, plan.imports).to_json()
            return frozen

        return begin(home, name, freeze_all, facts, private=bool(plan.spec.environment))


def _code(plan: Plan) -> Code:
    root = plan.project.root

    def read(path: str) -> bytes:
        try:
            return (root / path).read_bytes()
        except OSError as error:
            raise ProjectError(f"{path} cannot be read: {error.strerror or error}") from error

    return Code(str(plan.project.subdir), {file.path: file.size for file in plan.files.files}, read)


def _settled(plan: Plan) -> RunData:
    """Which versions of datastores the run uses."""
    kind = plan.settings.cluster_type(plan.placement.cluster)
    return settle_data(plan.data.data, kind, plan.settings, plan.spec.credential)


def free_name(home: Path, wanted: str | None) -> str:
    """Return a name for a run: the one that is wanted, or a made-up one.

    Raises:
        CommandError: There is a run of that name.
    """
    name = wanted or new_name(lambda name: (home / "runs" / name).exists())
    if (home / "runs" / name).exists():
        raise CommandError(f"--name {name}: there is a run of that name; choose another, or grid delete {name}")
    return name


def begin(
    home: Path,
    name: str,
    snapshot: Callable[[], Snapshot],
    facts: dict[str, object],
    *,
    private: bool,
    files: Mapping[str, bytes] | None = None,
) -> Run:
    """Make a run and start its watcher.

    Args:
        home: The folder that holds all runs.
        name: The run's name, which is free.
        snapshot: Gives its code; while it does, no frozen file is removed.
        facts: What is stored with it; they may be completed while the code is frozen.
        private: Whether nobody else may read it.
        files: Further files of its folder, by their paths.

    Raises:
        StoreError: The disk is full or not writable; nothing was made.
    """
    with objects_in_use(home):
        folder = _make_folder(home, name, snapshot(), facts, private=private, files=files or {})
    start_watcher(folder)
    index.forget(folder)
    return Run(name)


def _asked(plan: Plan, around: Surroundings) -> Iterable[str]:
    """Return what must be asked before a launch."""
    if not plan.selection.launchable:
        raise CommandError(plan.selection.refusal)
    if plan.spec.yes or plan.spec.ignore_warnings:
        return ()
    asked = questions(plan)
    for question, answer in asked.items():
        if around.ask is None:
            raise CommandError(f"{question} Nobody can be asked here; answer with {answer}")
    return asked


def _interpreter(plan: Plan, python: Path) -> str:
    """What runs the script: a Python, a shell or Julia, by its absolute path; on other machines by its name."""
    if plan.placement.elsewhere:
        return _NAMES.get(plan.script.suffix) or plan.spec.python or "python"
    if plan.script.suffix == ".sh":
        return next((found for shell in _SHELLS if (found := shutil.which(shell))), "/bin/sh")
    if plan.script.suffix == ".jl":
        if found := shutil.which("julia"):
            return found
        raise CommandError(f"{plan.script.name}: julia is not on the PATH; install it from julialang.org")
    return str(python)


def _details(plan: Plan, name: str, interpreter: str, python: Path) -> Launch:
    spec = plan.spec
    paths = editable_paths(python, plan.project.root) if plan.script.suffix in {".py", SUFFIX} else []
    return Launch(
        run=name,
        id=uuid.uuid4().hex,
        created=time.time(),
        cluster=plan.placement.cluster,
        place=plan.placement.place,
        command=command_line(spec),
        description=spec.description,
        project=str(plan.project.root),
        interpreter=interpreter,
        script=str(plan.script),
        subdir=str(plan.project.subdir),
        cell=spec.cell,
        import_paths=tuple(str(path) for path in paths),
        environment={**search_environment(spec), **spec.environment},
        instance_type=plan.placement.machine.name if plan.placement.machine else None,
        strategy=spec.strategy,
        seed=plan.seed,
        metric=spec.metric,
        mode=spec.mode,
        space=plan.space,
        selection=plan.selection,
        actions=spec.actions,
    )


def _make_folder(
    home: Path, name: str, snapshot: Snapshot, facts: dict[str, object], *, private: bool, files: Mapping[str, bytes]
) -> RunFolder:
    """Make the run's folder under a hidden name and show it when it is whole."""
    draft, folder = home / "runs" / f".{name}.{uuid.uuid4().hex}", home / "runs" / name
    try:
        (draft / "trials").mkdir(parents=True)
        if private:
            draft.chmod(0o700)
        (draft / "requests").mkdir()
        snapshot.write(RunFolder(draft).code)
        for path, content in files.items():
            (draft / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).write_bytes(content)
        store.create(RunFolder(draft), facts)
        draft.rename(folder)
    except OSError as error:
        if error.errno in {errno.EEXIST, errno.ENOTEMPTY}:
            raise CommandError(f"--name {name}: there is a run of that name; choose another") from None
        raise unusable(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return RunFolder(folder)
