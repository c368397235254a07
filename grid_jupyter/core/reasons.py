"""Why a trial ended, in words that a person can act on."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TAIL = 8192
_LONGEST = 300
_SIGNAL_HINTS = {
    signal.SIGKILL: "out of memory?",
    signal.SIGSEGV: "a fault in a compiled library",
    signal.SIGBUS: "a full disk or a fault in a compiled library",
}
_OUT_OF_MEMORY = (
    "out of memory: the system killed it (signal 9);"
    " run fewer at once with --parallel, or set each one's share with --memory"
)
_KILLED = "killed by signal 9 from outside"
_ERROR_LINE = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning|Iteration)\b.*|.*\berror: .*")


def reason_for(exit_code: int | None, stderr: Path, *, out_of_memory: bool | None = None) -> str:
    """Return the reason for an end without success.

    Args:
        exit_code: 128 + n after signal n, also from a shell whose child it ended; ``None`` where it is not known.
        stderr: What the trial wrote to standard error.
        out_of_memory: Whether the system killed processes for want of memory meanwhile; ``None`` where it is not known.
    """
    if exit_code is None:
        return "ended without a trace: its process was killed"
    if exit_code == 128 + signal.SIGKILL and out_of_memory is not None:
        return _OUT_OF_MEMORY if out_of_memory else _KILLED
    if exit_code > 128 and (name := _signal(exit_code - 128)):
        hint = _SIGNAL_HINTS.get(name)
        return f"killed by signal {name.value}" + (f": {hint}" if hint else f" ({name.name})")
    if exit_code in {126, 127}:
        return f"exit code {exit_code}: {_last_line(stderr) or 'the command cannot be run'}"
    said = _last_line(stderr)
    return f"exit code {exit_code}: {said}" if said else f"exit code {exit_code}"


def _signal(number: int) -> signal.Signals | None:
    try:
        return signal.Signals(number)
    except ValueError:
        return None


def _last_line(stderr: Path) -> str:
    """The last line that names an error, else the last one that says anything."""
    try:
        with stderr.open("rb") as file:
            file.seek(max(0, stderr.stat().st_size - _TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = [line.rstrip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    named = [line for line in lines if _ERROR_LINE.match(line)]
    said = (named or lines or [""])[-1]
    said = "".join(char if char.isprintable() else " " for char in said).strip()
    return said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
