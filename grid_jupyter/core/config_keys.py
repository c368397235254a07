"""The keys of a grid configuration, each with how it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

from . import units
from .cluster import renting_type
from .cluster_packages import our_types
from .command import read_value
from .flags import FRAMEWORKS, JULIA_VERSIONS, RUN_FLAGS, STRATEGIES, Flag, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .config_file import Entry

    Readers = Mapping[str, Callable[["Draft", Entry], None]]

_GRID_AI_CLUSTER = re.compile(r"(?:prod|test|staging)-\d+")
_LEAST_DISK_GB = 100
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


ELSEWHERE = {flag.dest: flag.key for flag in RUN_FLAGS if flag.key}
"""Where flags stand, for who writes one into another section."""


@dataclass
class Draft:
    """What has been read so far."""

    flags: dict[str, object] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    actions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    def add(self, flag: str, entry: Entry, value: object) -> None:
        """Keep a flag's value; two keys for one flag are refused."""
        if flag in self.flags:
            entry.fail(f"says the same as an earlier key (--{flag}); remove one")
        self.flags[flag] = value

    def leave_out(self, entry: Entry, reason: str) -> None:
        """Warn that a key changes nothing."""
        self.warnings.append(f"{entry.file}, line {entry.line}: {entry.key} is ignored: {reason}")


def read_section(draft: Draft, section: Entry, readers: Readers) -> None:
    """Read each key of a section that has a value; an unknown key is refused."""
    for key, entry in section.section(readers, ELSEWHERE).items():
        readers[key](draft, entry)


def _text(flag: str, check: Callable[[str, str], object] | None = None) -> Callable[[Draft, Entry], None]:
    def read(draft: Draft, entry: Entry) -> None:
        text = entry.text()
        if not text.strip():
            entry.fail("is empty; write a value, or remove the key")
        try:
            if check:
                check("", text)
        except CommandError as error:
            entry.fail(str(error).strip())
        draft.add(flag, entry, text)

    return read


def _whole(flag: str, least: int) -> Callable[[Draft, Entry], None]:
    return lambda draft, entry: draft.add(flag, entry, entry.whole(least))


def _choice(flag: str, allowed: tuple[str, ...]) -> Callable[[Draft, Entry], None]:
    return lambda draft, entry: draft.add(flag, entry, entry.choice(allowed))


def _switch(flag: str, opposite: str | None = None) -> Callable[[Draft, Entry], None]:
    def read(draft: Draft, entry: Entry) -> None:
        name = flag if entry.switch() else opposite
        if name:
            draft.add(name, entry, value=True)

    return read


def _flag(flag: Flag) -> Callable[[Draft, Entry], None]:
    """Read a flag as the command line would."""
    if flag.kind is Kind.SWITCH:
        return _switch(flag.dest)

    def read(draft: Draft, entry: Entry) -> None:
        values = entry.items() if flag.repeats and entry.is_list else [entry]
        texts = [value.text() for value in values]
        for value, text in zip(values, texts, strict=True):
            try:
                read_value(flag, text)
            except CommandError as error:
                value.refuse(error)
        draft.add(flag.dest, entry, tuple(texts) if flag.repeats else texts[0])

    return read


def _with_flags(section: str, own: Readers) -> Readers:
    """Add the flags that stand in a section as they are."""
    flags = [flag for flag in RUN_FLAGS if flag.key == f"{section}.{flag.dest}" and not flag.hidden]
    return {flag.dest: _flag(flag) for flag in flags} | dict(own)


def _section(readers: Readers) -> Callable[[Draft, Entry], None]:
    return lambda draft, entry: read_section(draft, entry, readers)


def _read_cluster(draft: Draft, entry: Entry) -> None:
    if _GRID_AI_CLUSTER.fullmatch(entry.text()):
        names = ", ".join(our_types())
        draft.leave_out(entry, f"{entry.text()} was a cluster of Grid.ai; write {names} or one of yours")
        return
    draft.flags.pop("cluster", None)  # a cluster wins over the vendor alone
    _text("cluster")(draft, entry)


def _read_credential(draft: Draft, entry: Entry) -> None:
    if entry.text().startswith("cc-"):
        draft.leave_out(entry, f"{entry.text()} was a credential of Grid.ai; name one of yours with --credential")
    else:
        _text("credential")(draft, entry)


def _read_vendor(draft: Draft, entry: Entry) -> None:
    entry.choice(("aws",))  # Grid.ai's word for machines that are rented
    draft.flags.setdefault("cluster", renting_type())


def _read_region(draft: Draft, entry: Entry) -> None:
    entry.text()
    draft.leave_out(entry, "the region is the credential's own")


def _read_gpus(draft: Draft, entry: Entry) -> None:
    text = entry.text()
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        entry.fail("takes the number of GPUs of a trial, such as 1")
    if float(text):
        draft.add("gpus", entry, text)


def _read_cpus(draft: Draft, entry: Entry) -> None:
    if int(entry.whole(0)):
        draft.add("cpus", entry, entry.text())


def _refuse_nodes(_: Draft, entry: Entry) -> None:
    if int(entry.whole(0)) > 1:
        entry.fail("is more than 1: a trial runs on one machine; remove the key and choose a larger instance")


def _refuse_distributed(_: Draft, entry: Entry) -> None:
    if entry.switch():
        entry.fail("cannot be true: a trial runs on one machine; remove the key and choose a larger instance")


def _refuse_dockerfile(_: Draft, entry: Entry) -> None:
    entry.fail("is not read: images are not built here; push one, remove the key and name it with --image")


def _read_scale_down(draft: Draft, entry: Entry) -> None:
    entry.whole(0)
    draft.leave_out(entry, "machines go when the last trial has ended")


def _read_environment(draft: Draft, entry: Entry) -> None:
    for name, value in entry.mapping().items():
        if not _VARIABLE.fullmatch(name):
            value.fail("is no name of a variable; write letters, digits and _, such as MY_VARIABLE")
        if name.startswith("GRID_"):
            value.fail("is for Grid to set; choose another name")
        draft.environment[name] = "" if value.is_empty else value.text()


def _read_scratch(draft: Draft, entry: Entry) -> None:
    scratches = entry.items() if entry.is_list else [entry]
    if len(scratches) > 1:
        scratches[1].fail("is a second scratch disk; a run has one")
    for scratch in scratches:
        read_section(draft, scratch, _SCRATCH)


def _read_package_manager(_: Draft, entry: Entry) -> None:
    entry.choice(("pip", "conda"))


def _command(entry: Entry) -> str:
    text = entry.text()
    if not text.replace("\n", " ").replace("\t", " ").isprintable():
        entry.fail(f"holds a control character: {text!r}; write a shell command")
    return text


def _action(name: str) -> Callable[[Draft, Entry], None]:
    def read(draft: Draft, entry: Entry) -> None:
        commands = tuple(_command(item) for item in entry.items() if not item.is_empty)
        draft.actions[name] = draft.actions.get(name, ()) + commands

    return read


def check_datastore(draft: Draft, train: Entry) -> None:
    """Refuse a datastore's name without its version, and a version without a name."""
    given = [key for key in ("datastore_name", "datastore_version") if key in draft.flags]
    if len(given) == 1:
        missing = "datastore_version" if given == ["datastore_name"] else "datastore_name"
        train.mapping()[given[0]].fail(f"needs {missing} beside it; add it, or give both on the command line")


PROVIDER: Readers = {
    "cluster": _read_cluster,
    "vendor": _read_vendor,
    "credentials": _read_credential,
    "region": _read_region,
}
_SCRATCH = {"size_gb": _whole("scratch_size", 1), "mount_path": _text("scratch_mount_path")}
_ACTIONS = {
    "on_image_build": _action("on_build_start"),
    "on_build": _action("on_build_start"),
    "on_build_start": _action("on_build_start"),
    "on_build_end": _action("on_build_end"),
    "on_before_training_start": _action("on_experiment_start"),
    "on_experiment_start": _action("on_experiment_start"),
    "on_after_training_end": _action("on_experiment_end"),
    "on_experiment_end": _action("on_experiment_end"),
}
TRAIN = _with_flags(
    "compute.train",
    {
        "framework": _choice("framework", FRAMEWORKS + JULIA_VERSIONS),
        "instance": _text("instance_type"),
        "cpus": _read_cpus,
        "gpus": _read_gpus,
        "memory": _text("memory", units.parse_memory),
        "use_spot": _switch("use_spot"),
        "disk_size": _whole("disk_size", _LEAST_DISK_GB),
        "storage_gb": _whole("disk_size", _LEAST_DISK_GB),
        "nodes": _refuse_nodes,
        "max_nodes": _refuse_nodes,
        "distributed": _refuse_distributed,
        "scale_down_seconds": _read_scale_down,
        "localdir": _switch("localdir"),
        "dockerfile": _refuse_dockerfile,
        "auto_resume": _switch("auto_resume", "no_auto_resume"),
        "resumable": _switch("auto_resume", "no_auto_resume"),
        "datastore_name": _text("datastore_name", units.parse_datastore),
        "datastore_version": _whole("datastore_version", 1),
        "datastore_mount_dir": _text("datastore_mount_dir"),
        "environment": _read_environment,
        "dependency_file_info": _section({"path": _text("dependency_file"), "package_manager": _read_package_manager}),
        "scratch": _read_scratch,
        "actions": _section(_ACTIONS),
    },
)
TOP = {flag.key: _flag(flag) for flag in RUN_FLAGS if flag.key and "." not in flag.key}
LIMITS = _with_flags("limits", {})
SETTINGS = _with_flags(
    "hyper_params.settings",
    {
        "strategy": _choice("strategy", STRATEGIES),
        "trials": _whole("trials", 1),
        "seed": _whole("seed", 0),
        "strategy_options": _section({"num_trials": _whole("trials", 1), "seed": _whole("seed", 0)}),
    },
)
