"""A user's settings: one TOML file, and environment variables that win over it.

::

    region = "eu-central-1"
    max_cost_per_hour = 20

    [clusters.lab]
    type = "aws"

    [credentials.work]
    profile = "work"
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import ConfigError

from .cluster_packages import DEFAULT, cluster_types, is_cluster_type
from .settings_file import SettingsFile, read_settings_file
from .settings_values import READERS, read_region, read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_NAME = re.compile(r"[A-Za-z][\w-]{0,49}", re.ASCII)
_SECRET = re.compile(r"secret|passw|token|(?:access|private|api)_?key", re.IGNORECASE)
_POINTS_ELSEWHERE = re.compile(r"(?:_file|_path|_profile)\Z")
_KEPT_ELSEWHERE = re.compile(r"arn:[a-z-]+:(?:secretsmanager|ssm):\S+")  # where a secret is kept, not the secret
_SECRET_TEXT = re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|://[^/\s:@]*:[^/\s@]*@")  # or an address with a password


@dataclass(frozen=True)
class NamedCluster:
    """One table ``[clusters.NAME]``.

    Attributes:
        type: Which of ours it is, or what another package brings.
        options: All else that the table says, for the cluster to read.
    """

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NamedCredential:
    """One table ``[credentials.NAME]``: where AWS credentials come from, never the keys themselves."""

    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None
    region: str | None = None


@dataclass(frozen=True)
class Settings:
    """What holds where a command says nothing.

    Attributes:
        region: The AWS region; ``None`` for the one that AWS's own configuration names.
        live_prices: Whether AWS is asked for prices, instead of taking those that are shipped.
        max_trials: Trials above which a launch asks first.
        max_cost_per_hour: Dollars an hour above which a launch asks first; infinity for never.
        cluster: Where trials run.
        mlflow: The address of the MLflow server that runs are written to; ``None`` or ``off`` for nowhere.
        clusters: Clusters by the user's own names.
        credentials: AWS credentials by the user's own names.
        origins: Where each value comes from, by its name: ``FILE:LINE`` or a variable; defaults are not in it.
    """

    region: str | None = None
    live_prices: bool = False
    max_trials: int = 1000
    max_cost_per_hour: float = 10.0
    cluster: str = DEFAULT
    mlflow: str | None = None
    clusters: Mapping[str, NamedCluster] = field(default_factory=dict)
    credentials: Mapping[str, NamedCredential] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def cluster_type(self, name: str) -> str:
        """Return what kind of cluster a name means: that of the user's cluster, else the name itself."""
        return self.clusters[name].type if name in self.clusters else name


_TABLES = ("clusters", "credentials")
_CREDENTIAL: dict[str, Callable[[object], str]] = {
    "profile": read_text,
    "role_arn": read_text,
    "external_id": read_text,
    "region": read_region,
}


def variable(name: str) -> str:
    """Return the environment variable that sets a setting."""
    return f"GRID_{name.upper()}"


def load() -> Settings:
    """Return the settings that hold now.

    Raises:
        ConfigError: The file or a variable is wrong; the sentence names the line and the key.
    """
    file = read_settings_file()
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    _refuse_secrets(file, file.data)
    for key, value in file.data.items():
        if key in READERS:
            if isinstance(value, dict):
                file.fail(
                    (key,), f"is one value and no table; tables are {_alternatives(map('[{}.NAME]'.format, _TABLES))}"
                )
            values[key] = _read(file, (key,), READERS[key], value)
            origins[key] = file.place(key)
        elif key not in _TABLES:
            file.fail((key,), f"is no setting; {_advice(key, [*READERS, *_TABLES])}")
    for name, read in READERS.items():
        if text := os.environ.get(variable(name)):
            values[name] = _read_variable(name, read, text)
            origins[name] = variable(name)
    clusters = {name: _cluster(file, name, table) for name, table in _named(file, "clusters").items()}
    credentials = {name: _credential(file, name, table) for name, table in _named(file, "credentials").items()}
    for keys in file.lines:
        if keys[0] in _TABLES:
            origins[".".join(keys)] = file.place(*keys)
    settings = Settings(**values, clusters=clusters, credentials=credentials, origins=origins)
    _check_default_cluster(settings)
    return settings


def _read(file: SettingsFile, keys: tuple[str, ...], read: Callable[[object], Any], value: object) -> object:
    try:
        return read(value)
    except ValueError as error:
        file.fail(keys, f"{error}; this is {_shown(value)}")


def _read_variable(name: str, read: Callable[[object], Any], text: str) -> object:
    if _holds_key(text):
        raise ConfigError(f"{variable(name)} looks like a secret, and settings hold none; remove it")
    try:
        return read(text)
    except ValueError as error:
        told = str(error).replace(" in quotes", "").replace('"', "")
        raise ConfigError(f"{variable(name)} {told}; this is {_shown(text)}") from None


def _named(file: SettingsFile, kind: str) -> dict[str, dict[str, Any]]:
    """Return the tables ``[KIND.NAME]`` by their names."""
    tables = file.data.get(kind, {})
    if not isinstance(tables, dict):
        file.fail((kind,), f"holds tables: write [{kind}.NAME] on a line of its own")
    for name, table in tables.items():
        if not isinstance(table, dict):
            file.fail((kind, name), f"is no table: write [{kind}.NAME] on a line of its own, and {name} = below it")
        if not _NAME.fullmatch(name):
            file.fail((kind, name), "is no name: a name starts with a letter and has letters, digits, - and _")
    return tables


def _cluster(file: SettingsFile, name: str, table: Mapping[str, Any]) -> NamedCluster:
    given = table.get("type", name if is_cluster_type(name) else None)
    if given is None:
        file.fail(("clusters", name), f"has no type; add type = {_alternatives(map(_quoted, cluster_types()))}")
    keys = ("clusters", name, "type")
    kind = str(_read(file, keys, read_text, given))
    if not is_cluster_type(kind):
        file.fail(keys, f"is {_shown(kind)}, which no installed package brings; {_advice(kind, cluster_types())}")
    if is_cluster_type(name) and kind != name:
        file.fail(keys, f"cannot be {kind}, since {name} is a type of its own; choose another name for the table")
    return NamedCluster(kind, {key: value for key, value in table.items() if key != "type"})


def _credential(file: SettingsFile, name: str, table: Mapping[str, Any]) -> NamedCredential:
    values: dict[str, Any] = {}
    for key, value in table.items():
        keys = ("credentials", name, key)
        if key not in _CREDENTIAL:
            file.fail(keys, f"is no key of a credential; {_advice(key, _CREDENTIAL)}")
        values[key] = _read(file, keys, _CREDENTIAL[key], value)
    if not {"profile", "role_arn"} & set(values):
        file.fail(("credentials", name), 'names no source; add profile = "…" or role_arn = "…"')
    return NamedCredential(**values)


def _refuse_secrets(file: SettingsFile, table: Mapping[str, Any], above: tuple[str, ...] = ()) -> None:
    """Refuse what looks like a key or a password, without repeating it."""
    for key, value in table.items():
        keys = (*above, key)
        if isinstance(value, dict):
            _refuse_secrets(file, value, keys)
        elif (above and _SECRET.search(key) and not _points_elsewhere(key, value)) or _holds_key(value):
            file.fail(
                keys,
                "looks like a secret, and settings hold none; remove it and name an AWS profile, a role, or a file",
            )


def _points_elsewhere(key: str, value: object) -> bool:
    return bool(_POINTS_ELSEWHERE.search(key) or (isinstance(value, str) and _KEPT_ELSEWHERE.fullmatch(value)))


def _holds_key(value: object) -> bool:
    if isinstance(value, list):
        return any(_holds_key(item) for item in value)
    return isinstance(value, str) and bool(_SECRET_TEXT.search(value))


def _check_default_cluster(settings: Settings) -> None:
    name = settings.cluster
    if name not in settings.clusters and not is_cluster_type(name):
        near = _advice(name, [*settings.clusters, *cluster_types()])
        raise ConfigError(f"{settings.origins['cluster']}: no cluster is named {_shown(name)}; {near}")


def _advice(key: str, known: Iterable[str]) -> str:
    near = get_close_matches(key[:50], list(known), 1)
    return f"did you mean {near[0]}" if near else f"choose {_alternatives(known)}"


def _alternatives(known: Iterable[str]) -> str:
    *most, last = known
    return f"{', '.join(most)} or {last}" if most else last


def _quoted(text: str) -> str:
    return f'"{text}"'


def _shown(value: object) -> str:
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else repr(value)
    return text if len(text) <= 60 else f"{text[:59]}\N{HORIZONTAL ELLIPSIS}"
