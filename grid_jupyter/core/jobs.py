"""A trial's command and environment, from what is stored with the run."""

from __future__ import annotations

import functools
from dataclasses import asdict, dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from .actions import Actions
from .cluster import Job
from .datastores.run_data import RunData
from .home import BUILD
from .selection import Selection
from .space import Space

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .cell import CellScript
    from .store import Store

CELL_SCRIPT = "cell.py"


@dataclass(frozen=True)
class Launch:
    """What a run was launched with: all that its trials are made from.

    Attributes:
        place: Where trials run, in words.
        command: The command line, as words that a shell or a magic would read back.
        interpreter: What runs the script: a Python, ``bash`` or ``julia``, as an absolute path; on machines other than
            this one by its name.
        script: The script, relative to the project's top.
        subdir: The directory it starts in, relative to the project's top.
        cell: The body of a ``%%grid`` cell, which is the script then.
        import_paths: Folders of the project that its installed packages come from.
        executor: The Python that executes a notebook, with a kernel of the interpreter; None for other scripts.
        data: The datastores that are used.
        numbers: Where trials of another run are run again: the numbers that they had there, and still see.
    """

    run: str
    id: str
    created: float
    cluster: str
    place: str
    command: str
    description: str | None
    project: str
    interpreter: str
    script: str
    subdir: str
    cell: str | None
    import_paths: tuple[str, ...]
    environment: Mapping[str, str]
    instance_type: str | None
    strategy: str
    seed: int
    metric: str | None
    mode: str | None
    space: Space
    selection: Selection
    actions: Actions = field(default_factory=Actions)
    executor: str | None = None
    numbers: tuple[int, ...] | None = None
    data: RunData = field(default_factory=RunData)

    @property
    def directory(self) -> str:
        """Where a trial starts, relative to the project's top: a notebook in its own folder, as in Jupyter."""
        return str(PurePosixPath(self.script).parent) if self.executor else self.subdir

    @property
    def trials(self) -> int:
        """How many trials the run has."""
        return self.selection.count

    def params(self, trial: int) -> dict[str, str]:
        """Return a trial's arguments by name, as text; while a search has not chosen it, those that never vary."""
        known = self.selection.knows(trial)
        return self.space.params(self.selection.combination(trial)) if known else self.space.constants

    def learn(self, store: Store) -> None:
        """Take in what a search has chosen since the last time."""
        if (chosen := self.selection.chosen) is not None:
            chosen |= store.choices(len(chosen))

    def arguments(self, trial: int) -> list[str]:
        """Return the script's arguments of a trial; none while a search has not chosen it."""
        if not self.selection.knows(trial):
            return []
        return self.space.argv(self.selection.combination(trial))

    def script_command(self, trial: int) -> list[str]:
        """Return what runs the script, without the actions around it."""
        script = _relative(self.script, self.directory)
        if script.startswith("-"):
            script = f"./{script}"
        if self.executor:
            settings = [f"{name}={value}" for name, value in self.settings(trial).items()]
            executor = [self.executor, "-P", "-m", "grid_jupyter.executor", "--python", self.interpreter, script]
            return [*executor, *map(self.data.pinned, settings)]
        filled_in = self._cell and not self._cell.reads_arguments
        return [self.interpreter, script, *([] if filled_in else map(self.data.pinned, self.arguments(trial)))]

    def settings(self, trial: int) -> dict[str, str]:
        """Return what a cell or a notebook sets in a trial, by name, as text."""
        return self.params(trial) if self.selection.knows(trial) else {}

    def job(self, trial: int, attempt: int) -> Job:
        """Return what a cluster needs to start an attempt of a trial."""
        name = f"{self.run}-exp{trial}"
        environment = {
            **self._environment,
            "GRID_TRIAL_INDEX": str(self.numbers[trial] if self.numbers else trial),
            "GRID_EXPERIMENT_ID": f"{self.id}-{trial}",
            "GRID_EXPERIMENT_NAME": name,
            "GRID_ATTEMPT": str(attempt),
        }
        files = {}
        if cell := self._cell:
            source = cell.source if cell.reads_arguments else cell.render(self.params(trial))
            files[self.script] = self.data.pinned(source)
        argv = self.actions.around(self.script_command(trial))
        return Job(trial, attempt, argv, environment, self.directory, self.project, self.import_paths, files, self.data)

    def build_job(self, attempt: int) -> Job:
        """Return what a cluster needs to start an attempt of the build actions, which come before all trials."""
        argv = self.actions.build_command(self.interpreter)
        return Job(BUILD, attempt, argv, self._environment, self.subdir, self.project, self.import_paths, {}, self.data)

    @property
    def _environment(self) -> dict[str, str]:
        own = {"GRID_RUN_NAME": self.run, "GRID_INSTANCE_TYPE": self.instance_type or ""}
        return {**self.environment, **own}

    @functools.cached_property
    def _cell(self) -> CellScript | None:
        if self.cell is None:
            return None
        from .cell import read_cell

        return read_cell(self.cell)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for the store."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return data | {
            "actions": asdict(self.actions),
            "space": self.space.to_json(),
            "selection": self.selection.to_json(),
            "data": self.data.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Launch:
        """Make it again from what ``to_json`` gave."""
        made = {"space", "selection", "import_paths", "actions", "numbers", "data"}
        rest = {name: value for name, value in data.items() if name not in made}
        space = Space.from_json(data["space"])
        return cls(
            **rest,
            actions=Actions.from_json(data.get("actions")),
            import_paths=tuple(data["import_paths"]),
            numbers=tuple(data["numbers"]) if data.get("numbers") else None,
            data=RunData.from_json(data.get("data")),
            space=space,
            selection=Selection.from_json(data["selection"], space),
        )


def _relative(script: str, subdir: str) -> str:
    """The script as seen from the directory it starts in."""
    path, base = PurePosixPath(script), PurePosixPath(subdir)
    ups = 0
    while not path.is_relative_to(base):
        base, ups = base.parent, ups + 1
    return str(PurePosixPath(*[".."] * ups, path.relative_to(base)))
