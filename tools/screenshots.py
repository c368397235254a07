"""Picture every screen of the front end, light and dark, wide and narrow; and make the pictures of the docs anew.

    python tools/screenshots.py --out /tmp/screens          # all screens, to be looked at
    python tools/screenshots.py --out /tmp/screens --only curves --themes Dark --widths 700
    python tools/screenshots.py --docs                      # docs/images/

Runs real sweeps in a JupyterLab of its own, in a temporary folder. Needs Chromium and the environment ``full``.
"""

from __future__ import annotations

import argparse
import itertools
import re
import sys
import tempfile
import traceback
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from end_to_end.lab import Page, browsing, serving  # noqa: E402  (below tests)
from pictures import film, screens, sweeps  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from end_to_end.lab import Lab
    from playwright.sync_api import Browser

HEIGHT = 1000
IMAGES = ROOT / "docs" / "images"
DOCS = {
    "form-filled-window": "form.webp",
    "run-trials-window": "run.webp",
    "trial-log-failed": "log.webp",
    "run-curves-ticked": "curves.webp",
    "run-parallel-brushed": "parallel.webp",
}
"""The pictures of the docs, by the screens that they are of."""
DOCS_WIDTH = 1200


def main() -> int:
    """Take the pictures; return how many screens could not be reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--out", type=Path, help="a folder for pictures of all screens")
    what.add_argument("--docs", action="store_true", help="make the pictures and the film of the docs anew")
    parser.add_argument("--only", type=re.compile, default=re.compile(""), help="those whose names fit this pattern")
    parser.add_argument("--screens", type=re.compile, default=re.compile(""), help="only these groups of screens")
    parser.add_argument("--themes", nargs="+", default=["Light", "Dark"], choices=["Light", "Dark"])
    parser.add_argument("--widths", nargs="+", type=int, default=[700, 1600])
    parser.add_argument("--keep", type=Path, help="a folder that keeps the runs, so that the next time begins at once")
    args = parser.parse_args()
    with ExitStack() as stack:
        if args.docs:
            args.out = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            args.only, args.screens = re.compile(f"^({'|'.join(DOCS)})$"), re.compile("^(form|trials|trial|charts)$")
            args.themes, args.widths = ["Light"], [DOCS_WIDTH]
        args.out.mkdir(parents=True, exist_ok=True)
        base = args.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="grid-pictures-")))
        base.mkdir(parents=True, exist_ok=True)
        lab = stack.enter_context(serving(base))
        browser = stack.enter_context(browsing())
        if not args.keep:
            stack.callback(sweeps.end, lab)
        lost = picture(browser, lab, args)
        if args.docs:
            publish(args.out)
            shoot(browser)
        return lost


def publish(folder: Path) -> None:
    """Put pictures into the docs, as small as they get without a loss."""
    from PIL import Image

    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, shown in DOCS.items():
        (taken,) = folder.glob(f"{name}-{DOCS_WIDTH}-light.png")
        Image.open(taken).convert("RGB").save(IMAGES / shown, lossless=True, method=6)


def shoot(browser: Browser) -> None:
    """Play and keep the film, in a home of its own."""
    with tempfile.TemporaryDirectory(prefix="grid-film-") as base, serving(Path(base)) as lab:
        sweeps.write_scripts(lab)
        context = browser.new_context(viewport=film.SIZE)
        page = Page(context.new_page(), lab)
        page.open()
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        film.shoot(page, IMAGES / "sweep.webp")
        context.close()
        sweeps.end(lab)


def picture(browser: Browser, lab: Lab, args: argparse.Namespace) -> int:
    """Picture an empty home, then all runs, then very many; return how many screens could not be reached."""
    lost = 0
    if not (lab.home / "runs").exists():
        lost += visit(browser, lab, [screens.no_runs], args)
        sweeps.write_scripts(lab)
        sweeps.launch(lab, extremes=not args.docs)
    lost += visit(browser, lab, screens.SCREENS, args)
    if args.screens.search(screens.many_runs.__name__):
        sweeps.multiply(lab)
        lost += visit(browser, lab, [screens.many_runs], args)
    return lost


def visit(browser: Browser, lab: Lab, wanted: Sequence[screens.Screen], args: argparse.Namespace) -> int:
    """Go to screens in each theme and width; return how many could not be reached."""
    ways = itertools.product(args.themes, args.widths, (one for one in wanted if args.screens.search(one.__name__)))
    return sum(not reached(browser, lab, theme, width, screen, args) for theme, width, screen in ways)


def reached(
    browser: Browser, lab: Lab, theme: str, width: int, screen: screens.Screen, args: argparse.Namespace
) -> bool:
    """Go to a screen on a page of its own, and say whether it could be reached."""
    context = browser.new_context(viewport={"width": width, "height": 720 if args.docs else HEIGHT})
    page = Page(context.new_page(), lab)
    page.set_default_timeout(20_000)
    try:
        page.open()
        page.done("apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        page.locator(f"body[data-jp-theme-light={str(theme == 'Light').lower()}]").wait_for(state="attached")
        page.locator("#jupyterlab-splash").wait_for(state="detached")
        screen(screens.Camera(page, args.out, args.only, f"{width}-{theme.lower()}"))
    except Exception:  # noqa: BLE001  (one screen that is lost should not cost the others)
        traceback.print_exc()
        page.screenshot(path=args.out / f"lost-{screen.__name__}-{width}-{theme.lower()}.png")
        return False
    finally:
        context.close()
    return True


if __name__ == "__main__":
    sys.exit(main())
