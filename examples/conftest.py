"""Keeps runs of the tested notebooks out of the user's own list, and out of anybody's AWS account or Ray cluster."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# Where no other address stands for AWS, it would be the real one; and a Ray cluster that is known here is in use.
collect_ignore = ["ray.ipynb", *([] if "AWS_ENDPOINT_URL" in os.environ else ["aws.ipynb"])]


def pytest_configure(config: pytest.Config) -> None:
    """Give the notebooks' kernels a store of their own."""
    home = tempfile.TemporaryDirectory(prefix="grid-examples-", ignore_cleanup_errors=True)
    config.add_cleanup(home.cleanup)
    os.environ["GRID_HOME"] = home.name
