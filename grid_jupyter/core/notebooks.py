"""Notebooks as scripts: their code, their language, and the cell tagged ``parameters``. They are read, never run."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from grid_jupyter.errors import ArgumentError, CommandError, ProjectError

from .cell import IPYTHON, CellScript, read_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

SUFFIX = ".ipynb"
TAG = "parameters"
HOW = f'tag one with "{TAG}": in JupyterLab, Property Inspector, Cell tags'


@dataclass(frozen=True)
class Notebook:
    """A notebook as a script.

    Attributes:
        name: The file's name.
        language: The language of its code, in lower case.
        cells: The sources of its code cells.
        tagged: The place among them of the cell that is tagged ``parameters``; None without one.
    """

    name: str
    language: str
    cells: tuple[str, ...]
    tagged: int | None

    @property
    def code(self) -> str:
        """Its code as one script, as far as that goes: what only IPython understands is left out."""
        return "\n".join(_python(cell) for cell in self.cells)

    def parameters(self) -> CellScript | None:
        """Read the cell that is tagged ``parameters``.

        Raises:
            CommandError: It is no plain Python.
        """
        if self.tagged is None:
            return None
        return read_cell(self.cells[self.tagged], f"the cell of {self.name} that is tagged {TAG}")

    def check(self, label: str, values: Iterable[str]) -> None:
        """Check that an argument names a parameter and that each value has its type.

        Raises:
            ArgumentError: The name is unknown or set twice, or a value has another type.
            CommandError: The cell is no plain Python.
        """
        self._cell(label).check(label, values)

    def values(self, texts: Mapping[str, str]) -> dict[str, object]:
        """The values that texts stand for, by parameter.

        Raises:
            ArgumentError: As ``check``.
            CommandError: As ``check``.
        """
        return self._cell(next(iter(texts))).values(texts) if texts else {}

    def _cell(self, label: str) -> CellScript:
        cell = self.parameters()
        if cell is None:
            raise ArgumentError(f"{self.name} has no cell for parameters; {HOW}", label)
        return cell


def read_notebook(path: Path) -> Notebook:
    """Read a notebook.

    Raises:
        ProjectError: It is no notebook of Jupyter's, or of a format older than 4.
    """
    try:
        return notebook_of(path.name, path.read_bytes())
    except OSError as error:
        raise ProjectError(f"{path.name} cannot be read: {error.strerror}") from error


def notebook_of(name: str, content: bytes) -> Notebook:
    """Read a notebook's content.

    Raises:
        ProjectError: As ``read_notebook``.
    """
    try:
        data = json.loads(content)
        cells = [cell for cell in data["cells"] if cell["cell_type"] == "code"]
        sources = tuple(_text(cell["source"]) for cell in cells)
        tags = [(cell.get("metadata") or {}).get("tags") or () for cell in cells]
        language = _language(data.get("metadata") or {})
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ProjectError(f"{name} is no notebook that can be read; open it in Jupyter and save it again") from None
    return Notebook(name, language, sources, next((at for at, each in enumerate(tags) if TAG in each), None))


def require_python(notebook: Notebook) -> None:
    """Refuse a notebook of another language.

    Raises:
        CommandError: It is one.
    """
    if notebook.language not in {"python", "ipython"}:
        raise CommandError(f"{notebook.name} is written in {notebook.language}; only notebooks in Python can be run")


def require_executor(name: str, python: Path) -> str:
    """Return the Python that executes a notebook with a kernel of another.

    Args:
        name: The notebook.
        python: The Python that is to run its kernel.

    Raises:
        CommandError: papermill is not here, or ipykernel is not there.
    """
    from .interpreter import has_module

    if importlib.util.find_spec("papermill") is None:
        raise CommandError(f'{name}: notebooks need papermill: pip install "grid-jupyter[notebooks]"')
    if not has_module(python, "ipykernel"):
        raise CommandError(
            f"{name}: {python} has no ipykernel, which runs a notebook's kernel: "
            f"{python} -m pip install ipykernel, or name another with --python"
        )
    return sys.executable


def _text(source: str | list[str]) -> str:
    return source if isinstance(source, str) else "".join(source)


def _language(metadata: Mapping[str, Any]) -> str:
    """What its last kernel told of itself, else what its kernel was chosen for."""
    told = (metadata.get("language_info") or {}).get("name") or (metadata.get("kernelspec") or {}).get("language")
    return re.sub(r"\d+$", "", str(told or "python").lower())


def _python(cell: str) -> str:
    """A cell without magics and shell commands, with as many lines."""
    if cell.lstrip().startswith("%%"):
        return "\n" * cell.count("\n")
    return "\n".join(_statements(cell.split("\n")))


def _statements(lines: Iterable[str]) -> Iterator[str]:
    goes_on = False
    for line in lines:
        if goes_on:
            yield ""
        elif IPYTHON.match(line):
            yield line[: len(line) - len(line.lstrip())] + "pass"
        else:
            yield line
            continue
        goes_on = line.endswith("\\")
