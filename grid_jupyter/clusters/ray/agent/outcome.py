"""What Ray's errors mean for an attempt."""

from __future__ import annotations

from typing import Any

from ray import exceptions

_KILLED = 128 + 9

_FINAL = {
    exceptions.RuntimeEnvSetupError: "its environment could not be made",
    exceptions.RayTaskError: "its agent could not be started",
    exceptions.TaskUnschedulableError: "Ray can place it nowhere",
}
"""What comes again whenever it is tried again, in words."""


def told_of(error: Exception) -> dict[str, Any]:
    """Return what is to be told of an attempt whose task raised an error, as ``remote/agent/state.py`` has it."""
    if isinstance(error, exceptions.TaskCancelledError):
        return {}
    if isinstance(error, exceptions.OutOfMemoryError):
        return {"exit_code": _KILLED, "out_of_memory": True}
    for kind, sentence in _FINAL.items():
        if isinstance(error, kind):
            return {"error": f"{sentence}: {getattr(error, 'cause', None) or _last_line(error)}"}
    node = isinstance(error, exceptions.NodeDiedError)
    return {"lost": "its node was lost" if node else f"its Ray worker was lost ({type(error).__name__})"}


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in reversed(lines) if "error" in line.lower()), (lines or ["no reason was told"])[-1])
    return told[:300]
