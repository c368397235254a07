"""A head that opens and closes what is below it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

if TYPE_CHECKING:
    from collections.abc import Callable


class Fold:
    """A folded part of a panel; its content is made when it is opened for the first time.

    Attributes:
        root: The widget.
        content: The box below the head.
    """

    def __init__(self, title: str, fill: Callable[[], list[Any]]) -> None:
        self._title = title
        self._told = ""
        self._fill = fill
        self._filled = False
        self._head = widgets.Button()
        self._head.add_class("gj-fold")
        self._head.on_click(lambda _: self.open(not self.is_open))
        self.content = widgets.VBox(layout={"display": "none"})
        self.root = widgets.VBox([self._head, self.content])
        self.tell()

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return bool(self.content.layout.display != "none")

    def open(self, opened: bool = True) -> None:
        """Open or close it."""
        if opened and not self._filled:
            self._filled = True
            self.content.children = tuple(self._fill())
        self.content.layout.display = "flex" if opened else "none"
        (self.root.add_class if opened else self.root.remove_class)("gj-open")
        self.tell()

    def tell(self, told: str | None = None, title: str | None = None) -> None:
        """Show behind the title what is set within."""
        self._told = self._told if told is None else told
        self._title = self._title if title is None else title
        sign = "▾" if self.is_open else "▸"
        self._head.description = f"{sign} {' · '.join(part for part in (self._title, self._told) if part)}"
        self._head.tooltip = f"{'Close' if self.is_open else 'Open'}: {self._title}"
