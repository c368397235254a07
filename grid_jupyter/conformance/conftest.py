"""What the suite does with pytest: it begins the stories, and says in the end what was proved."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .scene import Suite
from .stage import Stage, names_of_stories
from .witnesses import witness  # noqa: F401  (a story that tests of several modules ask for)

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE = Path(__file__).parent
_PROVES = "proves"
_WORDS = {"passed": "holds", "failed": "FAILS", "error": "FAILS", "skipped": "not tested"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to test no cluster; settings of the project that pytest happens to run in do not count for these tests."""
    mine = [item for item in items if item.path.parent == _HERE]
    if mine and not config.getoption("--grid-cluster"):
        raise pytest.UsageError("which cluster is to be tested? Say --grid-cluster NAME, as in grid run --cluster NAME")
    for item in mine:
        item.user_properties.append((_PROVES, _sentence(item)))
        item.add_marker(pytest.mark.filterwarnings("default"))
        if config.pluginmanager.hasplugin("timeout"):
            item.add_marker(pytest.mark.timeout(0))  # a cluster may take its time


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The stories that tests of this session ask for, begun all at once; their runs are deleted in the end."""
    option = request.config.getoption
    folder = tmp_path_factory.mktemp("conformance")
    flags = tuple(shlex.split(option("--grid-flags")))
    suite = Suite(option("--grid-cluster"), flags, option("--grid-timeout"), folder / "home")
    made = Stage(suite, folder, option("--grid-runs"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GRID_HOME", str(suite.home))
        # One of several processes of pytest-xdist does not know which tests will be its own.
        for name in () if hasattr(request.config, "workerinput") else names_of_stories(request.session.items):
            made.begin(name)
        yield made
        left = made.close()
    if left:
        pytest.fail("; ".join(left), pytrace=False)


def _sentence(item: pytest.Item) -> str:
    """What a test proves: the first line of its docstring."""
    said: str = getattr(item, "function", item).__doc__ or item.name
    return said.partition("\n")[0]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say in sentences what the cluster holds."""
    said = [
        f"{word:>10}  {proved}"
        for outcome, word in _WORDS.items()
        for report in terminalreporter.stats.get(outcome, ())
        if (proved := dict(report.user_properties).get(_PROVES))
    ]
    if said:
        terminalreporter.section(f"What {config.getoption('--grid-cluster')} holds")
        terminalreporter.write_line("\n".join(said))
