"""A real JupyterLab and a page of it in Chromium, to measure in: those of the tests, with probes in the page."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.append(str(Path(__file__).parents[1] / "tests"))

from end_to_end.lab import NoBrowserError, Page, browsing, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from end_to_end.lab import Lab
    from measuring import Place
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as RawPage

_PROBES = Path(__file__).with_name("probes.js")
_WINDOW = {"width": 1400, "height": 1000}

SCROLLED = 5.0
"""For how many seconds a box is scrolled."""


@dataclass(frozen=True)
class Scrolled:
    """What was seen while a box was scrolled, in milliseconds.

    Attributes:
        frame: The longest frame.
        cpu: What the page's thread worked in its longest task, of which a frame is one; other programs do not count.
    """

    frame: float
    cpu: float


@contextmanager
def a_browser() -> Iterator[Browser]:
    """Run Chromium; end with a sentence where there is none."""
    try:
        with browsing() as browser:
            yield browser
    except NoBrowserError as error:
        sys.exit(str(error))


@contextmanager
def a_lab(here: Place) -> Iterator[Lab]:
    """Run JupyterLab on a project and its home."""
    with serving(here.folder / "lab", root=here.project, home=here.home) as lab:
        yield lab


@contextmanager
def a_page(browser: Browser, lab: Lab) -> Iterator[Probed]:
    """Open a page on a server; nothing on it may have thrown."""
    context = browser.new_context(viewport=_WINDOW)
    try:
        page = Probed(context.new_page(), lab)
        page.add_init_script(path=_PROBES)
        page.open()
        yield page
    finally:
        context.close()
    if page.errors:
        sys.exit(f"the page has thrown: {page.errors[0]}")


class Probed(Page):
    """A page with the probes of ``probes.js``."""

    page: RawPage

    def open_run(self, run: str) -> None:
        """Show a run in a tab and wait for its table."""
        self.command("grid:open-run", {"run": run})
        self.page.wait_for_selector(f"[data-run='{run}'] .gj-Row .gj-Cell-text")

    def click(self, selector: str, holds: str) -> float:
        """Click what stands first there; return the milliseconds until what is asked for is painted.

        Args:
            selector: What is clicked.
            holds: An expression in JavaScript that holds once the click is answered.
        """
        box = self.page.eval_on_selector(selector, "node => node.getBoundingClientRect().toJSON()")
        self.page.evaluate(f"probes.watchClick(() => {holds})")
        self.page.mouse.click(box["x"] + min(box["width"] / 2, 40), box["y"] + box["height"] / 2)
        return float(self.page.evaluate("probes.clicked()"))

    def scroll(self, box: str, pixels: int) -> Scrolled:
        """Scroll what an expression gives for ``SCROLLED`` seconds, so many pixels a frame."""
        browser = self.page.context.browser
        if not browser:
            sys.exit("the browser has gone")
        browser.start_tracing(page=self.page, categories=["toplevel"])
        longest = self.page.evaluate(f"probes.scroll({box}, {SCROLLED}, {pixels})")
        return Scrolled(longest, longest_task(json.loads(browser.stop_tracing())["traceEvents"]))


def longest_task(events: list[dict[str, Any]]) -> float:
    """Return the milliseconds of a CPU of the longest task of those threads of Chromium that draw pages."""
    drawing = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return max(
        event["tdur"] / 1000
        for event in events
        if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in drawing and "tdur" in event
    )
