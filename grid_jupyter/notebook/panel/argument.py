"""The field of one flag of the script: what is typed, ways to sweep it, what it comes to, and what is wrong with it."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from grid_jupyter.core.forms import comes_to, default_text, described, sweeps, ways

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from grid_jupyter.core.checking import Checked, Fault
    from grid_jupyter.core.script.model import ScriptFlag

_LEAVE_OUT = "Leave out"


class ArgumentField:
    """A flag of the script. What is typed is never written by the kernel, but where a menu is used."""

    def __init__(
        self,
        flag: ScriptFlag,
        kinds: Collection[str],
        words: tuple[str, ...],
        on_words: Callable[[str, tuple[str, ...]], None],
    ) -> None:
        self.flag = flag
        self._ways = ways(flag, kinds)
        self._on_words = on_words
        self.entry = self._switch() if self._ways else self._text()
        self.entry.add_class("gj-named")
        self._menu = self._ways_to_sweep()
        self._about = widgets.HTML()
        self._fault = widgets.HTML(layout={"display": "none"})
        self._fault.add_class("gj-fault")
        self.root = widgets.Box([self.entry, self._menu, self._about, self._fault])
        self.root.add_class("gj-argument")
        self.set(words)
        self.entry.observe(self._typed, "value")
        self._menu.observe(self._chosen, "value")
        self.tell(None)

    def _text(self) -> Any:  # noqa: ANN401  (widgets have no types)
        flag = self.flag
        more = {"options": [str(choice) for choice in flag.choices]} if flag.choices else {}
        kind = widgets.Combobox if flag.choices else widgets.Text
        return kind(
            description=flag.name,
            placeholder=default_text(flag),
            tooltip=flag.help or flag.name,
            style={"description_width": "140px"},
            continuous_update=True,
            **more,
        )

    def _switch(self) -> Any:  # noqa: ANN401
        assert self._ways is not None  # noqa: S101
        return widgets.ToggleButtons(
            options=list(self._ways),
            index=None,
            description=self.flag.name,
            tooltips=[f"{self.flag.name} {way}" for way in self._ways],
            style={"description_width": "140px", "button_width": "auto"},
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are set."""
        value = self.entry.value
        if self._ways:
            return self._ways.get(value, ())
        if not value:
            return ()
        return (value,) if self.flag.positional else (self.flag.name, value)

    def set(self, words: tuple[str, ...]) -> None:
        """Show words that were set elsewhere."""
        if words != self.words or self._ways:
            if self._ways:
                self.entry.value = next((way for way, given in self._ways.items() if given == words), None)
            else:
                self.entry.value = words[-1] if words else ""

    def _typed(self, _: object) -> None:
        self._on_words(self.flag.name, self.words)

    def _ways_to_sweep(self) -> Any:  # noqa: ANN401
        """A menu, whose first entry is what is shown of it; none for a flag that is just there or not."""
        offers = [] if self._ways else list(sweeps(self.flag, ""))
        if not self._ways or self._ways["off"]:
            offers.append(_LEAVE_OUT)
        menu = widgets.Dropdown(
            options=[("⋯", ""), *((offer, offer) for offer in offers)],
            value="",
            description=f"Ways to sweep {self.flag.name}",
            layout={"width": "36px", "visibility": "visible" if offers else "hidden"},
        )
        menu.add_class("gj-menu")
        return menu

    def _chosen(self, change: dict[str, Any]) -> None:
        chosen = change["new"]
        if not chosen:
            return
        self._menu.value = ""
        text = "" if self._ways else self.entry.value
        if chosen == _LEAVE_OUT:
            self.entry.value = None if self._ways else ""
        else:
            self.entry.value = sweeps(self.flag, text)[chosen]
            self.entry.focus()

    def tell(self, checked: Checked | None) -> None:
        """Show what it comes to, or what is wrong."""
        fault = checked.fault if checked and self.words else None
        self._fault.value = fault_html(fault) if fault else ""
        self._fault.layout.display = "block" if fault else "none"
        (self.entry.add_class if fault else self.entry.remove_class)("gj-wrong")
        about = described(self.flag)
        told = comes_to(checked) if checked and self.words and not fault else ""
        whole = f"{about}. {self.flag.help}" if self.flag.help else about
        first = f"<div>{escape(told)}</div>" if told else ""
        self._about.value = (
            f'<div class="gj-about" title="{escape(whole)}">{first}<span class="gj-hint">{escape(about)}'
            f"{escape(f' · {self.flag.help}') if self.flag.help else ''}</span></div>"
        )


def fault_html(fault: Fault) -> str:
    """Return a fault with the place in the text where it is."""
    text, place = fault.text, fault.position
    shown = ""
    if text and place is not None and place < len(text):
        marked = f"{escape(text[:place])}<u>{escape(text[place])}</u>{escape(text[place + 1 :])}"
        shown = f"<code>{marked}</code> "
    return f'<div role="alert">{shown}✗ {escape(fault.message)}</div>'
