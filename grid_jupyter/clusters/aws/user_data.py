"""What a machine does when it starts, as EC2 takes it."""

from __future__ import annotations

from importlib.resources import files

_WATCH = "/usr/local/bin/grid-spot-watch"
_EDGE = "==GRID=="


def user_data() -> str:
    """Return what is run when a machine starts, in parts, to which AWS Batch adds its own."""
    package = files(__package__)
    watch = package.joinpath("spot_watch.sh").read_text("utf-8")
    scripts = (
        f"#!/bin/bash\ncat > {_WATCH} <<'WATCH'\n{watch}WATCH\n",
        package.joinpath("host.sh").read_text("utf-8"),
    )
    head = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{_EDGE}"\n\n'
    parts = (f'--{_EDGE}\nContent-Type: text/x-shellscript; charset="us-ascii"\n\n{script}\n' for script in scripts)
    return head + "".join(parts) + f"--{_EDGE}--\n"
