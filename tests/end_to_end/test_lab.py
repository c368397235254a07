"""Sweeps in a real JupyterLab, in a real browser."""

import re

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, pathlib, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--note")
parser.add_argument("--gate")
args = parser.parse_args()
for epoch in range(3):
    print(f"epoch={epoch} val_loss={args.lr / (epoch + 1)}", flush=True)
print("<img src=x onerror=document.title='broken'>", flush=True)
while args.gate and not os.path.exists(args.gate):
    time.sleep(0.05)
if args.lr == 0.3:
    raise ValueError("too large")
print("last line")
pathlib.Path("model.txt").write_text("weights")
"""
EVIL = "<img src=x onerror=document.title='broken'>"


@pytest.fixture
def sweep(lab):
    """The words of a sweep of two trials that end when ``gate`` is there."""
    (lab.root / "train.py").write_text(SCRIPT)
    return ["train.py", "--lr", "[0.2, 0.1]", "--note", EVIL, "--gate", lab.root / "gate"]


@pytest.fixture
def gate(lab):
    return lab.root / "gate"


def cell(page):
    return page.locator(".jp-OutputArea-output .gj-RunView")


def test_a_cell_is_live_through_a_busy_kernel_a_restart_and_a_reload(lab, page, sweep, gate):
    lab.notebook(
        "sweep.ipynb",
        "%load_ext grid_jupyter",
        f"run = %grid run train.py --lr [0.2, 0.1] --gate {gate}",
        "import time; time.sleep(600)",
    )
    page.open_notebook("sweep.ipynb")
    page.command("notebook:run-all-cells")

    # The kernel is busy, and the cell shows the run as it is.
    cell(page).wait_for()
    name = cell(page).locator("h1").inner_text()
    cell(page).locator(".gj-Header-state", has_text="running").wait_for()
    # What a magic launched stands in the sidebar too.
    page.sidebar().get_by_role("button", name=re.compile(name)).first.wait_for()

    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    cell(page).locator(".gj-Header-state", has_text="running").wait_for()
    page.done("docmanager:save")
    page.reload()
    page.wait_for_selector(".jp-Notebook")
    cell(page).locator(".gj-Header-state", has_text="running").wait_for()

    gate.touch()
    cell(page).locator(".gj-Header-state", has_text="succeeded").wait_for()
    sentence = cell(page).locator(".gj-Header-sentence")
    sentence.filter(has_text="2 of 2 ended").wait_for()
    assert "best val_loss 0.03333, trial 1" in sentence.inner_text()
    # The best trial is on top.
    first = cell(page).locator(".gj-Grid-rows .gj-Row").first
    first.filter(has_text="0.1").filter(has_text="★").wait_for()


def test_a_saved_notebook_shows_a_run_that_is_gone_as_it_was(lab, page, sweep, gate):
    gate.touch()
    lab.notebook(
        "sweep.ipynb", "%load_ext grid_jupyter", "run = %grid run --name gone train.py --lr [0.2, 0.1]\nrun.wait()"
    )
    page.open_notebook("sweep.ipynb")
    page.command("notebook:run-all-cells")
    # What is saved is the kernel's own picture, which the live one stands in front of.
    page.wait_for_function(
        "() => JSON.stringify(window.jupyterapp.shell.currentWidget.content.model.toJSON()).includes('2 of 2 ended')"
    )
    page.done("docmanager:save")
    lab.grid("delete", "--yes", "gone")
    page.reload()
    page.wait_for_selector(".jp-Notebook")
    output = page.locator(".jp-OutputArea-output", has_text="gone is not on this server. Below: as saved.").first
    output.wait_for()
    assert "2 of 2 ended" in output.inner_text()


def test_a_run_of_a_terminal_is_followed_read_and_stopped_in_a_tab(lab, page, sweep, gate):
    page.open()
    sidebar = page.sidebar()
    sidebar.get_by_text("No sweeps yet").wait_for()
    lab.grid("run", "--name", "first", *sweep)
    item = sidebar.get_by_role("button", name=re.compile("first")).first
    item.wait_for()
    item.click()
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Filter", has_text="2 running").wait_for()
    # A parameter and a line of a log that look like HTML are text.
    assert EVIL in view.locator(".gj-Constants").inner_text()
    view.locator(".gj-Grid-rows .gj-Row").first.click()
    log = page.get_by_role("log")
    log.get_by_text(EVIL).wait_for()
    assert page.locator(".gj-root img").count() == 0
    assert page.title() != "broken"

    # It is searched as a whole, also for what comes later.
    page.get_by_label("Search the log").fill("epoch")
    page.get_by_text("1 of 3").wait_for()
    page.get_by_role("button", name="Next hit").click()
    page.get_by_text("2 of 3").wait_for()
    assert log.locator("mark").count() == 3

    page.get_by_role("button", name="Stop trial").click()
    view.locator(".gj-Filter", has_text="1 stopped").wait_for()
    gate.touch()
    view.locator(".gj-Header-state", has_text="stopped").wait_for()
    view.locator(".gj-Filter", has_text="1 succeeded").wait_for()

    page.reload()
    page.wait_for_selector(".gj-RunTab .gj-RunView")
    page.get_by_role("tab", name="Artifacts").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="model.txt").click()
    assert download.value.path().read_text() == "weights"


def test_a_failed_trial_shows_its_first_error(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "bad", "train.py", "--lr", "[0.3, 0.1]")
    lab.grid("status", "bad")
    page.open()
    page.command("grid:open-run", {"run": "bad"})
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Filter", has_text="1 failed").click()
    row = view.locator(".gj-Grid-rows .gj-Row")
    row.filter(has_text="failed").click()
    detail = page.get_by_role("complementary", name="Trial 0")
    detail.get_by_text("exit code 1: ValueError: too large").wait_for()
    detail.locator(".gj-Line[data-marked]", has_text="Traceback").wait_for()


def test_the_end_of_a_log_is_there_before_errors_are_looked_for(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "first", "--wait", "train.py", "--lr", "[0.2]")
    page.open()
    page.route("**/log/outline*", lambda _: None)  # it is never answered
    page.command("grid:open-run", {"run": "first", "trial": 0})
    page.get_by_role("log").get_by_text("last line").wait_for()


SCROLL = """async grid => {
    for (let frame = 0; frame < 600; frame++) {
        grid.scrollTop += 72;
        await new Promise(requestAnimationFrame);
        const first = grid.getBoundingClientRect().top + 24;
        const rows = [...grid.querySelectorAll('.gj-Grid-rows .gj-Row')];
        const seen = rows.find(row => row.getBoundingClientRect().top >= first);
        if (grid.scrollTop > 24 * 400 && seen?.textContent) {
            return true;
        }
    }
    return false;
}"""


def test_rows_are_there_while_one_scrolls(lab, page, sweep, gate):
    lab.grid("run", "--name", "large", "--yes", "--parallel", 1, *sweep[:2], "range(5000)", *sweep[3:])
    page.open()
    page.command("grid:open-run", {"run": "large"})
    page.get_by_text("5,000 trials", exact=True).wait_for()
    page.locator(".gj-Grid-rows .gj-Cell-text").first.wait_for()
    assert page.locator(".gj-Grid").evaluate(SCROLL)


def test_a_filter_tells_its_fault_and_keeps_the_rows(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "first", "--wait", "train.py", "--lr", "[0.2, 0.1, 0.05]")
    page.open()
    page.command("grid:open-run", {"run": "first"})
    rows = page.locator(".gj-Grid-rows .gj-Row .gj-Star").locator("xpath=ancestor::*[@role='row']")
    filter_ = page.get_by_label("Filter trials")
    filter_.fill("lr < 0.15")
    page.get_by_text("2 trials", exact=True).wait_for()
    filter_.fill("lr < < 0.15")
    page.locator(".gj-Fault").wait_for()
    assert rows.count() == 2
    filter_.fill("nowhere to be found")
    page.get_by_text("No trial fits.").wait_for()
    page.get_by_role("button", name="Clear filter").click()
    page.get_by_text("3 trials", exact=True).wait_for()


def test_the_keyboard_alone_will_do(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "first", "--wait", "train.py", "--lr", "[0.2, 0.1, 0.05]")
    page.open()
    page.command("grid:open-run", {"run": "first"})
    page.get_by_text("3 trials", exact=True).wait_for()
    page.locator(".gj-RunTab button").first.focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.getAttribute('role')") == "grid":
            break
    else:
        raise AssertionError("the first row is more than twelve steps away")
    page.keyboard.press("ArrowDown")
    page.keyboard.press(" ")
    page.get_by_text("1 ticked").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name=re.compile("Trial")).wait_for()


def test_a_script_is_swept_with_the_mouse(lab, page, sweep, gate):
    gate.touch()
    page.open()
    page.locator(".jp-DirListing-item", has_text="train.py").click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Run sweep with Grid…").click()
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--lr").fill("[0.2, 0.1")
    form.get_by_text("the list is not closed: add ]").wait_for()
    fix = form.get_by_role("button", name="Fix 1 argument")
    fix.click()
    assert page.evaluate("() => document.activeElement.value") == "[0.2, 0.1"
    form.get_by_role("textbox", name="--lr").fill("[0.2, 0.1]")
    form.get_by_role("textbox", name="--note").fill("[a, b, c]")
    form.get_by_text("3 values: a, b, c").wait_for()
    form.get_by_role("button", name="Preview").click()
    page.locator(".gj-Plan", has_text="6 combinations = 2 lr × 3 note").wait_for()
    page.get_by_role("button", name="Close").last.click()

    # The draft outlives a reload; the address that the tests begin with would put everything back.
    page.goto(lab.url().removesuffix("&reset"))
    page.wait_for_selector("#jp-main-dock-panel")
    page.command("grid:new-sweep")
    form.get_by_role("button", name="Launch 6 trials").click()
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Header-state", has_text="succeeded").wait_for()
    page.get_by_role("tab", name="Plan").click()
    page.locator(".gj-RunTab .gj-Plan", has_text="train.py --lr 0.1 --note c").wait_for()


def test_a_held_run_says_why_leads_to_its_log_and_goes_on(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "held", "--smoke", "train.py", "--lr", "[0.3, 0.1]")
    page.open()
    item = page.sidebar().locator(".gj-RunItem", has_text="held")
    item.get_by_text("The smoke trial failed: trial 0: exit code 1: ValueError: too large.").wait_for()
    item.get_by_role("button", name="held").first.click()
    view = page.locator(".gj-RunTab .gj-RunView")
    banner = view.get_by_role("status").filter(has_text="1 trial waits, 0 run.")
    banner.get_by_text("grid resume held", exact=True).wait_for()
    banner.get_by_role("button", name="Open log").click()
    page.get_by_role("complementary", name="Trial 0").locator(".gj-Line", has_text="too large").first.wait_for()
    item.get_by_role("button", name="Resume anyway").click()
    view.locator(".gj-Filter", has_text="1 succeeded").wait_for()


def test_columns_are_chosen_from_a_list_that_stays_open(lab, page, sweep, gate):
    gate.touch()
    lab.grid("run", "--name", "first", "--wait", "train.py", "--lr", "[0.2, 0.123456789]")
    page.open()
    page.command("grid:open-run", {"run": "first"})
    view = page.locator(".gj-RunTab .gj-RunView")
    # What was drawn is shown by four digits, and is told whole.
    view.locator(".gj-Cell[title='0.123456789']", has_text="0.1235").wait_for()
    view.get_by_role("button", name="Columns").click()
    columns = view.get_by_role("group", name="Columns")
    for name in ("attempts", "reason"):
        columns.get_by_label(name, exact=True).check()
    columns.get_by_label("duration", exact=True).uncheck()
    heads = view.get_by_role("columnheader")
    assert [each.strip() for each in heads.all_inner_texts()][-2:] == ["attempts", "reason"]
    columns.get_by_role("button", name="Reset").click()
    heads.filter(has_text="duration").wait_for()
    page.keyboard.press("Escape")
    columns.wait_for(state="detached")


def test_while_the_server_is_away_all_can_be_read_and_nothing_asked(lab, page, sweep, gate):
    lab.grid("run", "--name", "first", *sweep)
    page.open()
    page.command("grid:open-run", {"run": "first"})
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Filter", has_text="2 running").wait_for()
    stop = view.get_by_role("button", name="Stop run…")
    assert stop.is_enabled()
    routes = "**/grid-jupyter/api/**"
    page.route(routes, lambda route: route.abort())
    view.get_by_label("Filter trials").fill("lr > 0")
    view.get_by_text("No answer from Jupyter.").first.wait_for()
    assert stop.is_disabled()
    assert view.locator(".gj-Grid-rows .gj-Row", has_text="running").count() == 2
    page.unroute(routes)
    view.get_by_role("button", name="Try now").first.click()
    view.get_by_text("No answer from Jupyter.").first.wait_for(state="detached")
    assert stop.is_enabled()
    gate.touch()
