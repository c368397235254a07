"""``grid doctor``: whether runs can work on a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cluster import find_cluster
from .finding import Level, findings_text
from .reply import Reply
from .settings import load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .command import Command
    from .finding import Finding
    from .plan import Surroundings


def doctor(command: Command, around: Surroundings) -> Reply:
    """Return what is in order on a cluster and what is not: the one that is named, else that of the settings.

    Raises:
        CommandError: There is no such cluster.
        ConfigError: The settings are wrong.
    """
    settings = load()
    cluster = find_cluster(command.operands[0] if command.operands else settings.cluster)
    return diagnosis(cluster.doctor(settings, around.tell))


def diagnosis(findings: Sequence[Finding]) -> Reply:
    """Return the answer that tells of findings; it fails where one of them is a problem."""
    failed = any(finding.level is Level.PROBLEM for finding in findings)
    return Reply([finding.to_json() for finding in findings], findings_text(findings), failed=failed)
