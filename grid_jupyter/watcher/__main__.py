"""``python -m grid_jupyter.watcher FOLDER``: watch the run in that folder to its end."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from pathlib import Path

from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.watching import held_by_us, note_boot
from grid_jupyter.errors import GridError

from .watcher import Watcher

log = logging.getLogger(__name__)


def main() -> int:
    """Watch the run, unless another watcher does already."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.INFO)
    # The shell that started us ignores these for whatever it puts into the background, and trials would inherit it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    folder = RunFolder(Path(sys.argv[1]))
    with held_by_us(folder) as ours:
        if not ours:
            log.info("another watcher lives; leaving")
            return 0
        note_boot(folder)
        try:
            watcher = Watcher(folder)
            gc.freeze()  # what is there now stays; looking at it again and again would be most of the collector's work
            watcher.run()
        except GridError as error:
            log.error("%s", error)  # noqa: TRY400  (a full disk or the like; whoever waits is told this line)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
