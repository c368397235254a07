"""What a verb answers, whichever door asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run import Run


@dataclass(frozen=True)
class Reply:
    """What a verb answers.

    Attributes:
        data: The object that ``--format json`` prints.
        text: The same for people; empty where it takes time to tell and JSON is asked for.
        run: The run that it is about, if it is about one.
        warnings: What could not be done, though the rest was.
        value: What a notebook shows in place of the text, and hands to a variable.
        failed: Whether what was looked at is not as it has to be; a terminal then ends with 1.
    """

    data: Any
    text: str
    run: Run | None = None
    warnings: tuple[str, ...] = ()
    value: object = None
    failed: bool = False
