"""Whoever uses a keyboard, a screen reader, or little colour can use every screen."""

import re
from pathlib import Path

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="needs playwright (the group browser)").expect
pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
SCRIPT = """
import argparse, os, pathlib, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1, help="the step width")
parser.add_argument("--layers", type=int, default=2)
parser.add_argument("--mixed", action="store_true")
parser.add_argument("--gate")
args = parser.parse_args()
for step in range(30):
    print(f"epoch={step} val_loss={args.lr / (step + 1)} val_acc={1 - args.lr / (step + 1)}", flush=True)
print("\\x1b[31mred\\x1b[0m \\x1b[32mgreen\\x1b[0m \\x1b[33myellow\\x1b[0m \\x1b[34mblue\\x1b[0m "
      "\\x1b[35mmagenta\\x1b[0m \\x1b[36mcyan\\x1b[0m \\x1b[30mblack\\x1b[0m \\x1b[37mwhite\\x1b[0m", flush=True)
pathlib.Path("model.txt").write_text("weights")
if args.lr > 5:
    raise ValueError("too large")
while args.gate and (args.lr, args.layers) == (0.1, 3) and not os.path.exists(args.gate):
    time.sleep(0.05)
"""
TARGETS = """root => [...document.querySelectorAll(root)].flatMap(root => [...root.querySelectorAll(
    'button, a[href], input, select, textarea, summary, [role=button], [role=tab], [tabindex="0"]'
)]).filter(each => each.checkVisibility({visibilityProperty: true})).flatMap(each => {
    const labels = [...each.labels ?? [], document.getElementById(each.getAttribute('aria-labelledby'))];
    const texts = labels.map(one => one?.innerText);
    const names = [each.getAttribute('aria-label'), each.innerText, each.title, ...texts];
    // What a label or a cell of a table holds is hit with it; a link among words is as high as they are.
    const box = (each.closest('label, [role=gridcell]') ?? each).getBoundingClientRect();
    const inText = getComputedStyle(each).display === 'inline' || each.closest('.gj-Line');
    return [
        ...(names.some(name => /[\\p{L}\\p{N}]/u.test(name ?? '')) ? [] : [['has no name', each.outerHTML]]),
        ...(inText || (box.width >= 24 && box.height >= 24)
            ? [] : [['is too small', `${box.width} x ${box.height}`, each.outerHTML]])
    ];
})"""
"""The faults of what can be pressed and is in sight: no name in words, or less than 24 pixels."""


class Screens:
    """Looks at one screen after another, and remembers what is wrong and on which."""

    def __init__(self, page, theme):
        self._page = page
        self.wrong = {}
        self.names = []
        # Once, as Lab's own splash fails where themes change quickly.
        page.done("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        page.locator(f"body[data-jp-theme-light={str(theme == 'Light').lower()}]").wait_for(state="attached")
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        page.add_script_tag(path=AXE)
        # Lab's page has no height of its own, which to axe means that nothing on it can be seen.
        page.add_style_tag(content="html, body { height: 100%; }")

    def look(self, name, root):
        self._page.locator(root).first.wait_for()
        self.names.append(name)
        done = self._page.evaluate("root => axe.run(root)", root)
        (contrast,) = [rule for rule in done["passes"] if rule["id"] == "color-contrast"]
        assert any(check["data"].get("contrastRatio") for node in contrast["nodes"] for check in node["any"])
        for rule in done["violations"]:
            if rule["impact"] in {"serious", "critical"}:
                for node in rule["nodes"]:
                    self._note(name, rule["id"], node["html"], node["failureSummary"])
        for fault in self._page.evaluate(TARGETS, root):
            self._note(name, *fault)

    def _note(self, name, *fault):
        self.wrong.setdefault(fault, []).append(name)


@pytest.fixture
def sweep(lab):
    (lab.root / "train.py").write_text(SCRIPT)
    return ["train.py", "--lr", "[0.1, 0.2, 9]", "--layers", "[1, 2, 3]", "--gate", lab.root / "gate"]


@pytest.fixture
def screens(page):
    if not AXE.exists():
        pytest.skip("needs axe-core: run jlpm install in labextension")

    return lambda theme: Screens(page, theme)


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_no_screen_keeps_anybody_out(lab, page, screens, sweep, theme):
    lab.notebook("sweep.ipynb", "%load_ext grid_jupyter\nimport grid_jupyter", "grid_jupyter.Run('first')")
    lab.grid("run", "--name", "held", "--parallel", "1", "train.py", "--lr", "[6, 7, 8, 9, 10, 11]")
    lab.grid("run", "--name", "first", "--parallel", "9", *sweep)
    page.open_notebook("sweep.ipynb")
    page.command("notebook:run-all-cells")
    looked = screens(theme)

    sidebar = page.sidebar()
    sidebar.get_by_text("paused", exact=True).first.wait_for()
    looked.look("runs", "#grid-sweeps")
    cell = page.locator(".jp-OutputArea-output .gj-RunView")
    cell.locator(".gj-Filter", has_text="3 failed").wait_for()
    looked.look("cell", ".jp-OutputArea-output .gj-RunView")
    page.done("grid:open-run", {"run": "held"})
    page.locator(".gj-RunTab .gj-Banner").first.wait_for()
    looked.look("held run", "#grid-run-held")
    page.done("grid:open-run", {"run": "first"})
    look_at_a_run(page, page.locator("#grid-run-first"), lambda name: looked.look(name, "#grid-run-first"))
    look_at_a_form(page, looked)
    page.command("grid:open-run")
    page.locator(".gj-Chooser").get_by_role("option").first.wait_for()
    looked.look("choice of a run", ".jp-Dialog .gj-Chooser")
    page.keyboard.press("Escape")
    (lab.root / "gate").touch()
    assert {"Trials", "Artifacts", "Log of a trial that failed", "Details of a trial that succeeded"} <= {*looked.names}
    assert looked.wrong == {}


def look_at_a_run(page, view, look):
    view.locator(".gj-Grid-rows .gj-Row", has_text="running").first.wait_for()
    for tab in tabs(view):
        choose(view, tab)
        look(tab)
    choose(view, "Trials")
    view.get_by_label("Filter trials").fill("lr < < 1")
    view.locator(".gj-Fault").wait_for()
    look("fault of a filter")
    view.get_by_label("Filter trials").fill("")
    detail = view.get_by_role("complementary")
    for word in ("failed", "succeeded"):
        view.locator(".gj-Grid-rows .gj-Row", has_text=word).first.click()
        for tab in tabs(detail):
            choose(detail, tab)
            look(f"{tab} of a trial that {word}")
    choose(detail, "Log")
    view.get_by_label("Search the log").fill("epoch")
    view.get_by_text("1 of 30").wait_for()
    look("log that is searched")
    for row in range(2):
        view.locator(".gj-Grid-rows .gj-Row .gj-Tick").nth(row).click()
    view.get_by_role("button", name="Compare").click()
    view.get_by_role("region", name="Compared trials").locator("tbody tr").first.wait_for()
    look("trials compared")


def look_at_a_form(page, looked):
    page.done("grid:new-sweep", {"path": "train.py"})
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--lr").fill("[0.1, 0.2")
    form.get_by_text("the list is not closed: add ]").wait_for()
    for section in form.locator("summary").all():
        section.click()
    looked.look("form with a fault", "#grid-sweeps")
    form.get_by_role("textbox", name="--lr").fill("range(0, 100)")
    form.get_by_text("100 values").wait_for()
    form.get_by_role("button", name="Preview").click()
    page.locator(".jp-Dialog .gj-Plan tbody tr").first.wait_for()
    looked.look("plan", ".jp-Dialog-content")
    page.keyboard.press("Escape")
    page.locator(".jp-Dialog").wait_for(state="detached")


def tabs(view):
    view.get_by_role("tab").first.wait_for()
    return view.get_by_role("tab").all_inner_texts()


def choose(view, tab):
    """Choose a tab, and wait until what it shows has been asked for and answered."""
    view.get_by_role("tab", name=tab, exact=True).click()
    panel = view.get_by_role("tabpanel", name=tab, exact=True)
    expect(panel).to_contain_text(re.compile(r"\w"))
    expect(panel.locator(".gj-Waiting")).to_have_count(0)


def test_escape_leads_back_to_the_cell(lab, page, screens, sweep):
    (lab.root / "gate").touch()
    lab.grid("run", "--name", "first", "--wait", "train.py", "--lr", "[0.1, 0.2]")
    lab.notebook("sweep.ipynb", "%load_ext grid_jupyter\nimport grid_jupyter", "grid_jupyter.Run('first')")
    page.open_notebook("sweep.ipynb")
    page.command("notebook:run-all-cells")
    view = page.locator(".jp-OutputArea-output .gj-RunView")
    rows = view.locator(".gj-Grid-rows .gj-Row")
    grid = view.get_by_role("grid")
    rows.nth(1).wait_for()

    def focused():
        return page.evaluate("() => document.activeElement.className")

    # Keys of the view are not the notebook's, in which d d deletes the cell and a makes one.
    grid.focus()
    for key in ("d", "d", "a", "Control+Enter"):
        page.keyboard.press(key)
    assert page.locator(".jp-Notebook-cell").count() == 2
    assert page.locator(".jp-Notebook .gj-RunView").count() == 1

    # It closes and clears first, one thing at a time.
    filter_ = view.get_by_label("Filter trials")
    filter_.fill("lr < 0.15")
    view.get_by_text("1 trial", exact=True).wait_for()
    grid.focus()
    page.keyboard.press("Enter")
    detail = view.get_by_role("complementary", name="Trial 0")
    view.get_by_label("Search the log").fill("epoch")
    view.get_by_text("1 of 30").wait_for()
    page.keyboard.press("Escape")
    view.get_by_text("1 of 30").wait_for(state="detached")
    page.keyboard.press("Escape")
    detail.wait_for(state="detached")
    page.wait_for_function("() => document.activeElement.getAttribute('role') === 'grid'")
    page.keyboard.press("Escape")
    rows.nth(1).wait_for()
    assert filter_.input_value() == ""
    page.keyboard.press("Escape")
    assert "jp-Cell" in focused()
    # And there the keys are the notebook's again.
    page.keyboard.press("a")
    page.locator(".jp-Notebook-cell").nth(2).wait_for()
