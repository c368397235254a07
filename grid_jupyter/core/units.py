"""Texts with a unit: read from flags, and written for people."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STEP = 1024  # memory is counted so by every cluster; one count everywhere keeps "10G" and "10 GB" the same

_MEMORY = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([kmgt])(?:i?b)?", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,6})?", re.ASCII)
_TIME_PART = r"(?:(\d{1,6}(?:\.\d{1,6})?)\s*%s\s*)?"
_DURATION = re.compile("".join(_TIME_PART % unit for unit in "dhms"), re.IGNORECASE | re.ASCII)
_RUN_NAME = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?", re.ASCII)
_TRIAL_SUFFIX = re.compile(r"exp\d+\Z", re.ASCII)
_LONGEST_NAME = 50


@dataclass(frozen=True)
class Budget:
    """What a whole run may use: US dollars, or seconds of machine time; the other is ``None``."""

    dollars: float | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Datastore:
    """A data set by its name, and whose it is where that is said."""

    name: str
    user: str | None = None


def parse_memory(flag: str, text: str) -> float:
    """Return GB (of 1024 MB each) of a text such as ``10G`` or ``1000M``."""
    if _NUMBER.fullmatch(text.strip()):
        raise CommandError(f"{flag} {text}: the unit is missing; write {text.strip()}G")
    found = _MEMORY.fullmatch(text.strip())
    if not found:
        raise CommandError(f"{flag} {text}: not an amount of memory; write a number with K, M, G or T")
    number, unit = found.groups()
    if float(number) == 0:
        raise CommandError(f"{flag} {text}: no memory at all; write an amount above 0, such as 10G")
    return float(number) * float(_STEP) ** ("KMGT".index(unit.upper()) - 2)


def parse_duration(flag: str, text: str) -> float:
    """Return the seconds of a text such as ``45s``, ``2h`` or ``1h30m``."""
    if _NUMBER.fullmatch(text.strip()):
        raise CommandError(f"{flag} {text}: the unit is missing; write {text.strip()}m or {text.strip()}h")
    seconds = _seconds(text)
    if seconds is None:
        raise CommandError(f"{flag} {text}: not a duration; write it with d, h, m or s, such as 2h or 1h30m")
    if seconds == 0:
        raise CommandError(f"{flag} {text}: no time at all; write a duration above 0, such as 30m")
    return seconds


def _seconds(text: str) -> float | None:
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    sizes = (_DAY, _HOUR, _MINUTE, 1)
    return sum(float(part) * size for part, size in zip(found.groups(), sizes, strict=True) if part)


def parse_budget(flag: str, text: str) -> Budget:
    """Return the limit in a text such as ``20`` or ``$20`` (dollars) or ``2h`` (machine time)."""
    amount = text.strip().removeprefix("$")
    if _NUMBER.fullmatch(amount):
        if float(amount) == 0:
            raise CommandError(f"{flag} {text}: nothing could run; write an amount above 0, such as 20 or 2h")
        return Budget(dollars=float(amount))
    seconds = _seconds(text)
    if not seconds:
        raise CommandError(f"{flag} {text}: not a budget; write dollars (20) or machine time (2h)")
    return Budget(seconds=seconds)


def parse_datastore(flag: str, text: str) -> Datastore:
    """Return the two halves of ``NAME`` or ``USER:NAME``."""
    parts = text.strip().split(":")
    if len(parts) > 2 or not all(parts) or any(char.isspace() for char in text.strip()):
        raise CommandError(f"{flag} {text}: not a datastore's name; write NAME or USER:NAME")
    return Datastore(parts[-1], parts[0] if len(parts) == 2 else None)


def parse_run_name(flag: str, text: str) -> str:
    """Return the name unchanged when a run may have it."""
    if not _RUN_NAME.fullmatch(text):
        raise CommandError(
            f"{flag} {text!r}: a run's name is made of a-z, 0-9 and -, starts with a letter"
            " and ends with a letter or digit, such as my-run-2"
        )
    if _TRIAL_SUFFIX.search(text):
        raise CommandError(f"{flag} {text}: a name that ends in exp and a number is a trial's; choose another")
    if len(text) > _LONGEST_NAME:
        raise CommandError(f"{flag} takes at most {_LONGEST_NAME} characters; this has {len(text)}")
    return text


def format_duration(seconds: float | None) -> str:
    """Return ``0.8 s``, ``42 s``, ``3 m 07 s``, ``1 h 04 m`` or ``2 d 03 h``; empty when unknown."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return "< 0.1 s" if 0 < seconds < 0.05 else f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} m {whole % _MINUTE:02} s"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE:02} m"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR:02} h"


def write_duration(seconds: float) -> str:
    """Return ``2h``, ``1h30m`` or ``45s``, as ``parse_duration`` reads it."""
    minutes, rest = divmod(seconds, _MINUTE)
    hours, minutes = divmod(int(minutes), _HOUR // _MINUTE)
    parts = [f"{number:g}{unit}" for number, unit in ((hours, "h"), (minutes, "m"), (round(rest, 3), "s")) if number]
    return "".join(parts) or "0s"


def format_time_left(seconds: float) -> str:
    """Return a remaining time rounded up: ``18 min``, ``2 h 30 min`` (in tens) or ``3 days``."""
    minutes = max(1, math.ceil(seconds / _MINUTE))
    if minutes < 60:
        return f"{minutes} min"
    minutes = math.ceil(minutes / 10) * 10
    if minutes < 24 * 60:
        hours, rest = divmod(minutes, 60)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days = math.ceil(seconds / _DAY)
    return f"{days} day" if days == 1 else f"{days} days"


def format_when(then: float, now: float) -> str:
    """Return ``4 min ago``, ``3 h ago``, ``yesterday`` or the local date; both are UTC epoch seconds."""
    minutes = int(max(0.0, now - then) // _MINUTE)
    day, today = (datetime.fromtimestamp(moment).astimezone().date() for moment in (then, now))
    if day == today or minutes < 60:
        if minutes < 60:
            return f"{minutes} min ago" if minutes else "just now"
        return f"{minutes // 60} h ago"
    return "yesterday" if (today - day).days == 1 else day.isoformat()


def format_money(dollars: float) -> str:
    """Return ``$1.84``, ``$1,204`` or ``< $0.01``."""
    if 0 < dollars < 0.01:
        return "< $0.01"
    return f"${dollars:,.2f}" if round(dollars, 2) < 1000 else f"${dollars:,.0f}"


def format_bytes(size: int) -> str:
    """Return ``512 B``, ``82 KB`` or ``1.2 GB``, in steps of 1000."""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.1f} {unit}" if unit != "B" and amount < 9.95 else f"{amount:,.0f} {unit}"


def format_count(number: int) -> str:
    """Return ``12,480,112``, and a power of ten above 10^15."""
    if number <= 10**15:
        return f"{number:,}"
    exponent = len(str(number)) - 1
    lead = round(number / 10**exponent, 1)
    return (
        f"1.0 \N{MULTIPLICATION SIGN} 10^{exponent + 1}"
        if lead >= 10
        else f"{lead} \N{MULTIPLICATION SIGN} 10^{exponent}"
    )


def format_metric(value: float, decimals: int | None = None) -> str:
    """Return 4 significant digits, or the column's ``decimals``; below 0.001 as ``1.234e-7``."""
    if not math.isfinite(value):
        return str(float(value))
    if 0 < abs(value) < 0.001 or abs(value) >= 1e15:
        mantissa, exponent = f"{value:.3e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.{metric_decimals([value]) if decimals is None else decimals}f}"


def metric_decimals(values: Iterable[float]) -> int:
    """Return the decimals that show 4 digits of the column's largest value; 0 where all are whole."""
    plain = [abs(value) for value in values if math.isfinite(value) and not 0 < abs(value) < 0.001]
    if all(float(value).is_integer() for value in plain):
        return 0
    largest = float(f"{max(plain):.3e}")  # rounded first: 9.9999 is shown as 10.00
    return max(0, 3 - math.floor(math.log10(largest)))
