"""What a run's cell shows in a notebook that was saved: elsewhere, and without scripts or styles."""

from __future__ import annotations

import base64
import re

import nh3
import pytest

import grid_jupyter
from grid_jupyter.core.plots import rendering
from grid_jupyter.core.view import RunView
from grid_jupyter.notebook import picture
from grid_jupyter.notebook.html import run_html

SCRIPT = """
import sys
for step in range(20):
    print(f"step={step} loss={float(sys.argv[2]) / (step + 1)}")
"""
IMAGE = re.compile(r'<img[^>]*src="data:image/png;base64,([^"]+)"')
# What the viewers of forges let through, as far as they tell: no style, no SVG, no script.
TAGS = {
    "a", "b", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4", "h5",
    "hr", "i", "img", "ins", "li", "ol", "p", "pre", "q", "s", "samp", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"img": {"src", "alt", "width"}, "th": {"scope"}, "td": {"align"}}


def on_a_forge(html, *, data):
    schemes = {"http", "https", "mailto"} | ({"data"} if data else set())
    return nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=schemes)


def last_html(messages):
    """The HTML that stands in the notebook after these messages."""
    return messages[-1]["content"]["data"]["text/html"]


@pytest.fixture
def shown(kernel, write):
    """The HTML of a run's cell when all is drawn."""
    write({"s.py": SCRIPT})
    kernel.run("run = %grid run --name ended s.py --lr [0.5, 0.25]", allow_stdin=True)
    return last_html(kernel.late(lambda messages: messages and IMAGE.search(last_html(messages)), timeout=60))


def test_the_curves_are_kept_with_the_table(shown, tmp_path):
    content = base64.b64decode(IMAGE.search(shown)[1])
    assert content.startswith(b"\x89PNG")
    assert len(shown) < 100_000
    assert "2 of 2 ended" in shown
    assert 'alt="Curves of loss: 2 trials along the step. The best is trial 1, 0.01250."' in shown
    assert re.search(r"As of \d{4}-\d\d-\d\d \d\d:\d\d UTC\.", shown)

    # nbconvert.
    import nbformat
    from nbconvert import HTMLExporter

    output = nbformat.v4.new_output("display_data", {"text/html": shown, "text/plain": "ended: 2 of 2 ended"})
    cell = nbformat.v4.new_code_cell("run = %grid run s.py", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert IMAGE.search(page)
    assert "<caption" in page

    # A forge that lets images through whose data is in the page, and one that does not.
    clean = on_a_forge(shown, data=True)
    assert IMAGE.search(clean)
    for page in (clean, on_a_forge(shown, data=False)):
        assert "<style" not in page
        assert "style=" not in page
        assert re.search(r'<th scope="col">loss</th>', page)
        assert "★" in page
        assert "0.01250" in page
        assert "The best is trial 1" in page  # where there is no image, its words are there


@pytest.mark.full
def test_without_what_draws_pictures_there_are_lines(grid, write, monkeypatch):
    monkeypatch.setattr(rendering, "find_spec", lambda _: None)
    write({"s.py": SCRIPT, "far.py": "print('loss=1e9 <')\nprint('loss=nan')"})
    run = grid_jupyter.Run(grid.finish("s.py", "--lr", "[0.5, 0.25]"))
    drawn = picture.run_picture(run)
    assert drawn.count("<polyline") == 2
    assert "The best is trial 1" in drawn
    # A chart that cannot be drawn costs the table nothing.
    assert picture.run_picture(grid_jupyter.Run(grid.finish("far.py"))) == ""


def test_a_notebook_that_is_saved_while_a_run_goes_on_tells_when(kernel, write, tmp_path, wait_until):
    gate = tmp_path / "gate"
    write({"gate.py": "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"})
    reply = kernel.run(f"run = %grid run --name goes gate.py {gate}", allow_stdin=True)
    assert "As of " in reply.of("display_data")[0]["data"]["text/html"]
    gate.touch()
    wait_until(lambda: grid_jupyter.Run("goes").state.ended)
    assert "<img" not in run_html(RunView(grid_jupyter.Run("goes")))
