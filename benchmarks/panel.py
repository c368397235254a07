"""How long after a key the panel of widgets says what the sweep comes to.

In a real JupyterLab and a real Chromium. Beside it stands a bare text field whose length a label shows: the way of a
key to the kernel and back. The panel rests for 150 ms after the last key before it looks.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from browser import a_browser, a_lab, a_page
from measuring import MILLISECONDS, figure, median, options, place, print_table, rounds

if TYPE_CHECKING:
    from browser import Probed

FILES = {
    "train.py": """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
parser.add_argument("--layers", type=int, default=2)
print(f"val_loss={parser.parse_args().lr}")
"""
}
ECHO = """\
import ipywidgets
field, told = ipywidgets.Text(placeholder="echo"), ipywidgets.Label()
field.observe(lambda change: setattr(told, "value", f"{len(change.new)} keys"), "value")
ipywidgets.VBox([field, told])
"""
BARE = "input[placeholder='echo']"


def main() -> None:
    """Measure and print a table."""
    args = options(__doc__, rounds=20)
    with ExitStack() as stack:
        here = stack.enter_context(place(FILES))
        lab = stack.enter_context(a_lab(here))
        lab.notebook("panel.ipynb", "%load_ext grid_jupyter", "panel = %grid panel train.py", ECHO)
        page = stack.enter_context(a_page(stack.enter_context(a_browser()), lab))
        page.open_notebook("panel.ipynb")
        page.command("notebook:run-all-cells")
        page.wait_for_selector(BARE)
        page.locator(".gj-panel").get_by_label("--lr", exact=True).wait_for()
        counts = iter(range(2, 1000))
        bare, panel = rounds(
            args.rounds,
            lambda: answered(page, "echo", "0" * (number := next(counts)), f"{number} keys"),
            lambda: answered(page, "--lr", str(list(range(number := next(counts)))), f"{number} trials"),
        )
        print_table(
            figure(
                "from a key in the panel of widgets to the new count of trials",
                panel,
                MILLISECONDS,
                beside=f"{median(bare, MILLISECONDS)}: a bare text field and its label",
                goal="< 300 ms",
            ),
        )


def answered(page: Probed, name: str, text: str, told: str) -> float:
    """Set a field as one key does, and return the milliseconds until what it comes to is painted."""
    field = (
        page.get_by_placeholder(name) if name == "echo" else page.locator(".gj-panel").get_by_label(name, exact=True)
    )
    page.evaluate(
        "addEventListener('input', event => { window.typed = event.timeStamp; }, {capture: true, once: true})"
    )
    field.fill(text)
    shown = f"[...document.querySelectorAll('.jp-OutputArea *')].some(one => one.textContent.trim() === '{told}')"
    return float(page.evaluate(f"probes.painted(() => {shown}).then(at => at - window.typed)"))


if __name__ == "__main__":
    main()
