"""Goes through a script's statements as Python would, with values that may be unknown; nothing is run.

Both sides of a branch are taken where its test is not known. Of the project's functions only those are entered that may
have to do with flags, which is told by the words in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .statements import Statements

if TYPE_CHECKING:
    import ast

    from grid_jupyter.core.script.libraries.surface import Surface
    from grid_jupyter.core.script.sources import ScriptSource, SourceFile

    from .values import (
        Call,
        Scope,
    )


class Interpreter(Statements):
    """Goes through a script.

    Attributes:
        surfaces: What was found to read the command line, in order.
        notes: Why there may be flags that were not found.
    """

    def __init__(self, source: ScriptSource) -> None:
        super().__init__(source)
        self.surfaces: list[Surface] = []
        self.notes: list[str] = []

    def run(self) -> Scope:
        """Go through the script's top-level statements; return its names."""
        script = self.source.files[0]
        return self.module(script, "__main__")

    def note(self, call: Call, words: str) -> None:
        """Say why flags may be missing."""
        self.notes.append(f"{self.place(call.file, call.node)}: {words}")

    def place(self, file: SourceFile, node: ast.AST) -> str:
        """Where a node stands: ``train.py:12``."""
        path = file.path
        for base in reversed(self.source.bases[:2]):
            if path.is_relative_to(base):
                path = path.relative_to(base)
                break
        return f"{path}:{getattr(node, 'lineno', 1)}"
