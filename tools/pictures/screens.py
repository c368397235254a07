"""The screens: how each is reached, and what of it is pictured."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .sweeps import LARGE, LEADING, WIDE

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.lab import Page
    from playwright.sync_api import Locator

API = "**/grid-jupyter/api/**"


@dataclass
class Camera:
    """Takes pictures of one page, in one theme and width, into a folder; ``wanted`` chooses by name."""

    page: Page
    folder: Path
    wanted: re.Pattern[str]
    suffix: str

    def wants(self, name: str) -> bool:
        """Whether a picture of that name was asked for."""
        return self.wanted.search(name) is not None

    def take(self, name: str, of: Locator | None = None) -> None:
        """Picture the page, or a part of it, when it has come to rest."""
        if not self.wants(name):
            return
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(350)  # what is drawn late: tooltips that go, widths of bars
        (of or self.page).screenshot(path=self.folder / f"{name}-{self.suffix}.png", animations="disabled")


Screen = Callable[[Camera], None]


def sidebar_width(page: Page, width: int) -> None:
    """Drag the edge of the sidebar."""
    handle = page.locator("#jp-main-split-panel > .lm-SplitPanel-handle:not(.lm-mod-hidden)").first
    box, left = handle.bounding_box(), page.locator("#grid-sweeps").bounding_box()["x"]
    page.mouse.move(box["x"] + 1, 500)
    page.mouse.down()
    page.mouse.move(left + width + 1, 500, steps=3)
    page.mouse.up()


def view_of(page: Page, run: str) -> Locator:
    """Open a run in a tab."""
    page.done("grid:open-run", {"run": run})
    view = page.locator(f".gj-RunTab:not(.lm-mod-hidden) .gj-RunView[data-run='{run}']")
    view.wait_for()
    return view


def tab(view: Locator, name: str) -> None:
    """Choose a tab of a run or of a trial."""
    view.get_by_role("tab", name=name, exact=True).first.click()


def rows(view: Locator) -> Locator:
    """Return the rows of the table of trials, once there are some."""
    found = view.locator(".gj-Grid-rows .gj-Row")
    found.locator(".gj-Cell").first.wait_for()
    return found


# The sidebar


def no_runs(camera: Camera) -> None:
    """A home without runs."""
    camera.page.sidebar().get_by_text("No sweeps yet").wait_for()
    for width in (250, 300):
        sidebar_width(camera.page, width)
        camera.take(f"sidebar-empty-{width}", camera.page.sidebar())


def runs(camera: Camera) -> None:
    """The list of runs, as it is and filtered."""
    page = camera.page
    sidebar = page.sidebar()
    sidebar.locator(".gj-RunItem").nth(3).wait_for()
    for width in (250, 300):
        sidebar_width(page, width)
        camera.take(f"sidebar-runs-{width}", sidebar)
    sidebar.locator(".gj-RunItem-open").first.hover()
    page.wait_for_timeout(200)
    if camera.wants("sidebar-hover"):
        sidebar.screenshot(path=camera.folder / f"sidebar-hover-{camera.suffix}.png")
    field = sidebar.get_by_label("Filter runs", exact=True)
    for name, text in (("filtered", "heron"), ("none-fits", "otr")):
        field.fill(text)
        page.wait_for_timeout(700)
        camera.take(f"sidebar-{name}", sidebar)
    field.fill("")
    sidebar.locator(".gj-RunItem").nth(2).click(button="right")
    camera.take("sidebar-menu")
    page.keyboard.press("Escape")


def many_runs(camera: Camera) -> None:
    """The list of very many runs."""
    sidebar = camera.page.sidebar()
    sidebar.get_by_text(re.compile("50. in all")).wait_for()
    sidebar_width(camera.page, 300)
    camera.take("sidebar-many", sidebar)
    sidebar.get_by_role("button", name=re.compile("Show more")).scroll_into_view_if_needed()
    camera.take("sidebar-many-end", sidebar)


def form(camera: Camera) -> None:
    """The form of a new sweep: untouched, filled in, faulty, folded out."""
    page = camera.page
    page.done("grid:new-sweep", {})
    found = page.get_by_role("region", name="New sweep")
    found.get_by_role("button", name="Clear").click()
    sidebar = page.locator("#grid-sweeps")
    camera.take("form-untouched", sidebar)
    page.done("grid:new-sweep", {"path": "plain.py"})
    found.get_by_text("No flags found").wait_for()
    camera.take("form-no-flags", sidebar)
    page.done("grid:new-sweep", {"path": "train.py"})
    lr = found.get_by_role("textbox", name="--lr")
    lr.fill("[0.1, 0.01, 0.001]")
    found.get_by_role("textbox", name="--layers").fill("range(1, 4)")
    found.get_by_role("button", name="Launch 9 trials").wait_for()
    for width in (250, 300):
        sidebar_width(page, width)
        camera.take(f"form-filled-{width}", sidebar)
    camera.take("form-filled-window")
    found.get_by_role("button", name="Preview").click()
    page.locator(".jp-Dialog .gj-Plan tbody tr").first.wait_for()
    camera.take("plan-dialog")
    page.keyboard.press("Escape")
    found.get_by_role("button", name="Copy").click()
    camera.take("form-copy")
    page.keyboard.press("Escape")
    found.get_by_role("textbox", name="--optimizer").fill("[adam sgd]")
    found.get_by_role("button", name="Fix 1 argument").wait_for()
    camera.take("form-fault", sidebar)
    found.get_by_role("textbox", name="--optimizer").fill("[adam, sgd]")
    lr.fill("range(0, 1000)")
    found.get_by_text("6,000 trials").first.wait_for()
    camera.take("form-question", sidebar)
    lr.fill("[0.1, 0.01]")
    for section in found.locator("summary").all():
        section.click()
        section.scroll_into_view_if_needed()
        name = section.locator("xpath=..").locator("summary").inner_text().split("\n")[0].split(" ")[0].lower()
        camera.take(f"form-section-{name}", sidebar)
        section.click()


# A run


def trials(camera: Camera) -> None:
    """The table of a run, alone and beside a trial; its menus, its filter, what is ticked."""
    page = camera.page
    view = view_of(page, LEADING)
    rows(view)
    camera.take("run-trials")
    page.sidebar().locator(".gj-RunItem").first.wait_for()
    if page.viewport_size["width"] > 1000:
        sidebar_width(page, 300)
        camera.take("run-trials-window")
    hide_sidebar(page)
    field = view.get_by_label("Filter trials")
    for name, text in (
        ("filtered", "lr < 0.05 and state == succeeded"),
        ("fault", "lr < < 1"),
        ("none-fits", "nowhere"),
    ):
        field.fill(text)
        page.wait_for_timeout(800)
        camera.take(f"run-filter-{name}")
    field.fill("")
    for name in ("Columns", "Rerun ▾"):
        view.get_by_role("button", name=name).click()
        camera.take(f"run-menu-{name.split()[0].lower()}")
        page.keyboard.press("Escape")
    view.get_by_role("button", name="Stop run…").click()
    camera.take("run-stop")
    page.keyboard.press("Escape")
    for row in range(3):
        rows(view).nth(row).locator(".gj-Tick").click()
    camera.take("run-ticked")
    view.get_by_role("button", name="Compare").click()
    view.get_by_role("region", name="Compared trials").locator("tbody tr").first.wait_for()
    camera.take("run-compare")
    view.get_by_role("button", name="Close the comparison").click()
    view.get_by_role("button", name="Clear", exact=True).click()


def trial(camera: Camera) -> None:
    """One trial: its log, curves, files and details."""
    page = camera.page
    view = view_of(page, LEADING)
    detail = view.get_by_role("complementary")
    for word in ("failed", "running", "succeeded"):
        view.locator(".gj-Filter", has_text=word).click()
        rows(view).filter(has_text=word).first.click()
        detail.wait_for()
        tab(detail, "Log")
        detail.get_by_role("log").wait_for()
        camera.take(f"trial-log-{word}")
        if word == "succeeded":
            detail.get_by_label("Search the log").fill("epoch=1")
            detail.locator("mark").first.wait_for()
            camera.take("trial-log-search")
            for name in ("Curves", "Artifacts", "Details"):
                tab(detail, name)
                page.wait_for_timeout(500)
                camera.take(f"trial-{name.lower()}")
        detail.get_by_role("button", name=re.compile("Close trial")).click()
        view.locator(".gj-Filter", has_text=word).click()


def charts(camera: Camera) -> None:
    """Curves and parallel coordinates, untouched and used."""
    page = camera.page
    view = view_of(page, LEADING)
    tab(view, "Curves")
    view.locator(".gj-Chart .gj-Curve").nth(5).wait_for(state="attached")
    camera.take("run-curves")
    tab(view, "Trials")
    for row in (1, 2, 4):
        rows(view).nth(row).locator(".gj-Tick").click()
    view.get_by_role("button", name="Show curves").click()
    view.locator(".gj-Curve[data-kind=series]").first.wait_for(state="attached")
    camera.take("run-curves-ticked")
    view.get_by_label("Group by").select_option(index=1)
    page.wait_for_timeout(700)
    camera.take("run-curves-grouped")
    tab(view, "Trials")
    view.get_by_role("button", name="Clear", exact=True).click()
    tab(view, "Parallel")
    axis = view.locator("[data-axis=lr]")
    axis.wait_for()
    camera.take("run-parallel")
    box = axis.bounding_box()
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(middle, box["y"] + 0.6 * box["height"], steps=4)
    page.mouse.up()
    view.get_by_role("button", name="Clear brush").wait_for()
    camera.take("run-parallel-brushed")
    view.get_by_role("button", name="Clear brush").click()


def others(camera: Camera) -> None:
    """The other tabs, and runs that are held, wide, large or gone."""
    page = camera.page
    view = view_of(page, LEADING)
    for name in ("Artifacts", "Plan"):
        tab(view, name)
        page.wait_for_timeout(600)
        camera.take(f"run-{name.lower()}")
    for name, run in (
        ("budget", "brave-otter-14"),
        ("smoke", "humble-gecko-40"),
        ("interrupted", "bold-marmot-5"),
        ("failed", "calm-heron-9"),
        ("wide", WIDE),
        ("large", LARGE),
    ):
        rows(view_of(page, run))
        camera.take(f"run-{name}")
    for name in ("Curves", "Parallel"):
        view = view_of(page, LARGE)
        tab(view, name)
        page.wait_for_timeout(3000)
        camera.take(f"run-large-{name.lower()}")
    tab(view_of(page, WIDE), "Parallel")
    page.wait_for_timeout(800)
    camera.take("run-wide-parallel")
    page.done("grid:open-run", {"run": "lost-puffin-3"})
    page.get_by_text("lost-puffin-3 is not on this server.").wait_for()
    camera.take("run-gone")


def away(camera: Camera) -> None:
    """A run while the server does not answer."""
    page = camera.page
    view = view_of(page, LEADING)
    rows(view)
    page.route(API, lambda route: route.abort())
    tab(view, "Trials")
    view.get_by_label("Filter trials").fill("adam")
    view.get_by_text("No answer from Jupyter").first.wait_for()
    camera.take("run-away")
    page.unroute(API)


# What is woven into Lab


def woven(camera: Camera) -> None:
    """The launcher, the menu of a file, the palette, the settings, the choice of a run."""
    page = camera.page
    page.done("launcher:create")
    page.locator(".jp-Launcher").last.wait_for()
    camera.take("lab-launcher")
    page.done("filebrowser:activate")
    page.locator(".jp-DirListing-item", has_text="train.py").click(button="right")
    page.locator(".lm-Menu-itemLabel", has_text="Run sweep with Grid…").wait_for()
    camera.take("lab-context-menu")
    page.keyboard.press("Escape")
    page.done("apputils:activate-command-palette")
    page.keyboard.type("Grid")
    camera.take("lab-palette")
    page.keyboard.press("Escape")
    page.command("grid:open-run")
    page.locator(".gj-Chooser").get_by_role("option").first.wait_for()
    camera.take("lab-open-run")
    page.keyboard.press("Escape")
    page.done("settingeditor:open", {"query": "Grid sweeps"})
    page.wait_for_timeout(1500)
    camera.take("lab-settings")


def cell(camera: Camera) -> None:
    """A run in a cell of a notebook."""
    page = camera.page
    page.open_notebook("spirals.ipynb")
    page.command("notebook:run-all-cells")
    found = page.locator(".jp-OutputArea-output .gj-RunView")
    found.wait_for()
    rows(found)
    hide_sidebar(page)
    camera.take("cell-running")
    rows(found).filter(has_text="succeeded").first.click()
    found.get_by_role("complementary").get_by_role("log").wait_for()
    camera.take("cell-trial")


def hide_sidebar(page: Page) -> None:
    """Give the main area all the width."""
    page.evaluate("() => window.jupyterapp.shell.collapseLeft()")


SCREENS: tuple[Screen, ...] = (runs, form, trials, trial, charts, others, away, woven, cell)
