"""Curves and parallel coordinates in a real browser."""

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--gate")
args = parser.parse_args()
for step in range(6):
    while step == 5 and not os.path.exists(args.gate):
        time.sleep(0.05)
    print(f"step={step} val_loss={args.lr / (step + 1)}", flush=True)
"""


def test_curves_grow_and_what_is_marked_filters_the_table(lab, page):
    gate = lab.root / "gate"
    (lab.root / "bends.py").write_text(SCRIPT)
    lab.grid("run", "--name", "bends", "--parallel", "2", "bends.py", "--lr", "[0.1, 0.2, 0.4, 0.8]", "--gate", gate)
    page.open()
    page.command("grid:open-run", {"run": "bends"})
    view = page.locator(".gj-RunTab .gj-RunView")

    # A line for each trial that has begun, and the same in figures; both grow with what the scripts print.
    view.get_by_role("tab", name="Curves").click()
    view.locator(".gj-Chart .gj-Curve").nth(1).wait_for(state="attached")
    view.get_by_role("button", name="Show as table").click()
    figures = view.locator(".gj-Chart-table")
    figures.get_by_role("cell", name="5", exact=True).nth(1).wait_for()
    gate.touch()
    figures.get_by_role("cell", name="6", exact=True).nth(3).wait_for()
    view.get_by_role("button", name="Show as picture").click()
    view.locator(".gj-Curve[data-kind=best]").wait_for(state="attached")
    view.locator(".gj-Header-state", has_text="succeeded").wait_for()

    # What is marked on an axis is what the table shows.
    view.get_by_role("tab", name="Parallel").click()
    axis = view.locator("[data-axis=lr]")
    axis.wait_for()
    box = axis.bounding_box()
    middle, low = box["x"] + box["width"] / 2, box["y"] + box["height"]
    page.mouse.move(middle, low - 2)
    page.mouse.down()
    page.mouse.move(middle, low - 0.3 * box["height"], steps=4)
    page.mouse.up()
    view.get_by_text("2 of 4").wait_for()
    view.get_by_role("tab", name="Trials").click()
    view.locator(".gj-Toolbar-count", has_text="2 trials").wait_for()
    view.get_by_role("button", name="Clear brush").click()
    view.locator(".gj-Toolbar-count", has_text="4 trials").wait_for()

    # What is ticked stands out among the curves.
    view.locator(".gj-Grid-rows .gj-Row").nth(2).locator(".gj-Tick").click()
    view.get_by_role("button", name="Show curves").click()
    view.locator(".gj-Curve[data-kind=series]").wait_for(state="attached")

    # Axes are moved by keys too.
    view.get_by_role("tab", name="Parallel").click()
    heads = view.locator(".gj-AxisHead")
    heads.nth(1).wait_for()
    assert heads.all_inner_texts() == ["lr", "val_loss"]
    heads.first.focus()
    page.keyboard.press("Alt+ArrowRight")
    view.locator(".gj-AxisHead:first-child", has_text="val_loss").wait_for()
