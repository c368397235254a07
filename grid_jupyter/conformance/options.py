"""The options of the suite; pytest loads this wherever the package is installed, so it imports nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say which cluster is tested, and how."""
    group = parser.getgroup("grid", "conformance of a cluster of grid-jupyter")
    group.addoption("--grid-cluster", metavar="NAME", help="the cluster to test, as grid run --cluster takes it")
    group.addoption(
        "--grid-flags",
        metavar="FLAGS",
        default="",
        help='further flags of each grid run, as one word: "--cpus 1 --image mine"',
    )
    group.addoption(
        "--grid-timeout",
        metavar="SECONDS",
        type=float,
        default=300.0,
        help="how long to wait for a run of which nothing changes (default: 300)",
    )
    group.addoption(
        "--grid-runs", metavar="N", type=int, default=6, help="runs at once, of two trials at most each (default: 6)"
    )
