"""The git commit that a project is at, and what differs from it: asked of git while other work goes on."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Self

LISTED = 50
"""How many changed files are kept by name."""

PATIENCE = 2.0
"""Seconds that git gets for its answer; a launch never waits longer, and never fails for it."""

# How many fields stand before the path, by how the line begins (git-status, porcelain format 2).
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}


@dataclass(frozen=True)
class GitState:
    """Where a project stands.

    Attributes:
        commit: The whole hash; None before the first commit.
        branch: Its name; None where HEAD is on no branch.
        remote: The address of ``origin`` without user and password, or None.
        changed: Files that differ from the commit or are not in it, the first ``LISTED`` of them.
        changes: How many these are in all; None where git did not answer in time.
    """

    commit: str | None
    branch: str | None
    remote: str | None
    changed: tuple[str, ...]
    changes: int | None

    def __str__(self) -> str:
        """Tell it in one line."""
        at = f"{self.commit or 'no commit yet'}{f' ({self.branch})' if self.branch else ''}"
        if self.changes is None:
            return f"{at}, not known whether files were changed"
        if not self.changes:
            return f"{at}, nothing changed"
        named = ", ".join(self.changed[:5]) + (" …" if self.changes > 5 else "")
        return f"{at}, {self.changes:,} file{'' if self.changes == 1 else 's'} changed: {named}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> GitState:
        """Make it again from what ``to_json`` gave."""
        return cls(**{**data, "changed": tuple(data["changed"])})


class GitQuery:
    """A question to git, which is at work from now on.

    Args:
        root: The project's top.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        here = (root / ".git").exists()
        status = ["status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal"]
        self._status = self._ask(*status) if here else None
        self._remote = self._ask("config", "--get", "remote.origin.url") if here else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for asked in filter(None, (self._status, self._remote)):
            asked.kill()  # nothing, where it has ended
            asked.communicate()

    def answer(self) -> GitState | None:
        """Return what git says; None for a project outside of git, or without git."""
        remote, status = _output(self._remote), _output(self._status)
        if self._status is None:
            return None
        if status is None:
            head = _output(self._ask("rev-parse", "HEAD"))
            return GitState(head.strip(), None, _public(remote), (), None) if head else None
        return _read(status, _public(remote))

    def _ask(self, *words: str) -> subprocess.Popen[bytes] | None:
        # Git's variables of a hook would lead it elsewhere; its index is not ours to refresh.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        try:
            return subprocess.Popen(
                ["git", "-C", str(self._root), *words],
                env=environment | {"GIT_OPTIONAL_LOCKS": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None


def _output(asked: subprocess.Popen[bytes] | None) -> str | None:
    """What a git said, if it said it in time and ended well."""
    if asked is None:
        return None
    try:
        said, _ = asked.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        asked.kill()
        asked.communicate()
        return None
    return said.decode("utf-8", "replace") if asked.returncode == 0 else None


def _read(status: str, remote: str | None) -> GitState:
    heads = dict(re.findall(r"# branch\.(oid|head) ([^\0]*)\0", status))
    changed = list(_changed(status))
    commit, branch = heads.get("oid"), heads.get("head")
    return GitState(
        None if commit == "(initial)" else commit,
        None if branch == "(detached)" else branch,
        remote,
        tuple(changed[:LISTED]),
        len(changed),
    )


def _changed(status: str) -> Iterator[str]:
    parts = iter(status.split("\0"))
    for part in parts:
        if fields := _FIELDS.get(part[:1]):
            yield part.split(" ", fields)[-1]
            if part.startswith("2"):
                next(parts, None)  # where it was moved from


def _public(address: str | None) -> str | None:
    """An address without what may be secret in it."""
    if not address or not (address := address.strip()):
        return None
    if "://" not in address:
        return re.sub(r"^[^/@]*@", "", address)
    # Not urlsplit: it refuses some of what git takes, and finds no host in codecommit::region://user@name.
    return re.sub(r"(?<=://)[^/]*@", "", re.split("[?#]", address)[0])
