"""The fields of a script's flags: all of a few; of many the first ones and those that are set, and a filter."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from grid_jupyter.core.forms import MANY

from .argument import ArgumentField
from .fold import Fold

if TYPE_CHECKING:
    from grid_jupyter.core.checking import Check, Checked
    from grid_jupyter.core.script.model import ScriptFlag, ScriptFlags

    from .panel import Panel

_FILTERED = 50
"""How many flags a filter shows."""


class ArgumentFields:
    """The script's own arguments.

    Attributes:
        root: The widget.
        fold: The flags that are not set, folded.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._fields: dict[str, ArgumentField] = {}
        self._checked: dict[str, Checked] = {}
        self._shown = widgets.VBox()
        self._filter = widgets.Text(placeholder="Filter flags", description="Filter", continuous_update=True)
        self._filter.style.description_width = "140px"
        self._filter.add_class("gj-named")
        self._filter.add_class("gj-option")
        self._filter.observe(lambda _: self._lay_out(), "value")
        self._found = widgets.VBox()
        self._notes = widgets.HTML()
        self._more = widgets.Text(placeholder="--lr [0.1, 0.01]", tooltip="Further arguments, as they would be typed")
        self._more.style.description_width = "140px"
        self._more.add_class("gj-named")
        self._more.add_class("gj-option")
        self._more.observe(self._more_typed, "value")
        self._fold = Fold("", list)
        self.fold = widgets.VBox()
        self._filter_row = widgets.Box([self._filter])
        self._filter_row.add_class("gj-argument")
        self.root = widgets.VBox([self._filter_row, self._found, self._shown, self._notes, self._more])
        self.rebuild()

    def rebuild(self) -> None:
        """Make the fields of another script."""
        self._fields = {}
        self._checked = {}
        self._made_of = self._panel.fields
        flags = self._made_of.flags
        self._filter.value = ""
        self._filter_row.layout.display = "grid" if len(flags) > MANY else "none"
        given = [flag for place, flag in enumerate(flags) if place < MANY or self._panel[flag.name]]
        rest = [flag for flag in flags if flag not in given]
        self._shown.children = tuple(self._field(flag).root for flag in given)
        defaults = "at its default" if len(rest) == 1 else "at their defaults"
        self._fold = Fold(
            f"{len(rest)} more flag{'' if len(rest) == 1 else 's'} {defaults}",
            lambda: [self._field(flag).root for flag in rest],
        )
        self.fold.layout.display = "flex" if rest else "none"
        self.fold.children = (self._fold.root,)
        self._notes.value = "".join(f'<div class="gj-hint">{escape(note)}</div>' for note in self._panel.fields.notes)
        self._lay_out()
        self._show_more()

    def _field(self, flag: ScriptFlag) -> ArgumentField:
        if flag.name not in self._fields:
            words = self._panel[flag.name]
            made = ArgumentField(flag, self._panel.fields.kinds, words, self._panel.set_words)
            made.tell(self._checked.get(flag.name))
            self._fields[flag.name] = made
        return self._fields[flag.name]

    def _lay_out(self) -> None:
        wanted = self._filter.value.strip()
        fitting = [flag for flag in self._panel.fields.flags if wanted in flag.name][:_FILTERED] if wanted else []
        self._found.children = tuple(self._field(flag).root for flag in fitting)
        self._shown.layout.display = "none" if wanted else "flex"
        many = len(self._panel.fields.flags) > len(self._shown.children)
        self.fold.layout.display = "flex" if many and not wanted else "none"

    def _show_more(self) -> None:
        """A field for others where not all flags were surely read."""
        panel = self._panel
        none = bool(panel.script) and not panel.fields.flags
        shown = none or bool(panel.more) or (bool(panel.script) and not panel.fields.complete)
        self._more.layout.display = "flex" if shown else "none"
        self._more.description = "Arguments" if none else "Further"
        if self._more.value != panel.more:
            self._more.value = panel.more

    def _more_typed(self, change: dict[str, Any]) -> None:
        if change["new"] != self._panel.more:
            self._panel.more = change["new"]

    def follow(self) -> None:
        """Show what was set elsewhere."""
        for name, field in self._fields.items():
            if field.words != self._panel[name]:
                field.set(self._panel[name])
        self._show_more()

    def tell(self, check: Check | None) -> None:
        """Show what each argument comes to, or what is wrong with it."""
        found = {one.flag or one.label: one for one in check.arguments} if check else {}
        labels = self._panel.labels()
        self._checked = {name: found[label] for name, label in labels.items() if label in found}
        for name, field in self._fields.items():
            field.tell(self._checked.get(name))

    def focus_fault(self) -> bool:
        """Lead to the first argument that is wrong; say whether there is one."""
        wrong = next((name for name, one in self._checked.items() if one.fault), None)
        if wrong is None:
            return False
        self._filter.value = ""
        folded = self._fields.get(wrong) is None or self._fields[wrong].root not in self._shown.children
        if folded:
            self._fold.open()
        self._fields[wrong].entry.focus()
        return True

    def is_of(self, fields: ScriptFlags) -> bool:
        """Whether the fields are those of a script."""
        return self._made_of is fields
