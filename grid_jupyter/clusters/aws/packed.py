"""What containers begin with: a text that fetches the agent, and the agent as it is sent to the bucket."""

from __future__ import annotations

from grid_jupyter.remote.archive import PACKAGE, agent_archive

_AGENT = "clusters/aws/agent"


def aws_agent() -> tuple[str, bytes]:
    """Return the agent's digest and its zip."""
    return agent_archive(_AGENT)


def bootstrap_source() -> str:
    """Return the Python text that a job's container begins with."""
    return (PACKAGE / _AGENT / "bootstrap.py").read_text("utf-8")
