"""How far something is that takes long, on one line that is written over and over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TextIO


class ProgressLine:
    """A line on a stream that a person watches; a notebook shows it as a terminal does.

    Args:
        stream: Where it is written.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._width = 0

    def __call__(self, text: str) -> None:
        """Show a text in place of the one before; an empty one leaves nothing."""
        if not text and not self._width:
            return
        back = "\r" if self._width else ""
        self._stream.write(f"{back}{text:<{self._width}}" if text else f"\r{'':{self._width}}\r")
        self._stream.flush()
        self._width = len(text)


def untold(_: str) -> None:
    """Tell nobody how far it is."""
