"""The panel: a sweep set up with fields and buttons, in any notebook that shows widgets; or from Python."""

from __future__ import annotations

from .panel import Panel

__all__ = ["Panel"]
