"""A notebook, executed by papermill: what its cells print goes out as it comes, and what it is now is kept."""

from __future__ import annotations

import re
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import papermill
from nbclient.exceptions import CellExecutionError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.translators import PythonTranslator, papermill_translators

from grid_jupyter.core.typed import source_of

from .kernel import NAME, exit_code, make_manager

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_client.manager import AsyncKernelManager

_ENGINE = "grid-trial"
_ENDED = 128 + signal.SIGTERM
_START = 600
_LAG = 120
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class _Ending:
    """Whether the trial was asked to end, and whether it therefore has not done all.

    Attributes:
        notebook: What is being executed, to be saved at once: there may not be much time.
    """

    def __init__(self) -> None:
        self.asked = False
        self.short = False
        self.notebook: Any = None
        signal.signal(signal.SIGTERM, self._ask)

    def _ask(self, *_: object) -> None:
        self.asked = True
        if self.notebook:
            self.notebook.save()


class _Client(PapermillNotebookClient):  # type: ignore[misc]
    """Papermill's client with a kernel in the trial's process group, which begins no cell when it is to end."""

    def __init__(self, notebook: Any, ending: _Ending, manager: AsyncKernelManager, **more: Any) -> None:  # noqa: ANN401
        super().__init__(notebook, **more)
        self._ending = ending
        self._manager = manager

    def create_kernel_manager(self) -> AsyncKernelManager:
        """Return the manager that was made for it."""
        self.km = self._manager
        return self.km

    def papermill_execute_cells(self) -> None:
        """Execute cell by cell, and save before and after each."""
        notebook = self.nb_man
        for index, cell in enumerate(self.nb.cells):
            if self._ending.asked:
                self._ending.short = True
                return
            try:
                notebook.cell_start(cell, index)
                self.execute_cell(cell, index)
            except CellExecutionError as error:
                notebook.cell_exception(cell, cell_index=index, exception=error)
                return
            finally:
                notebook.cell_complete(cell, cell_index=index)


class _Engine(Engine):  # type: ignore[misc]
    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **kwargs: Any) -> object:  # noqa: ANN401
        ending = kwargs["ending"]
        ending.notebook = nb_man
        return _Client(
            nb_man,
            ending,
            kwargs["manager"],
            kernel_name=kernel_name,
            startup_timeout=_START,
            iopub_timeout=_LAG,
            coalesce_streams=True,
            stdout_file=sys.stdout,
            stderr_file=sys.stderr,
        ).execute()


class _Translator(PythonTranslator):  # type: ignore[misc]
    """Writes values as we do, so that a tuple stays one."""

    @classmethod
    def translate(cls, val: object) -> str:
        return source_of(val)


def execute(notebook: Path, parameters: Mapping[str, object], python: str) -> int:
    """Execute a notebook in its place, save it there, and return the exit code.

    Args:
        notebook: The notebook, which the executed one takes the place of.
        parameters: The values for its cell that is tagged ``parameters``.
        python: The Python that runs the kernel.
    """
    papermill_engines.register(_ENGINE, _Engine)
    papermill_translators.register("python", _Translator)
    papermill_translators.register(NAME, _Translator)
    ending = _Ending()
    path = str(notebook).replace("{", "{{").replace("}", "}}")  # papermill fills in what stands in braces
    with tempfile.TemporaryDirectory(prefix="grid-", dir=_short()) as folder:
        manager = make_manager(python, Path(folder))
        try:
            papermill.execute_notebook(
                path,
                path,
                parameters=dict(parameters),
                engine_name=_ENGINE,
                kernel_name=NAME,
                language="python",
                progress_bar=False,
                ending=ending,
                manager=manager,
            )
        except papermill.PapermillExecutionError as error:
            return _ENDED if ending.asked else _failed(error)
        except (DeadKernelError, RuntimeError) as error:
            return _ENDED if ending.asked else _lost(manager, error)
    return _ENDED if ending.short else 0


def _short() -> str | None:
    """Where a socket's path is short enough for the system: it may have about 100 characters."""
    return None if len(tempfile.gettempdir()) < 60 else "/tmp"  # noqa: S108  (the folder in it is the user's alone)


def _failed(error: papermill.PapermillExecutionError) -> int:
    """Say why a cell failed; a script's exit code is what it says it is."""
    brief = f"{error.ename}: {error.evalue}"
    exits = error.ename == "SystemExit"
    said = brief if exits or not error.traceback else _ESCAPE.sub("", "\n".join(error.traceback)).rstrip()
    sys.stderr.write(f"{said}\n")
    return int(error.evalue) & 0xFF if exits and error.evalue.isdigit() else 1


def _lost(manager: AsyncKernelManager, error: Exception) -> int:
    code = exit_code(manager)
    sys.stderr.write(f"error: the notebook's kernel ended: {error}\n")
    return code or 1
