"""Which tests run in one process when tests run side by side: those that share something large."""

from __future__ import annotations

import re

from xdist.scheduler import LoadScopeScheduling

SHARED = {
    r"tests/test_mlflow\.py": "the server of MLflow",
    r"tests/test_packaging\.py": "what is built",
}
"""What tests share, by how their ids begin."""


class BySharing(LoadScopeScheduling):
    """Keeps tests together that share something, the most first; any other goes wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        return next((shared for begin, shared in SHARED.items() if re.match(begin, nodeid)), nodeid)
