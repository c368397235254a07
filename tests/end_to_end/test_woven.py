"""What weaves sweeps into JupyterLab: notices, settings, commands, menus of files, the layout."""

import re
import shutil

import nbformat
import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--gate")
parser.add_argument("--bn", action=argparse.BooleanOptionalAction, default=True)
parser.add_argument("--fast", action="store_true")
args = parser.parse_args()
print(f"val_loss={args.lr}", flush=True)
while args.gate and not os.path.exists(args.gate):
    time.sleep(0.05)
if args.lr == 0.3:
    raise ValueError("too large")
"""
CONFIG = """
compute:
  train:
limits:
  parallel: 1
hyper_params:
  params:
    --lr: '[0.2, 0.1, 0.05]'
"""


@pytest.fixture
def lab(lab):
    (lab.root / "train.py").write_text(SCRIPT)
    yield lab
    shutil.rmtree(lab.root.parent / "user" / "CONFIG" / "lab" / "user-settings", ignore_errors=True)


@pytest.fixture
def gate(lab):
    return lab.root / "gate"


def notice(page):
    return page.locator(".Toastify__toast")


def seen_under_way(page, name):
    """Wait until the page has seen that a run is under way."""
    page.sidebar().locator(".gj-RunItem[data-state=running]", has_text=name).wait_for()


def choose(page, setting, choice):
    """Choose in the settings editor, as a user does."""
    page.done("settingeditor:open", {"query": "Grid sweeps"})
    with page.expect_response(lambda reply: "/lab/api/settings" in reply.url and reply.request.method == "PUT"):
        # Lab gives its fields no label that a browser knows.
        page.locator(f"select[id$='labextension:sidebar_{setting}']").select_option(label=choice)


def form_of(page):
    return page.get_by_role("region", name="New sweep")


def context_entry(page, file):
    page.locator(".jp-DirListing-item", has_text=file).click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Run sweep with Grid…").click()


def test_the_end_of_a_run_is_told_and_its_button_opens_it(lab, page, gate):
    page.open()
    page.sidebar().get_by_text("No sweeps yet").wait_for()
    lab.grid("run", "--name", "long", "train.py", "--lr", "[0.2, 0.1]", "--gate", gate)
    seen_under_way(page, "long")
    gate.touch()
    told = notice(page)
    told.get_by_text("long ended: 2 succeeded. Best val_loss 0.1000, trial 1.").wait_for()
    told.get_by_role("button", name="Open").click()
    page.locator(".gj-RunTab .gj-RunView h1", has_text="long").wait_for()

    # A run that is in sight tells of itself, and one that had ended before is no news.
    gate.unlink()
    lab.grid("run", "--name", "seen", "train.py", "--lr", "0.2", "--gate", gate)
    seen_under_way(page, "seen")
    page.command("grid:open-run", {"run": "seen"})
    view = page.locator(".gj-RunView[data-run=seen]")
    view.locator(".gj-Header-state", has_text="running").wait_for()
    lab.grid("run", "--name", "bad", "train.py", "--lr", "0.3", "--gate", gate)
    seen_under_way(page, "bad")
    gate.touch()
    view.locator(".gj-Header-state", has_text="succeeded").wait_for()
    told.get_by_text("bad ended with failures: 1 failed.").wait_for()
    assert told.count() == 1


def test_a_setting_turns_notices_off_at_once(lab, page, gate):
    page.open()
    page.sidebar().get_by_text("No sweeps yet").wait_for()
    choose(page, "notices", "Failures")
    for name in ("good", "bad"):
        lab.grid("run", "--name", name, "train.py", "--lr", {"good": 0.1, "bad": 0.3}[name], "--gate", gate)
        seen_under_way(page, name)
    gate.touch()
    notice(page).get_by_text("bad ended with failures").wait_for()
    page.sidebar().locator(".gj-RunItem[data-state=succeeded]", has_text="good").wait_for()
    assert notice(page).count() == 1


def test_settings_move_the_sidebar_and_choose_its_face(lab, page):
    page.open()
    page.sidebar().get_by_role("region", name="Runs").wait_for()
    choose(page, "side", "Right")
    page.locator("#jp-right-stack #grid-sweeps").wait_for(state="attached")
    choose(page, "face", "New sweep")
    page.open()
    page.locator("#jp-right-stack #grid-sweeps").wait_for(state="attached")
    page.sidebar().get_by_role("region", name="New sweep").wait_for()


def test_the_palette_leads_to_a_run_that_is_chosen(lab, page):
    for name in ("first-one", "second-one"):
        lab.grid("run", "--name", name, "--wait", "train.py", "--lr", "[0.2, 0.1]")
    page.open()
    page.locator(".jp-LauncherCard").first.wait_for()  # which takes the focus, and the palette goes where that is lost
    page.done("apputils:activate-command-palette")
    palette = page.locator(".lm-CommandPalette")
    for label in ("New sweep", "Show runs"):
        palette.locator(".lm-CommandPalette-itemLabel", has_text=label).first.wait_for(state="attached")
    palette.get_by_role("searchbox").or_(palette.locator("input")).first.fill("Grid Open run")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("option").nth(1).wait_for()
    page.keyboard.type("first")
    dialog.get_by_role("option", name=re.compile("second-one")).wait_for(state="detached")
    page.keyboard.press("Enter")
    page.locator(".gj-RunTab .gj-RunView h1", has_text="first-one").wait_for()


def test_shortcuts_show_the_sidebar_and_the_form(lab, page):
    page.open()
    page.evaluate("() => window.jupyterapp.restored")
    page.keyboard.press("Alt+Shift+G")
    page.locator("#grid-sweeps .gj-Runs").wait_for()
    page.keyboard.press("Alt+Shift+N")
    form_of(page).wait_for()


def test_a_configuration_is_swept_from_its_menu(lab, page):
    (lab.root / "sweep.yml").write_text(CONFIG)
    page.open()
    context_entry(page, "sweep.yml")
    form = form_of(page)
    form.get_by_text("Choose the script that sweep.yml is for.").wait_for()
    form.get_by_role("button", name="Choose a script…").click()
    dialog = page.get_by_role("dialog")
    dialog.locator(".jp-DirListing-item", has_text="train.py").click()
    assert dialog.locator(".jp-DirListing-item", has_text="sweep.yml").count() == 0
    dialog.get_by_role("button", name="Select").click()
    form.get_by_text("3 values: 0.2, 0.1, 0.05 (sweep.yml)").wait_for()
    form.get_by_role("button", name="Launch 3 trials").click()
    page.locator(".gj-RunTab .gj-Filter", has_text="3 succeeded").wait_for()


def test_a_notebook_is_swept_from_its_menu_and_what_it_executed_is_read(lab, page):
    lab.notebook("steps.ipynb", "lr = 0.1  # step size", "print(f'val_loss={lr}')")
    book = nbformat.read(lab.root / "steps.ipynb", 4)
    book.cells[0].metadata.tags = ["parameters"]
    nbformat.write(book, lab.root / "steps.ipynb")
    page.open()
    context_entry(page, "steps.ipynb")
    form = form_of(page)
    field = form.get_by_role("textbox", name="--lr")
    field.fill("[0.2, x]")
    form.get_by_text("'x' is not a number").wait_for()
    field.fill("[0.2, 0.05]")
    form.get_by_role("button", name="Launch 2 trials").click()
    tab = page.locator(".gj-RunTab")
    tab.locator(".gj-Filter", has_text="2 succeeded").wait_for()
    tab.get_by_role("row").filter(has_text="0.05").first.click()
    trial = tab.get_by_role("complementary", name="Trial 1")
    trial.get_by_role("tab", name="Artifacts").click()
    trial.get_by_role("button", name="Open steps.ipynb").wait_for()
    trial.get_by_role("tab", name="Details").click()
    trial.get_by_text("--from_snapshot").wait_for()
    trial.get_by_role("button", name="Open notebook").click()
    opened = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    opened.get_by_text("val_loss=0.05", exact=True).wait_for()
    opened.get_by_text("lr = 0.05").wait_for()
    # It is read, not worked on: no kernel, and nothing that could be saved over.
    state = """() => {
        const panel = window.jupyterapp.shell.currentWidget;
        return [panel.context.contentsModel.writable, panel.sessionContext.session === null];
    }"""
    assert page.evaluate(state) == [False, True]


def test_an_open_file_is_saved_before_it_is_swept(lab, page):
    page.open("lab/tree/train.py")
    page.locator(".jp-FileEditor .cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("import sys  # typed\n")
    page.locator(".jp-mod-dirty, .jp-mod-current.jp-mod-dirty").first.wait_for(state="attached")
    context_entry(page, "train.py")
    form_of(page).get_by_role("textbox", name="--lr").wait_for()
    assert (lab.root / "train.py").read_text().startswith("import sys  # typed\n")


def test_a_run_is_launched_again_with_changes(lab, page):
    lab.grid("run", "--name", "first", "--retries", "2", "--wait", "train.py", "--lr", "[0.2, 0.1]", "--no-bn")
    page.open()
    page.command("grid:open-run", {"run": "first"})
    page.locator(".gj-RunTab").get_by_role("button", name="Rerun ▾").click()
    page.locator(".lm-Menu-itemLabel", has_text="Rerun with changes…").click()
    form = form_of(page)
    form.get_by_role("button", name="Launch 2 trials").wait_for()
    assert form.locator(".gj-Section summary", has_text="retries 2").count() == 1
    assert form.get_by_role("radiogroup", name="--bn").get_by_label("off").is_checked()
    lr = form.get_by_role("textbox", name="--lr")
    assert lr.input_value() == "[0.2, 0.1]"
    lr.fill("[0.2, 0.1, 0.4]")
    form.get_by_role("button", name="Launch 3 trials").click()
    page.locator(".gj-RunTab:not(.lm-mod-hidden) .gj-Filter", has_text="3 succeeded").wait_for()


def test_a_switch_is_off_on_or_both(lab, page):
    page.open()
    page.command("grid:new-sweep", {"path": "train.py"})
    form = form_of(page)
    form.get_by_role("textbox", name="--lr").fill("0.1")
    form.get_by_role("button", name="Launch 1 trial", exact=True).wait_for()
    form.get_by_role("radiogroup", name="--bn").get_by_label("both").check()
    form.get_by_role("radiogroup", name="--fast").get_by_label("on").check()
    # A flag without a value and without an opposite is the same in all trials.
    assert form.get_by_role("radiogroup", name="--fast").get_by_label("both").is_disabled()
    form.get_by_role("button", name="Launch 2 trials").click()
    page.get_by_role("tab", name="Plan").click()
    page.locator(".gj-RunTab .gj-Plan", has_text="train.py --no-bn --lr 0.1 --fast").wait_for()


def test_tabs_of_runs_are_there_again_after_a_reload(lab, page):
    for name in ("first", "second"):
        lab.grid("run", "--name", name, "--wait", "train.py", "--lr", "0.1")
    page.open()
    for name in ("first", "second"):
        kept = f"grid-runs:{name}"
        with page.expect_response(
            lambda reply, kept=kept: "/workspaces/" in reply.url and kept in (reply.request.post_data or "")
        ):
            page.command("grid:open-run", {"run": name})
    # The address that the tests begin with would put everything back.
    page.goto(lab.url().removesuffix("&reset"))
    page.locator(".gj-RunView h1", has_text="second").wait_for()
    page.locator(".lm-TabBar-tabLabel", has_text="first").click()
    page.locator(".gj-RunView h1", has_text="first").wait_for()
