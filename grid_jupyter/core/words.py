"""The words of a command line: what a user wrote, and how an argument is written for the script."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLAIN_NEGATIVE = re.compile(r"-\d+|-\d*\.\d+|-")


@dataclass(frozen=True)
class Word:
    """One word after the script.

    Attributes:
        text: The word, or what stands before a notebook's list (``--x=``, or nothing).
        literal: It came from a notebook's variable and is no sweep whatever it looks like.
        values: A notebook's list.
    """

    text: str
    literal: bool = False
    values: tuple[str, ...] | None = None


def label_of(name: str) -> str:
    """The column of a name: no dashes in front, underscores inside."""
    return name.lstrip("-").replace("-", "_")


def render(name: str | None, value: str | None, *, equals: bool, swept: bool) -> list[str]:
    """The words of one argument."""
    if name is None or value is None:
        return [word for word in (name, value) if word is not None]
    # argparse takes such an element for another flag; text that was typed stays as it was typed.
    dashed = swept and value.startswith("-") and not _PLAIN_NEGATIVE.fullmatch(value)
    return [f"{name}={value}"] if equals or dashed else [name, value]
