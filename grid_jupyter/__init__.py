"""Run a hyperparameter sweep from a notebook with one line.

In a notebook::

    %load_ext grid_jupyter
    %grid run train.py --lr "[0.1, 0.01]" --layers "range(1, 4)"

From Python::

    import grid_jupyter
    run = grid_jupyter.run("train.py", {"lr": [0.1, 0.01], "layers": range(1, 4)})
    run.wait().results()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from .core.run import Run
    from .core.trial import Trial
    from .python import panel, plan, run, runs

__version__ = "0.1.0"
__all__ = ["Run", "Trial", "panel", "plan", "run", "runs"]

_HOMES = {
    "Run": "grid_jupyter.core.run",
    "Trial": "grid_jupyter.core.trial",
    "panel": "grid_jupyter.python",
    "plan": "grid_jupyter.python",
    "run": "grid_jupyter.python",
    "runs": "grid_jupyter.python",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (the public names have many types)
    """Import a public name when it is used, so that loading the extension stays fast."""
    if name not in _HOMES:
        raise AttributeError(f"module 'grid_jupyter' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """Name the server extension; called by Jupyter Server, and by nobody else."""
    from .server.app import GridExtension

    return [{"module": "grid_jupyter.server.app", "app": GridExtension}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Register ``%grid`` and ``%%grid``; called by ``%load_ext grid_jupyter``."""
    from .notebook import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    """Take back what ``load_ipython_extension`` did; called by ``%unload_ext grid_jupyter``."""
    from .notebook import unload

    unload(shell)
