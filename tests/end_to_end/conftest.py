"""A real JupyterLab over a folder of scripts, and a real browser."""

from contextlib import ExitStack

import pytest

from .lab import NoBrowserError, Page, browsing, serving


@pytest.fixture(scope="session")
def _server(tmp_path_factory):
    """JupyterLab, once for all tests in a browser: it takes ten seconds to start."""
    with serving(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture
def lab(_server):
    """The server, with a folder and a home that are empty again."""
    yield _server
    _server.clear()


@pytest.fixture(scope="session")
def _notebook_server(tmp_path_factory):
    pytest.importorskip("notebook", reason="needs Notebook 7 (the group browser)")
    with serving(tmp_path_factory.mktemp("notebook"), "notebook") as server:
        yield server


@pytest.fixture
def notebook_7(_notebook_server):
    """Notebook 7, with a folder and a home that are empty again."""
    yield _notebook_server
    _notebook_server.clear()


@pytest.fixture(scope="session")
def _browser():
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(browsing())
        except NoBrowserError as error:
            pytest.skip(str(error))
        yield browser


@pytest.fixture
def open_page(_browser):
    """Return a function that opens a page of a server; nothing on it may have thrown."""
    contexts, pages = [], []

    def make(lab):
        contexts.append(_browser.new_context(viewport={"width": 1400, "height": 1200}))
        pages.append(Page(contexts[-1].new_page(), lab))
        return pages[-1]

    yield make
    for context in contexts:
        context.close()
    assert [error for page in pages for error in page.errors] == []


@pytest.fixture
def page(lab, open_page):
    return open_page(lab)
