"""Vega-Lite as a picture, by vl-convert, which needs no network and no browser."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

Format = Literal["png", "svg", "html"]

MISSING = 'drawing a picture needs vl-convert: pip install "grid-jupyter[plots]"'

_SCALES = (2, 1)  # pixels of a picture for each of the chart's: two for fine screens, one where that is too much
_MOST = 150_000  # bytes of a picture that is kept in a notebook
_PATIENCE = 60


def can_render() -> bool:
    """Whether what draws pictures is installed."""
    return find_spec("vl_convert") is not None


def render(spec: Mapping[str, Any], form: Format) -> bytes:
    """Return a chart as a file's content; HTML holds all that it needs to be read offline.

    Raises:
        CommandError: vl-convert is not installed.
    """
    match form:
        case "png":
            return _png(spec, _SCALES[0])
        case "svg":
            vega, version = _vega()
            return bytes(vega.vegalite_to_svg(dict(spec), vl_version=version), "utf-8")
        case "html":
            vega, version = _vega()
            return bytes(vega.vegalite_to_html(dict(spec), vl_version=version, bundle=True), "utf-8")


def _png(spec: Mapping[str, Any], scale: int) -> bytes:
    vega, version = _vega()
    return bytes(vega.vegalite_to_png(dict(spec), vl_version=version, scale=scale))


def _vega() -> tuple[ModuleType, str]:
    """Return vl-convert, and the newest version of Vega-Lite 5 that it has."""
    if not can_render():
        raise CommandError(MISSING)
    import vl_convert

    known = [version for version in vl_convert.get_vegalite_versions() if version.startswith("5.")]
    return vl_convert, max(known, key=_numbers)


def small_png(spec: Mapping[str, Any], most: int = _MOST) -> bytes:
    """Return a chart as PNG, coarser where a fine one would have more bytes than that.

    Raises:
        CommandError: vl-convert is not installed.
    """
    for scale in _SCALES:
        content = _png(spec, scale)
        if len(content) <= most:
            break
    return content


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def render_apart(spec: Mapping[str, Any], most: int) -> bytes | None:
    """Return a chart as PNG, drawn by a process of its own; ``None`` where it cannot be drawn.

    Drawing holds Python's lock for a second and 200 MB for good: too much for a kernel that did not ask for it.

    Args:
        spec: The chart.
        most: How many bytes it may have; above, there is none.
    """
    if not can_render():
        return None
    command = [sys.executable, "-P", "-m", __name__, str(most)]
    try:
        done = subprocess.run(
            command, input=json.dumps(spec).encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 and 0 < len(done.stdout) <= most else None


if __name__ == "__main__":
    sys.stdout.buffer.write(small_png(json.load(sys.stdin), int(sys.argv[1])))
