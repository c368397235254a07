"""What plots look like: on paper, and in a notebook whose colours are not known here.

In a notebook each colour is a CSS variable of JupyterLab's, of our front end's or of VS Code's, so that a chart follows
the theme also when it changes. Vega takes them where it draws SVG.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif"
DASHES: tuple[tuple[int, ...], ...] = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
SERIES = ("#C2500A", "#00795A", "#A03A86", "#8A6100", "#5B5BD6", "#B3262E", "#4D4D4D", "#0072B2")
"""The colours of chosen trials; blue comes last, since the best is drawn in blue."""

SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
EMBED = {
    "renderer": "svg",
    "theme": "none",
    # Not the editor: it would hand the data to a web page.
    "actions": {"export": True, "source": False, "compiled": False, "editor": False},
}


@dataclass(frozen=True)
class Theme:
    """Colours by what they are for.

    Attributes:
        background: Behind the chart.
        paper: The colour that text stands out from.
        other: Trials that do not stand out.
        series: Trials that were chosen, in this order.
    """

    background: str
    paper: str
    text: str
    faint_text: str
    grid: str
    other: str
    brand: str
    series: tuple[str, ...]
    is_css: bool = False

    def tint(self, share: float) -> str:
        """Return a colour between that of other trials (0) and that of the best (1)."""
        if self.is_css:
            return f"color-mix(in srgb, {self.brand} {round(100 * share)}%, {self.other})"
        pairs = zip(_bytes(self.other), _bytes(self.brand), strict=True)
        return "#" + "".join(f"{round(low + (high - low) * share):02x}" for low, high in pairs)

    def stroke(self, place: int) -> str:
        """Return the colour of the n-th series."""
        return self.series[place % len(self.series)]

    def config(self) -> dict[str, Any]:
        """Return what all plots tell Vega-Lite of their looks."""
        return {
            "background": self.background,
            "font": FONT,
            "view": {"stroke": None},
            "axis": {
                "labelColor": self.faint_text,
                "titleColor": self.faint_text,
                "labelFontSize": 11,
                "titleFontSize": 11,
                "titleFontWeight": "normal",
                "gridColor": self.grid,
                "domain": False,
                "ticks": False,
                "labelPadding": 6,
            },
            "title": {
                "color": self.text,
                "subtitleColor": self.faint_text,
                "fontSize": 13,
                "fontWeight": 600,
                "subtitleFontSize": 11,
                "subtitlePadding": 4,
                "anchor": "start",
                "frame": "group",
                "offset": 12,
            },
            "text": {"color": self.text, "fontSize": 11},
        }

    def spec(self, sentence: str, title: str, notes: list[str], **content: object) -> dict[str, Any]:
        """Return a whole chart.

        Args:
            sentence: What it shows, for those who do not see it.
            title: What stands above it.
            notes: What stands below the title.
            content: The chart itself, in Vega-Lite.
        """
        more = {"usermeta": {"embedOptions": EMBED}} if self.is_css else {}
        return {
            "$schema": SCHEMA,
            "description": sentence,
            "title": {"text": title, "subtitle": notes} if notes else {"text": title},
            "padding": 8,
            **content,
            "config": self.config(),
            **more,
        }


def _bytes(colour: str) -> bytes:
    return bytes.fromhex(colour.removeprefix("#"))


PAPER = Theme(
    background="#ffffff",
    paper="#ffffff",
    text="#212121",
    faint_text="#616161",
    grid="#e0e0e0",
    other="#9e9e9e",
    brand="#1976d2",
    series=SERIES,
)


NEUTRAL = replace(PAPER, background="transparent", text="#767676", faint_text="#767676", grid="#80808055")
"""For a picture that may be shown on white and on black."""


def _variable(name: str, other: str) -> str:
    return f"var(--{name}, {other})"


def _series(place: int, colour: str) -> str:
    """The front end's colour where it is there, else ours, drawn towards the theme's text to stand out."""
    return _variable(f"gj-series-{place}", f"color-mix(in srgb, {colour} 70%, {_TEXT})")


_TEXT = _variable("jp-ui-font-color1", _variable("vscode-editor-foreground", "#212121"))
NOTEBOOK = Theme(
    background="transparent",
    paper=_variable("jp-layout-color0", _variable("vscode-editor-background", "#ffffff")),
    text=_TEXT,
    faint_text=_variable("jp-ui-font-color2", _variable("vscode-descriptionForeground", "#616161")),
    grid=_variable("jp-border-color2", _variable("vscode-panel-border", "#e0e0e0")),
    other=_variable("jp-layout-color4", _variable("vscode-disabledForeground", "#9e9e9e")),
    brand=_variable("jp-brand-color1", _variable("vscode-focusBorder", "#1976d2")),
    series=tuple(_series(place, colour) for place, colour in enumerate(SERIES, 1)),
    is_css=True,
)
