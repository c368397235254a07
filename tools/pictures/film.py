"""The film at the top of the README: a sweep from a right-click to the log of a trial."""

from __future__ import annotations

import io
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from end_to_end.lab import Page
    from playwright.sync_api import Locator

SIZE = {"width": 1080, "height": 640}
POINTER = """() => {
    const hand = document.createElement('div');
    hand.innerHTML = `<svg width="20" height="24" viewBox="0 0 20 24">
        <path d="M2 1v18l4.6-4.2 3 6.7 3.4-1.5-3-6.6h6.4z" fill="#111" stroke="#fff" stroke-width="1.5"/></svg>`;
    hand.style.cssText = 'position: fixed; z-index: 100000; pointer-events: none; left: 540px; top: 320px;';
    document.body.append(hand);
    document.addEventListener('mousemove', event => {
        hand.style.left = `${event.clientX - 2}px`;
        hand.style.top = `${event.clientY - 1}px`;
    }, true);
}"""
"""A browser that nobody looks at draws no pointer."""


class Film:
    """Pictures of a page, each with how long it is shown; how fast the machine was leaves no trace in them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._frames: list[tuple[bytes, int]] = []
        self._at = (540.0, 320.0)
        page.evaluate(POINTER)

    def show(self, milliseconds: int) -> None:
        """Take a picture that stands for so long."""
        taken = self.page.screenshot(type="png", animations="disabled", caret="initial")
        if self._frames and self._frames[-1][0] == taken:
            milliseconds += self._frames.pop()[1]
        self._frames.append((taken, milliseconds))

    def point(self, at: Locator, *, left: float | None = None) -> None:
        """Move the pointer to something."""
        at.wait_for()
        box = at.bounding_box()
        goal = (box["x"] + (box["width"] / 2 if left is None else left), box["y"] + box["height"] / 2)
        begin = self._at
        for step in (0.25, 0.6, 0.9, 1):
            self._at = tuple(a + (b - a) * step for a, b in zip(begin, goal, strict=True))
            self.page.mouse.move(*self._at)
            self.show(60)

    def click(self, at: Locator, *, button: str = "left", left: float | None = None) -> None:
        """Point at something and press it."""
        self.point(at, left=left)
        self.show(150)
        # Not where the pointer is: what was pointed at may have moved meanwhile.
        at.click(button=button, position=None if left is None else {"x": left, "y": at.bounding_box()["height"] / 2})

    def type(self, text: str) -> None:
        """Type, a few characters a picture."""
        for begin in range(0, len(text), 3):
            self.page.keyboard.type(text[begin : begin + 3])
            self.show(110)

    def watch(self, end: Locator, most: int) -> None:
        """Watch what goes on by itself until something is there, in so many pictures at most."""
        seen = []
        while not end.is_visible():
            self.page.wait_for_timeout(250)
            seen.append(self.page.screenshot(type="png", animations="disabled"))
        step = max(1, math.ceil(len(seen) / most))
        self._frames += [(taken, 120) for taken in seen[::step]]

    def save(self, file: Path) -> None:
        """Write the film as an animated WebP that goes on from its beginning."""
        from PIL import Image

        first, *others = (Image.open(io.BytesIO(taken)).convert("RGB") for taken, _ in self._frames)
        file.parent.mkdir(parents=True, exist_ok=True)
        first.save(
            file, save_all=True, append_images=others, duration=[shown for _, shown in self._frames], loop=0,
            quality=75, method=4, minimize_size=False, allow_mixed=True,
        )  # fmt: skip


def shoot(page: Page, file: Path) -> None:
    """Play the film in a page that is open."""
    page.page.evaluate("() => window.jupyterapp.shell.collapseRight()")
    page.done("filebrowser:activate")
    page.locator(".jp-LauncherCard").first.wait_for()
    page.locator(".jp-DirListing-item", has_text="train.py").wait_for()
    film = Film(page)
    film.show(900)
    film.click(page.locator(".jp-DirListing-item", has_text="train.py"), button="right", left=60)
    entry = page.locator(".lm-Menu-item", has_text="Run sweep with Grid…")
    entry.wait_for()
    film.show(400)
    film.click(entry, left=80)
    form = page.get_by_role("region", name="New sweep")
    for name, text, trials in (("--lr", "[0.3, 0.1, 0.03, 0.01]", 4), ("--layers", "range(1, 4)", 12)):
        field = form.get_by_role("textbox", name=name)
        field.wait_for()
        film.click(field, left=60)
        film.type(text)
        form.get_by_role("button", name=f"Launch {trials} trials").wait_for()
        film.show(700)
    film.click(form.get_by_role("button", name="Launch 12 trials"))
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Grid-rows .gj-Cell").first.wait_for()
    film.show(300)
    film.watch(view.get_by_text(re.compile("[4-9] of 12 ended")), 20)
    film.click(view.get_by_role("tab", name="Curves"))
    view.locator(".gj-Curve").first.wait_for(state="attached")
    film.watch(view.locator(".gj-Filter", has_text="12 succeeded"), 30)
    film.show(900)
    film.click(view.get_by_role("tab", name="Parallel"))
    view.locator("[data-axis=lr]").wait_for()
    film.show(1200)
    film.click(view.get_by_role("tab", name="Trials"))
    row = view.locator(".gj-Grid-rows .gj-Row").first
    row.locator(".gj-Star").first.wait_for()
    film.show(700)
    film.click(row, left=150)
    view.get_by_role("log").get_by_text("epoch=30").wait_for()
    film.show(2500)
    film.save(file)
