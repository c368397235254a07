"""A plot, as users hold it: a chart in Vega-Lite that a notebook shows and a file keeps."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.saving import write_file
from grid_jupyter.errors import CommandError

from .rendering import MISSING, can_render, render, render_apart, small_png
from .theme import NEUTRAL, NOTEBOOK, PAPER

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from .rendering import Format
    from .theme import Theme

VEGA_LITE = "application/vnd.vegalite.v5+json"
"""The newest version that JupyterLab draws by itself."""

_FORMATS: dict[str, Format | None] = {".png": "png", ".svg": "svg", ".html": "html", ".json": None}


class Plot:
    """A chart of a run's results as they were when it was made.

    Attributes:
        told: What it shows, in a line that reads the same for each run of the same sweep.
        sentence: The same with the figures that matter.
    """

    def __init__(self, told: str, sentence: str, draw: Callable[[Theme], dict[str, Any]]) -> None:
        self.told = told
        self.sentence = sentence
        self._draw = draw

    def __repr__(self) -> str:
        return self.told

    @property
    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite 5, on white."""
        return self._draw(PAPER)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file, over one that is there.

        Args:
            path: Its name; ``.png``, ``.svg``, ``.html`` or ``.json`` (Vega-Lite) tells the form.

        Raises:
            CommandError: It ends otherwise, or what draws pictures is not installed.
            StoreError: The file cannot be written.
        """
        file = Path(path)
        kind = file.suffix.lower()
        if kind not in _FORMATS:
            raise CommandError(f"{path}: a plot is saved as {', '.join(_FORMATS)}; name a file that ends so")
        form = _FORMATS[kind]
        content = render(self.spec, form) if form else json.dumps(self.spec, indent=1).encode()
        write_file(file, content, asking="save")

    def bundle(self, *, live: bool = True) -> dict[str, Any]:
        """Return what a notebook shows: the chart itself where it is ``live``, and a picture for all other viewers."""
        shown: dict[str, Any] = {VEGA_LITE: self._draw(NOTEBOOK)} if live else {}
        if can_render():
            shown["image/png"] = base64.b64encode(small_png(self.spec)).decode()
            return shown | {"text/plain": self.told}
        return shown | {"text/plain": f"{self.told}\n{MISSING[:1].upper()}{MISSING[1:]}"}

    def picture(self, most: int) -> bytes | None:
        """Return a PNG for light and dark grounds that costs this process nothing.

        ``None`` where it cannot be drawn, or has more than so many bytes.
        """
        return render_apart(self._draw(NEUTRAL), most)

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return self.bundle()
