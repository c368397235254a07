"""What the job of a run does on the Ray cluster."""

from __future__ import annotations

import sys

import ray

from .driver import Driver


def main() -> None:
    """Drive the attempts of a job: its words are label, prefix and number."""
    label, prefix, job = sys.argv[1:]
    ray.init(log_to_driver=False, logging_level="warning")
    Driver(label, prefix, int(job)).run()


if __name__ == "__main__":
    main()
