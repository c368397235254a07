"""Tells when AWS takes the machine back."""
# ruff: noqa: S310  (the machine's own metadata)

from __future__ import annotations

import json
import threading
import time
from contextlib import suppress
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from grid_jupyter.remote.agent.end import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILE = "spot-notice"
"""What a program of the machine writes into the cache's folder, as the machine's metadata have it."""

TAKEN_BACK = "AWS took the spot machine back"

_EVERY = 1.0
_EVERY_BY_NETWORK = 5.0
_STALE = 600.0
_METADATA = "http://169.254.169.254"


def watch(environment: Mapping[str, str], then: Callable[[Notice], None]) -> None:
    """Call back once, from another thread, when AWS has given notice."""
    cache = environment.get("GRID_CACHE", "")
    if cache and Path(cache).is_dir():
        look, every = partial(_read, Path(cache, FILE)), _EVERY
    else:
        metadata = environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or _METADATA
        look, every = partial(_ask, metadata.rstrip("/")), _EVERY_BY_NETWORK

    def run() -> None:
        while True:
            notice = look()
            if notice:
                then(notice)
                return
            time.sleep(every)

    threading.Thread(target=run, daemon=True).start()


def _read(file: Path) -> Notice | None:
    with suppress(OSError):
        return _parse(file.read_bytes())
    return None


def _ask(metadata: str) -> Notice | None:
    with suppress(OSError):  # a refusal too: 404 is the usual answer
        lifetime = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
        token = _fetch(Request(f"{metadata}/latest/api/token", method="PUT", headers=lifetime)).decode("ascii")
        headers = {"X-aws-ec2-metadata-token": token}
        return _parse(_fetch(Request(f"{metadata}/latest/meta-data/spot/instance-action", headers=headers)))
    return None


def _fetch(request: Request) -> bytes:
    with urlopen(request, timeout=2) as answer:
        return bytes(answer.read())


def _parse(content: bytes) -> Notice | None:
    """``None`` for one that is half written, and for one that a machine has survived."""
    with suppress(ValueError, KeyError, TypeError):
        at = datetime.strptime(json.loads(content)["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        seconds = at.timestamp() - time.time()
        return Notice(seconds, TAKEN_BACK) if seconds > -_STALE else None
    return None
