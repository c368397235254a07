"""Python values as words of a command line."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import CommandError

from .words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable

_RUNS = ("grid_jupyter.core.run", "grid_jupyter.core.trial")

MOST = 1_000_000
"""The longest list that becomes an axis."""


def word_for(value: object, *, prefix: str = "", swept_text: bool = False) -> Word:
    """Return a value as a word: a list, tuple, range or 1-D array is an axis, anything else that fits is text.

    Args:
        value: The value.
        prefix: What stands before it in the same word: ``--lr=``.
        swept_text: Whether a string is read as the sweep language, as if it were typed.

    Raises:
        CommandError: No word can stand for the value.
    """
    if isinstance(value, str) and swept_text:
        return Word(prefix + value)
    if (text := scalar_text(value)) is not None:
        # A text that looks like a flag is a value all the same.
        return Word(prefix, values=(text,)) if text.startswith("-") else Word(prefix + text, literal=True)
    elements = _elements(value)
    if elements is None:
        raise CommandError(
            f"a value of type {type(value).__name__} cannot be passed to a script; "
            "take a text, number, bool or Path, or a list, tuple, range or 1-D array of them"
        )
    return Word(prefix, values=tuple(_element_text(element) for element in elements))


def scalar_text(value: object) -> str | None:
    """Return a str, number, bool, Path, run or trial as text; ``None`` for anything else."""
    if isinstance(value, str | bool | int | float | PurePath):
        return str(value)
    if type(value).__module__ in _RUNS:
        return str(value)  # a run or trial stands for its name
    if _is_numpy(value) and getattr(value, "ndim", None) == 0:
        return scalar_text(value.item())  # type: ignore[attr-defined]
    return None


def _elements(value: object) -> Iterable[object] | None:
    if isinstance(value, list | tuple | range):
        elements: Any = value
    elif (_is_numpy(value) and getattr(value, "ndim", None) == 1) or (
        type(value).__module__.startswith("pandas") and type(value).__name__ in {"Series", "Index"}
    ):
        elements = value.tolist()  # type: ignore[attr-defined]
    else:
        return None
    if not len(elements):
        raise CommandError("an empty list gives no trials; put a value into it")
    if len(elements) > MOST:
        raise CommandError(f"a list of {len(elements):,} values is too long; sweep at most {MOST:,}")
    return elements  # type: ignore[no-any-return]


def _element_text(element: object) -> str:
    text = scalar_text(element)
    return str(element) if text is None else text


def _is_numpy(value: object) -> bool:
    return type(value).__module__.split(".")[0] == "numpy"
