"""What was asked for, as plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from .actions import Actions
from .words import Word

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """One submission, as every door makes it.

    The fields from ``strategy`` on are the flags of the same name (``flags.RUN_FLAGS``); ``None`` means that
    a flag was not given. Memory is in GB, durations in seconds.
    """

    script: str
    words: tuple[Word, ...] = ()
    cell: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    actions: Actions = field(default_factory=Actions)
    notes: tuple[str, ...] = ()

    strategy: str = "grid_search"
    trials: int | None = None
    seed: int | None = None
    zip: tuple[str, ...] = ()
    where: str | None = None
    metric: str | None = None
    mode: str | None = None
    early_stop: str | None = None
    keep_dashes: bool = False

    cluster: str | None = None
    instance_type: str | None = None
    gpus: float | None = None
    cpus: int | None = None
    memory: float | None = None
    use_spot: bool = False
    disk_size: int | None = None
    scratch_size: int | None = None
    scratch_mount_path: str | None = None
    credential: str | None = None
    framework: str | None = None
    image: str | None = None

    parallel: int | None = None
    retries: int = 0
    max_time: float | None = None
    max_trials: int | None = None
    budget: str | None = None
    smoke: bool = False
    auto_resume: bool = False
    no_auto_resume: bool = False

    python: str | None = None
    link: tuple[str, ...] = ()
    no_link: tuple[str, ...] = ()
    localdir: bool = False
    dependency_file: str | None = None
    datastore_name: str | None = None
    datastore_version: int | None = None
    datastore_mount_dir: str | None = None
    warm: bool = False

    config: str | None = None
    save_config: str | None = None
    name: str | None = None
    description: str | None = None
    mlflow: str | None = None

    dry_run: bool = False
    wait: bool = False
    format: str = "text"
    yes: bool = False
    ignore_warnings: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON, for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RunSpec:
        """Make it again from what ``to_json`` gave."""
        known: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
        known["actions"] = Actions.from_json(data.get("actions"))
        known["words"] = tuple(
            Word(word["text"], word["literal"], None if word["values"] is None else tuple(word["values"]))
            for word in data["words"]
        )
        return cls(**known)
