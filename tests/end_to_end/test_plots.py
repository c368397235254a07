"""Plots and saved displays in a real browser."""

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import sys
lr, layers = float(sys.argv[2]), int(sys.argv[4])
for step in range(4):
    print(f"step={step} loss={lr * layers / (step + 1)}")
"""
MIME = "application/vnd.grid-jupyter.run+json"
NOTEBOOK = "window.jupyterapp.shell.currentWidget.content"
OUTPUTS = f"{NOTEBOOK}.widgets[1].model.outputs.toJSON()"
FAINT = "[...document.querySelectorAll('svg.marks line[opacity=\"0.07\"]')].length"


def choose_theme(page, *, light):
    page.done("apputils:change-theme", {"theme": f"JupyterLab {'Light' if light else 'Dark'}"})
    page.wait_for_function(f"document.body.dataset.jpThemeLight === '{str(light).lower()}'")
    page.locator("#jupyterlab-splash").wait_for(state="detached")  # it fails where themes change quickly


def test_a_plot_follows_the_theme_and_is_brushed(lab, page):
    (lab.root / "s.py").write_text(SCRIPT)
    lab.grid("run", "--wait", "--name", "plotted", "s.py", "--lr", "[0.1, 0.2, 0.4]", "--layers", "[1, 2]")
    lab.notebook("plots.ipynb", "%load_ext grid_jupyter", "%grid plot plotted --kind parallel", "%grid plot plotted")
    page.open_notebook("plots.ipynb")
    page.done("notebook:run-all-cells")
    charts = page.locator("svg.marks")
    charts.nth(1).wait_for()

    # Text has the theme's colour, and nothing lies behind the chart.
    choose_theme(page, light=True)  # whatever an earlier test has left
    name = charts.nth(1).locator("text", has_text="★ 0")
    light = name.evaluate("node => getComputedStyle(node).fill")
    choose_theme(page, light=False)
    page.wait_for_function(
        "([node, light]) => getComputedStyle(node).fill !== light", arg=[name.element_handle(), light]
    )
    assert "background-color: transparent" in charts.nth(1).get_attribute("style")
    choose_theme(page, light=True)

    # Two axes are marked one by one: lr 0.4, then 2 layers. Of the six trials one is left.
    strips = [
        box
        for view in charts.nth(0).locator("path.background").all()
        if (box := view.bounding_box()) and 15 < box["width"] < 25
    ]
    assert len(strips) == 3

    def mark(strip, begin, end):
        x, y, height = strip["x"] + strip["width"] / 2, strip["y"], strip["height"]
        page.mouse.move(x, y + begin * height)
        page.mouse.down()
        page.mouse.move(x, y + end * height, steps=5)
        page.mouse.up()

    assert page.evaluate(FAINT) == 0
    mark(strips[0], 0.005, 0.2)
    page.wait_for_function(f"{FAINT} === 8")  # four trials, between three axes
    mark(strips[1], 0.005, 0.2)
    page.wait_for_function(f"{FAINT} === 10")


def test_a_saved_run_is_read_without_the_extension(lab, page):
    """Lab without our front end shows the table and the curves that the notebook keeps."""
    (lab.root / "s.py").write_text(SCRIPT)
    lab.notebook("saved.ipynb", "%load_ext grid_jupyter", "run = %grid run --name kept s.py --lr [0.1, 0.2] --layers 1")
    page.open_notebook("saved.ipynb")
    page.done("notebook:run-all-cells")
    live = page.locator(".jp-OutputArea .gj-root")
    live.wait_for()  # with it, the live view is shown
    page.wait_for_function(f"JSON.stringify({OUTPUTS}).includes('<img')")
    page.done("docmanager:save")
    page.evaluate(f"{NOTEBOOK}.rendermime.removeMimeType('{MIME}')")
    page.done("docmanager:reload")
    shown = page.locator(".jp-RenderedHTMLCommon table", has_text="loss")
    shown.wait_for()
    image = page.locator(".jp-OutputArea img")
    assert image.evaluate("node => node.complete && node.naturalWidth") > 300
    assert live.count() == 0
