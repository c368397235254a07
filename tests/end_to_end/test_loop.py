"""A sweep from the first click to its files, as one person does it, and its cell in Notebook 7."""

import re

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, pathlib, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--gate", default="gate")
args = parser.parse_args()
for epoch in range(40):
    print(f"step {epoch}: all is well")
    print(f"epoch={epoch} val_loss={args.lr * args.layers / (epoch + 1)}", flush=True)
while not os.path.exists(args.gate):
    time.sleep(0.05)
print("the gate is open", flush=True)
pathlib.Path("model.txt").write_text("weights")
"""


def test_a_sweep_from_the_first_click_to_its_files(lab, page):
    (lab.root / "train.py").write_text(SCRIPT)
    gate = lab.root / "gate"
    page.open()
    page.locator(".jp-DirListing-item", has_text="train.py").click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Run sweep with Grid…").click()
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--lr").fill("[0.2, 0.1]")
    form.get_by_role("textbox", name="--layers").fill("range(1, 3)")
    form.get_by_role("textbox", name="--gate").fill(str(gate))
    form.get_by_text("2 values: 1, 2").wait_for()
    form.get_by_role("button", name="Launch 4 trials").click()

    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Filter", has_text="2 running").wait_for()
    view.locator(".gj-Grid-rows .gj-Row", has_text="running").first.click()
    log = page.get_by_role("log")
    log.get_by_text("step 39: all is well").wait_for()
    page.get_by_label("Search the log").fill("step 2")
    page.get_by_text("1 of 11").wait_for()
    # What is followed keeps its end in sight.
    page.get_by_role("button", name="Stop trial").click()
    view.locator(".gj-Filter", has_text="1 stopped").wait_for()
    views = view.get_by_role("tablist").first
    views.get_by_role("tab", name="Curves").click()
    view.locator(".gj-Chart .gj-Curve").first.wait_for(state="attached")
    gate.touch()
    view.locator(".gj-Filter", has_text="3 succeeded").wait_for()
    view.locator(".gj-Curve[data-kind=best]").wait_for(state="attached")

    views.get_by_role("tab", name="Artifacts").click()
    with page.expect_download() as download:
        view.get_by_role("link", name="model.txt").first.click()
    assert download.value.path().read_text() == "weights"

    # The address that the tests begin with would put everything back.
    page.goto(lab.url().removesuffix("&reset"))
    view.locator(".gj-Header-sentence", has_text="4 of 4 ended").wait_for()
    row = view.locator(".gj-Grid-rows .gj-Row", has_text="★")
    row.filter(has_text=re.compile("0.1.*0.0025")).wait_for()


def test_a_cell_of_notebook_7_is_live_through_a_busy_kernel_a_restart_and_a_reload(notebook_7, open_page):
    gate = notebook_7.root / "gate"
    (notebook_7.root / "train.py").write_text(SCRIPT)
    notebook_7.notebook(
        "sweep.ipynb",
        "%load_ext grid_jupyter",
        f"run = %grid run train.py --lr [0.2, 0.1] --gate {gate}",
        "import time; time.sleep(600)",
    )
    page = open_page(notebook_7)
    page.open_notebook("sweep.ipynb", "notebooks/sweep.ipynb")
    page.command("notebook:run-all-cells")

    state = page.locator(".jp-OutputArea-output .gj-RunView .gj-Header-state")
    state.filter(has_text="running").wait_for()
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    page.done("docmanager:save")
    page.reload()
    page.wait_for_selector(".jp-Notebook")
    state.filter(has_text="running").wait_for()
    gate.touch()
    state.filter(has_text="succeeded").wait_for()
    cell = page.locator(".jp-OutputArea-output .gj-RunView")
    cell.locator(".gj-Grid-rows .gj-Row").first.filter(has_text="★").wait_for()
    # Its buttons work.
    cell.locator(".gj-Grid-rows .gj-Row").first.click()
    page.get_by_role("log").get_by_text("the gate is open").wait_for()
