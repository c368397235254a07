"""The panel of widgets in a real browser: JupyterLab and Notebook 7."""

import re

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.01, help="learning rate")
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--optimizer", choices=["adam", "sgd"], default="adam")
parser.add_argument("--amp", action=argparse.BooleanOptionalAction, default=False)
parser.add_argument("--gate", default=GATE)
args = parser.parse_args()
print(f"val_loss={args.lr * args.layers}", flush=True)
while not os.path.exists(args.gate):
    time.sleep(0.05)
"""
LINE = '%grid run train.py --lr "[0.1, 0.01]" --layers "range(1, 4)"'
ROWS = "document.querySelectorAll('.gj-panel tbody tr').length"


def show(page, server, *cells, path=None):
    """Open a notebook with a panel, and return the panel."""
    (server.root / "train.py").write_text(SCRIPT.replace("GATE", repr(str(server.root / "gate"))))
    server.notebook("panel.ipynb", "%load_ext grid_jupyter", "panel = %grid panel train.py", *cells)
    page.open_notebook("panel.ipynb", path)
    page.command("notebook:run-all-cells")
    panel = page.locator(".gj-panel")
    panel.get_by_text("1 trial", exact=True).wait_for()
    return panel


def cell(page, source):
    """Run a new cell at the end, and return what it shows."""
    page.done("notebook:move-cursor-down")
    page.evaluate(
        """source => {
            const { content } = window.jupyterapp.shell.currentWidget;
            content.activeCellIndex = content.widgets.length - 1;
            content.activeCell.model.sharedModel.setSource(source);
        }""",
        source,
    )
    page.done("notebook:run-cell")
    return page.locator(".jp-Cell").last.locator(".jp-OutputArea")


@pytest.mark.parametrize(("app", "path"), [("lab", None), ("notebook_7", "notebooks/panel.ipynb")])
def test_a_sweep_is_built_launched_and_found_again(app, path, request, open_page):
    server = request.getfixturevalue(app)
    page = open_page(server)
    panel = show(page, server, "", path=path)
    panel.get_by_label("--lr", exact=True).fill("[0.1, 0.01]")
    panel.get_by_text("2 values: 0.1, 0.01").wait_for()
    panel.get_by_label("--optimizer", exact=True).fill("[adam sgd]")
    panel.get_by_text("a comma is missing").wait_for()
    panel.get_by_role("button", name="Fix 1 argument").click()
    page.wait_for_function("document.activeElement.value === '[adam sgd]'")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    panel.get_by_label("Ways to sweep --layers").select_option("Range range(0, 10)")
    layers = panel.get_by_label("--layers", exact=True)
    page.wait_for_function("document.activeElement.value === 'range(0, 10)'")
    layers.fill("range(1, 4)")

    # A machine of a cloud is planned, and its price told.
    panel.get_by_role("button", name="Runs on").click()
    panel.get_by_label("instance_type").fill("g5.12xlarge")
    panel.get_by_text(
        re.compile(r"6 × g5\.12xlarge \(4 × A10G 24 GB\) · 24 GPUs · 6 at once · \$34\.\d\d an hour")
    ).wait_for()
    panel.get_by_label("Spend up to $34.").wait_for()
    assert panel.get_by_role("button", name="Launch 6 trials").is_disabled()
    panel.get_by_label("instance_type").fill("")

    panel.get_by_text("6 combinations = 2 lr × 3 layers").wait_for()
    panel.get_by_text("This machine · no GPU").wait_for()
    page.wait_for_function(f"{ROWS} === 5")
    panel.get_by_role("button", name="›").click()
    panel.get_by_text("6 to 6 of 6").wait_for()
    page.wait_for_function(f"{ROWS} === 1")
    assert panel.locator("tbody tr").inner_text().split() == [
        "5",
        "0.01",
        "3",
        *["train.py", "--lr", "0.01", "--layers", "3"],
    ]
    assert panel.locator(".gj-line code").inner_text() == LINE
    panel.get_by_role("button", name="Launch 6 trials").click()

    # The run stands below, live; the panel keeps what was typed.
    state = page.locator(".jp-OutputArea .gj-RunView .gj-Header-state")
    state.filter(has_text="running").wait_for()
    panel.get_by_role("button", name="Launch again").wait_for()
    assert layers.input_value() == "range(1, 4)"
    name = page.locator(".gj-RunView h1").inner_text()

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    panel.get_by_text("Run this cell again to bring the panel back.").wait_for()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.info")
    found = cell(page, f"%load_ext grid_jupyter\n%grid show {name}")
    found.locator(".gj-Header-state", has_text="running").wait_for()
    (server.root / "gate").touch()
    found.locator(".gj-Header-state", has_text="succeeded").wait_for()

    # A page that is loaded anew has no panel, and says how it comes back.
    page.done("docmanager:save")
    page.reload()
    page.locator(".gj-gone", has_text="Run this cell again to bring the panel back.").wait_for()
    assert page.get_by_text("Error displaying widget").is_hidden()
    state.first.filter(has_text="succeeded").wait_for()


def test_the_last_key_always_counts(lab, page):
    panel = show(page, lab)
    field = panel.get_by_label("--lr", exact=True)
    text = f"[{', '.join(f'0.{number}' for number in range(10, 20))}]"
    field.fill("")
    assert len(text) >= 50
    field.press_sequentially(text, delay=10)
    panel.get_by_text("10 trials", exact=True).wait_for()
    assert field.input_value() == text
    field.press("Backspace")
    panel.get_by_role("button", name="Fix 1 argument").wait_for()
    assert field.input_value() == text[:-1]


def test_what_is_typed_while_a_cell_runs_counts_when_it_has_ended(lab, page):
    gate = lab.root / "gate"
    panel = show(page, lab, f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.05)")
    page.locator(".jp-Cell").last.locator(".jp-InputPrompt", has_text="[*]").wait_for()
    field = panel.get_by_label("--lr", exact=True)
    field.press_sequentially("[1, 2, 3]", delay=10)
    gate.touch()
    panel.get_by_text("3 trials", exact=True).wait_for()
    assert field.input_value() == "[1, 2, 3]"
    panel.get_by_role("button", name="Launch 3 trials").click()
    page.locator(".gj-Header-state", has_text="succeeded").wait_for()
