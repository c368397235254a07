"""``python -m grid_jupyter.exporter FOLDER``: write the run in that folder to MLflow until it has ended."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.tracking.writing import QUIET
from grid_jupyter.core.watching import held_by_us
from grid_jupyter.errors import GridError

from .following import follow

log = logging.getLogger(__name__)

# MLflow waits for minutes by itself; we wait, too, and tell meanwhile.
_DEFAULTS = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30", QUIET: "true"}


def main() -> int:
    """Write the run, unless another process does already."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    folder = RunFolder(Path(sys.argv[1]))
    try:
        with held_by_us(folder, folder.tracking_lock) as ours:
            if ours:
                follow(folder)
    except (GridError, OSError) as error:  # the run was deleted, or its store is broken
        log.warning("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
