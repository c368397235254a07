"""AWS Batch's reasons in words, with what to do.

Batch tells why a job waits or ended in sentences of its own and of ECS. Those that one can act on are told anew; any
other is passed on as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.units import write_duration

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERRUPTED = 75
"""The exit code by which an agent asks for its trial to be run again."""

_KILLED = 137
_LONGEST = 200

_WAITS = {
    ("INSUFFICIENT_INSTANCE_CAPACITY", "InsufficientInstanceCapacity"): (
        "AWS has none free now and goes on trying; another --instance_type or region may have one"
    ),
    ("SERVICE_LIMIT", "VcpuLimitExceeded", "MaxSpotInstanceCountExceeded", "quota"): (
        "the account's quota of vCPUs is used up; grid aws doctor tells how to raise it"
    ),
    ("JOB_RESOURCE_REQUIREMENT",): "it asks for more than such a machine has; give less --memory, --cpus or --gpus",
    ("MAX_RESOURCE",): "one machine has more vCPUs than may be used at once; raise max_vcpus in the settings",
    ("MISCONFIGURATION",): "the account's set-up is not as it should be; grid aws doctor tells what to do",
}


@dataclass(frozen=True)
class Verdict:
    """How an attempt ended of which the bucket does not tell the end.

    Attributes:
        lost: Why it was taken away, where it was.
        error: Why it failed, where that is known.
    """

    exit_code: int | None = None
    lost: str | None = None
    error: str | None = None
    out_of_memory: bool | None = None


def judge(job: Mapping[str, Any], number: int, machine: str, limit: float) -> Verdict:
    """Return how the attempt of that number, from 1, of a job ended.

    Args:
        job: What DescribeJobs tells.
        number: Which of Batch's own attempts.
        machine: The machine's type, as it is told.
        limit: The seconds that an attempt may take.
    """
    attempts = job.get("attempts", ())
    told = attempts[number - 1] if len(attempts) >= number else {}
    container = told.get("container") or (job.get("container") if not told else None) or {}
    code, why = container.get("exitCode"), container.get("reason") or ""
    status = told.get("statusReason") or job.get("statusReason") or ""
    both = f"{why} {status}"
    return _lost(code, both, _short(status or why)) or _failed(code, both, _short(why or status), machine, limit)


def _lost(code: int | None, both: str, told: str) -> Verdict | None:
    if "Host EC2" in both:
        return Verdict(lost=f"its machine was taken away: {told}")
    if "DockerTimeoutError" in both:
        return Verdict(lost="its machine did not start the container in time")
    return Verdict(lost="its machine was taken away") if code == INTERRUPTED else None


def _failed(code: int | None, both: str, told: str, machine: str, limit: float) -> Verdict:
    if "OutOfMemory" in both or code == _KILLED:
        advice = "ask for more with --memory, or for a larger machine"
        return Verdict(code or _KILLED, error=f"out of memory on a {machine}: {advice}", out_of_memory=True)
    if "CannotPull" in both or "pull image" in both:
        advice = "look at --image, and whether the machines' subnets lead to the internet"
        return Verdict(code, error=f"its image was not pulled: {told}; {advice}")
    if "ResourceInitializationError" in both and "secret" in both:
        advice = "run grid aws setup, and look at the ARNs of secrets in the settings"
        return Verdict(code, error=f"it was not given its secrets: {told}; {advice}")
    if "duration exceeded timeout" in both:
        return Verdict(code, error=_too_long(limit))
    if code is None:
        return Verdict(error=waiting(told) or "AWS Batch does not tell why")
    return Verdict(code, error=told or None)


def ended_outside(job: Mapping[str, Any], limit: float) -> str | None:
    """Return why AWS has asked a running job to end, when none of us did; ``None`` where it does not tell."""
    reason = _short(job.get("statusReason") or "")
    if "duration exceeded timeout" in reason:
        return _too_long(limit)
    return f"ended in AWS: {reason}" if reason and not reason.startswith("Essential container") else None


def waiting(reason: str | None) -> str | None:
    """Return why a job waits for a machine, in words; ``None`` where Batch gives no reason."""
    if not reason:
        return None
    for codes, told in _WAITS.items():
        if any(code in reason for code in codes):
            return told
    return _short(reason)


def _too_long(limit: float) -> str:
    return f"ran longer than {write_duration(limit)}, after which AWS ends it; --max_time says how long it may run"


def _short(reason: str) -> str:
    told = re.sub(r"\s+", " ", reason).strip().rstrip(".")
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}\N{HORIZONTAL ELLIPSIS}"
