"""Which packages a Python has, and which Python it is: seen in its folders, without starting it."""

from __future__ import annotations

import os
import platform
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from .interpreter import environment_settings, site_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

_INSTALLED = re.compile(r"(?P<name>.+?)-(?P<version>[^-]+)(?:-py[\d.]+(?:-.+)?)?\.(?:dist|egg)-info")
_MOST_NAMED = 10


def canonical(name: str) -> str:
    """Return a package's name as indices compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_packages(python: Path) -> dict[str, str]:
    """Return the versions of a Python's packages by name; where one is there twice, the one that is found first."""
    found: dict[str, str] = {}
    for folder in site_packages(python):
        for name in _names(folder):
            if match := _INSTALLED.fullmatch(name):
                found.setdefault(canonical(match["name"]), match["version"])
    return dict(sorted(found.items()))


def python_version(python: Path) -> str | None:
    """Return a Python's version, as far as its folders tell it."""
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return platform.python_version()
    settings = environment_settings(python.parent.parent) or {}
    if told := settings.get("version") or settings.get("version_info"):
        return ".".join(told.split(".")[:3])
    folders = (folder.parent.name for folder in site_packages(python) if folder.is_dir())
    return next((name.removeprefix("python") for name in folders if re.fullmatch(r"python\d+\.\d+", name)), None)


def imported(packages: Mapping[str, str], imports: Iterable[str], python: Path) -> list[str]:
    """Return those of some packages that modules of these names come from, as far as a Python's folders tell it."""
    names = sorted(imports)
    alike = (canonical(name) for name in names)
    return [name for name in dict.fromkeys((*alike, *_packages_of(tuple(names), python))) if name in packages]


@lru_cache(64)
def _packages_of(imports: tuple[str, ...], python: Path) -> tuple[str, ...]:
    """The packages that have these modules and are named otherwise, which their lists of files tell."""
    installed = installed_packages(python)
    missing = {name for name in imports if canonical(name) not in installed and name not in sys.stdlib_module_names}
    found: dict[str, str] = {}
    for folder in site_packages(python):
        here = {name for name in missing - found.keys() if (folder / name).is_dir() or (folder / f"{name}.py").exists()}
        for entry in _names(folder) if here else ():
            match = _INSTALLED.fullmatch(entry)
            listed = f"\n{_files(folder / entry)}" if match else ""
            for name in here:
                if match and any(f"\n{name}{end}" in listed for end in ("/", ".py", "\n")):
                    found.setdefault(name, canonical(match["name"]))
    return tuple(dict.fromkeys(found[name] for name in imports if name in found))


def differences(then: Mapping[str, str], now: Mapping[str, str], first: Iterable[str] = ()) -> list[str]:
    """Return how packages differ, in words: ``numpy 2.1.0 then, 2.2.1 now``; those of ``first`` stand in front."""
    # What is new was not needed then.
    order = dict.fromkeys((*first, *sorted({*then, *now}, key=lambda name: (name not in then, name))))
    told = []
    for name in order:
        before, after = then.get(name), now.get(name)
        if before != after:
            told.append(f"{name} {before or 'not there'} then, {after or 'not there'} now")
    more = len(told) - _MOST_NAMED
    return told if more <= 0 else [*told[:_MOST_NAMED], f"{more} more"]


def _names(folder: Path) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entry.name for entry in entries if entry.name.endswith("-info"))
    except OSError:
        return


def _files(about: Path) -> str:
    for name in ("RECORD", "top_level.txt"):
        try:
            return (about / name).read_text("utf-8", "replace")
        except OSError:
            continue
    return ""
