"""What the job of a run does on the Ray cluster."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path


def main() -> None:
    """Drive the attempts of a job, or remove what is kept of a run: ``drive LABEL PREFIX JOB``, ``remove LABEL``."""
    import ray

    verb, label, *rest = sys.argv[1:]
    ray.init(log_to_driver=False, logging_level="warning")
    if verb == "remove":
        from .layout import FOLDER

        logs = ray._private.worker._global_node.get_logs_dir_path()  # noqa: SLF001  (there is no public way)
        shutil.rmtree(Path(logs, FOLDER, label), ignore_errors=True)
        return
    from .driver import Driver

    prefix, job = rest
    Driver(label, prefix, int(job)).run()


if __name__ == "__main__":
    main()
