"""``grid config``: the settings that hold, and where each comes from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import GridError

from .boto import configured_region
from .settings import Settings, load
from .settings_file import settings_path
from .settings_values import READERS
from .text import table

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT = "default"


def settings_json() -> dict[str, Any]:
    """Return what ``grid config --format json`` prints."""
    path = settings_path()
    rows = [{"name": name, "value": _plain(value), "from": origin} for name, value, origin in _rows(load())]
    return {"file": str(path), "exists": path.exists(), "settings": rows}


def settings_text() -> str:
    """Return the settings for people."""
    path = settings_path()
    there = "" if path.exists() else " (not there yet)"
    rows = [[name, _told(value), origin] for name, value, origin in _rows(load())]
    return f"Settings file: {path}{there}\n{table(['setting', 'value', 'from'], rows)}"


def _rows(settings: Settings) -> Iterator[tuple[str, Any, str]]:
    """Name, value and origin of each setting that holds."""
    for name in READERS:
        value, origin = getattr(settings, name), settings.origins.get(name, _DEFAULT)
        if name == "region" and value is None:
            value, origin = _aws_region()
        if name == "mlflow" and value is None:
            value = "off"
        yield name, value, origin
    for name, cluster in settings.clusters.items():
        key = f"clusters.{name}"
        yield from _below(f"{key}.type", cluster.type, settings)
        for option, value in cluster.options.items():
            yield from _below(f"{key}.{option}", value, settings)
    for name, credential in settings.credentials.items():
        for option, value in vars(credential).items():
            if value is not None:
                yield from _below(f"credentials.{name}.{option}", value, settings)


def _aws_region() -> tuple[str, str]:
    try:
        return configured_region()
    except GridError as error:  # all else can be shown without AWS
        return "unknown", str(error)


def _below(key: str, value: object, settings: Settings) -> Iterator[tuple[str, Any, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _below(f"{key}.{name}", inner, settings)
    else:
        yield key, value, settings.origins.get(key, _DEFAULT)


def _plain(value: object) -> object:
    """Return a value as JSON can hold it: infinity is no number there, and dates are texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, str | bool | int | float) else _told(value)


def _told(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(_told(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
