"""The panel in widgets: script, arguments, Grid's flags, what they come to, and the launch."""

from __future__ import annotations

import sys
import threading
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from grid_jupyter.core.forms import launch_button, tick_boxes
from grid_jupyter.errors import GridError, UserError
from grid_jupyter.notebook.live import LIVE

from .arguments import ArgumentFields
from .draft import find_scripts
from .options import OptionFields
from .preview import Preview
from .rest import AtRest
from .text import AGAIN

_STYLE = files(__package__).joinpath("panel.css").read_text("utf-8")

if TYPE_CHECKING:
    from grid_jupyter.core.checking import Check

    from .panel import Panel


class PanelView:
    """One panel in one cell.

    Attributes:
        root: The widget.
    """

    def __init__(self, panel: Panel, place: str) -> None:
        self._panel = panel
        self._place = place
        self._check: Check | None = None
        self._lock = threading.Lock()
        self._script = self._chooser()
        self._arguments = ArgumentFields(panel)
        self._options = OptionFields(panel)
        self._preview = Preview(panel)
        self._boxes: dict[str, Any] = {}
        self._questions = widgets.VBox()
        self._launch = widgets.Button(button_style="primary")
        self._launch.add_class("gj-launch")
        self._launch.on_click(lambda _: self._clicked())
        self._refusal = widgets.HTML()
        top = widgets.Box([*([] if panel.is_cell else [self._script]), *self._options.top])
        top.add_class("gj-top")
        bar = widgets.Box([self._launch])
        bar.add_class("gj-bar")
        folds = widgets.Box([self._arguments.fold, *(fold.root for fold in self._options.folds)])
        folds.add_class("gj-folds")
        parts = [self._arguments.root, folds, self._preview.root, self._questions, self._refusal, bar]
        again = widgets.HTML(AGAIN)  # seen when the kernel is gone
        again.add_class("gj-again")
        self.root = widgets.VBox([widgets.HTML(f"<style>{_STYLE}</style>"), again, top, *parts])
        self.root.add_class("gj-panel")
        # Colab is said not to show what a thread changes (googlecolab/colabtools#3373).
        self._settle = AtRest(self._look, threads="google.colab" not in sys.modules)
        panel.listen(self._changed)
        self._look()

    def _chooser(self) -> Any:  # noqa: ANN401  (widgets have no types)
        script = widgets.Combobox(
            value=self._panel.script,
            options=find_scripts(self._panel.folder),
            description="Script",
            placeholder="train.py",
            continuous_update=False,
            style={"description_width": "140px"},
        )
        script.add_class("gj-named")
        script.add_class("gj-option")
        script.observe(self._script_chosen, "value")
        return script

    def _script_chosen(self, change: dict[str, Any]) -> None:
        script = change["new"].strip()
        if script != self._panel.script:
            self._panel.script = script

    def _changed(self) -> None:
        """Something was set: by a field, which shows it already, or by the program."""
        if self._script.value.strip() != self._panel.script:
            self._script.value = self._panel.script
        if self._arguments.is_of(self._panel.fields):
            self._arguments.follow()
        else:
            self._arguments.rebuild()
        self._options.follow()
        self._settle.touch()

    def _look(self) -> None:
        """Check what is set, and show what it comes to."""
        with self._lock:
            self._check = check = self._panel.check()
            self._arguments.tell(check)
            self._options.tell(check.fault.flag if check and check.fault else None)
            self._preview.tell(check, self._line())
            self._ask(check)
            self._tell_button()

    def _line(self) -> str:
        try:
            return self._panel.line if self._check else ""
        except UserError:  # half of a word is typed; the check says so
            return ""

    def _ask(self, check: Check | None) -> None:
        """Show a box to tick for each question; those that are still asked keep their answer."""
        asked = tick_boxes(check.plan) if check and check.plan else {}
        self._panel.agreed &= set(asked)
        for question in [one for one in self._boxes if one not in asked]:
            del self._boxes[question]
        for question, label in asked.items():
            if question not in self._boxes:
                box = widgets.Checkbox(description=label, indent=False, layout={"width": "auto"})
                box.add_class("gj-question")
                box.observe(lambda change, one=question: self._agreed(one, yes=change["new"]), "value")
                self._boxes[question] = box
        boxes = tuple(self._boxes.values())
        if self._questions.children != boxes:
            self._questions.children = boxes

    def _agreed(self, question: str, *, yes: bool) -> None:
        (self._panel.agreed.add if yes else self._panel.agreed.discard)(question)
        self._tell_button()

    def _tell_button(self) -> None:
        answered = self._panel.agreed.issuperset(self._boxes)
        button = launch_button(self._check, answered=answered, again=self._panel.is_launched)
        self._launch.description, self._launch.disabled = button.label, button.disabled

    def _clicked(self) -> None:
        self._settle.flush()
        answered = self._panel.agreed.issuperset(self._boxes)
        button = launch_button(self._check, answered=answered)
        if button.launches and not button.disabled:
            self._start()
        elif not self._arguments.focus_fault() and self._check and self._check.fault and self._check.fault.flag:
            self._options.focus(self._check.fault.flag)

    def _start(self) -> None:
        self._launch.description, self._launch.disabled = "Launching…", True
        self._refusal.value = ""
        try:
            run = self._panel.launch()
            LIVE.show(run, place=self._place)
        except GridError as error:
            self._refusal.value = f'<div class="gj-refusal" role="alert">{escape(str(error))}</div>'
        finally:
            self._tell_button()
