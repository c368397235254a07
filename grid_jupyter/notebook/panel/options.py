"""Grid's own flags as fields, in folds by what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from grid_jupyter.core.candidates import option_values
from grid_jupyter.core.flags import Flag, Group, Kind

from .fold import Fold
from .own import OPTIONS

if TYPE_CHECKING:
    from .panel import Panel

ON_TOP = ("strategy", "cluster")
"""Flags that stand beside the script and in no fold."""


class OptionFields:
    """The fields of Grid's flags.

    Attributes:
        top: The fields that stand beside the script.
        folds: The others, in folds.
    """

    def __init__(self, panel: Panel) -> None:
        self._panel = panel
        self._entries: dict[str, Any] = {}
        self.top = [self._field(flag) for flag in OPTIONS if flag.dest in ON_TOP]
        self.folds = [self._fold(group) for group in Group if self._flags(group)]
        self._folds = dict(zip([group for group in Group if self._flags(group)], self.folds, strict=True))
        self.tell(None)

    @staticmethod
    def _flags(group: Group) -> list[Flag]:
        return [flag for flag in OPTIONS if flag.group is group and flag.dest not in ON_TOP]

    def _fold(self, group: Group) -> Fold:
        return Fold(group.value, lambda: [self._row(flag) for flag in self._flags(group)])

    def _row(self, flag: Flag) -> Any:  # noqa: ANN401  (widgets have no types)
        entry = self._field(flag)
        hint = widgets.HTML()
        hint.value = f'<div class="gj-about gj-hint" title="{flag.help}">{flag.help}</div>'
        row = widgets.Box([entry, widgets.HTML(), hint])
        row.add_class("gj-argument")
        return row

    def _field(self, flag: Flag) -> Any:  # noqa: ANN401
        entry = self._entry(flag)
        entry.add_class("gj-named")
        entry.add_class("gj-option")
        self._entries[flag.dest] = entry
        entry.observe(lambda change: self._panel.set_option(flag.dest, change["new"]), "value")
        return entry

    def _entry(self, flag: Flag) -> Any:  # noqa: ANN401
        value = self._panel.option(flag.dest)
        about = {
            "description": _LABELS.get(flag.dest, flag.dest), "tooltip": flag.help,
            "style": {"description_width": "140px"},
        }  # fmt: skip
        if flag.kind is Kind.SWITCH:
            return widgets.ToggleButtons(options=[("off", False), ("on", True)], value=bool(value), **about)
        values = list(option_values(flag, self._panel.folder, self._panel.script))
        if flag.choices or flag.dest == "cluster":
            default = flag.default if flag.choices else "default"
            others = [(choice, choice) for choice in values if choice != flag.default]
            unset = (default or "not set", "")
            return widgets.Dropdown(options=[unset, *others], value=value if value in values else "", **about)
        kind, more = (widgets.Combobox, {"options": values}) if values else (widgets.Text, {})
        return kind(
            value=str(value or ""), placeholder=flag.default or flag.metavar.replace("|", " or "), **about, **more
        )

    def follow(self) -> None:
        """Show what was set elsewhere."""
        for dest, entry in self._entries.items():
            value = self._panel.option(dest)
            shown = bool(value) if isinstance(entry, widgets.ToggleButtons) else value
            if entry.value != shown:
                entry.value = shown

    def tell(self, wrong: str | None) -> None:
        """Show what is set in each fold, and which flag is wrong."""
        for group, fold in self._folds.items():
            told = [self._told(flag) for flag in self._flags(group) if self._panel.option(flag.dest)]
            fold.tell(" · ".join(told))
        for dest, entry in self._entries.items():
            (entry.add_class if wrong == f"--{dest}" else entry.remove_class)("gj-wrong")

    def _told(self, flag: Flag) -> str:
        value = self._panel.option(flag.dest)
        return flag.dest if value is True else f"{flag.dest} {value}"

    def focus(self, name: str) -> None:
        """Lead to a flag, whose fold is opened."""
        flag = next((flag for flag in OPTIONS if flag.name == name), None)
        if flag is None:
            return
        if flag.dest not in ON_TOP:
            self._folds[flag.group].open()
        self._entries[flag.dest].focus()


_LABELS = {"strategy": "Strategy", "cluster": "Runs on"}
