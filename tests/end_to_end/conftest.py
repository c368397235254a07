"""A real JupyterLab over a folder of scripts, and a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import nbformat
import pytest

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "a-token"
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@dataclass
class Lab:
    """A running server: its folder of scripts, its home of runs, and its address."""

    root: Path
    home: Path
    port: int

    def url(self, path="lab"):
        return f"http://127.0.0.1:{self.port}/{path}?token={TOKEN}&reset"

    def notebook(self, name, *cells):
        """Write a notebook into the folder."""
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(made, self.root / name)

    def grid(self, *words):
        """Run the command in the folder; return what it said."""
        return self._grid(*words, check=True).stdout

    def _grid(self, *words, check=False):
        program = [sys.executable, "-m", "grid_jupyter.cli", *map(str, words)]
        environment = os.environ | {"GRID_HOME": str(self.home), "GRID_RUNTIME": str(self.home.parent / "runtime")}
        return subprocess.run(program, cwd=self.root, env=environment, capture_output=True, text=True, check=check)

    def clear(self):
        """Empty the folder and the home."""
        for path in self.root.iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        for run in json.loads(self.grid("history", "--format", "json")):
            self._grid("stop", "--yes", run["run"])
            self._grid("wait", run["run"])
            self.grid("delete", "--yes", run["run"])


@contextmanager
def serving(base, app="lab", config=""):
    """Run a Jupyter application on a folder and a home of its own, with a configuration file of these lines."""
    root, user = base / "root", base / "user"
    root.mkdir()
    (user / "settings").mkdir(parents=True)
    (user / "settings" / "overrides.json").write_text(json.dumps(QUIET))
    (user / "CONFIG").mkdir()
    (user / "CONFIG" / "jupyter_server_config.py").write_text(config)
    lab = Lab(root, base / "grid-home", free_port())
    kind = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
    places = {f"JUPYTER_{name}_DIR": str(user / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter", app, "--no-browser", "--ip=127.0.0.1", f"--port={lab.port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"]
    command += [
        "--allow-root",
        f"--{kind}.expose_app_in_browser=True",
        f"--{kind}.app_settings_dir={user / 'settings'}",
    ]
    # Slots of its own: runs of others must not take its room.
    own = {"HOME": str(user), "IPYTHONDIR": str(user / "ipython"), "GRID_RUNTIME": str(base / "runtime")}
    environment = os.environ | places | own
    with (base / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment | {"GRID_HOME": str(lab.home)}, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while not answers(f"http://127.0.0.1:{lab.port}/api/status?token={TOKEN}"):
                assert server.poll() is None, (base / "lab.log").read_text()
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
            yield lab
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


@pytest.fixture(scope="session")
def _server(tmp_path_factory):
    """JupyterLab, once for all tests in a browser: it takes ten seconds to start."""
    with serving(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


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


@pytest.fixture
def lab(_server):
    """The server, with a folder and a home that are empty again."""
    yield _server
    _server.clear()


@pytest.fixture(scope="session")
def _browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (the group browser)")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs Chromium on the PATH")
    with playwright.sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = driver.chromium.launch(executable_path=chromium, args=[*quiet, "--disable-sync"])
        yield browser
        browser.close()


class Page:
    """A page of Lab, and what tests do in it."""

    def __init__(self, page, lab):
        self.page = page
        self.lab = lab
        self.errors = []
        page.on("pageerror", self._note)
        page.set_default_timeout(60_000)

    def __getattr__(self, name):
        return getattr(self.page, name)

    def _note(self, error):
        stack = error.stack or str(error)
        # Notebook 7 throws one at its start, with no extension installed as well.
        if "/static/notebook/" not in stack or "/extensions/" in stack:
            self.errors.append(stack)

    def open(self, path="lab"):
        self.page.goto(self.lab.url(path))
        self.page.wait_for_selector("#jp-main-dock-panel, #main")

    def open_notebook(self, name, path=None):
        self.open(path or f"lab/tree/{name}")
        self.page.wait_for_selector(".jp-Notebook")
        self.page.evaluate(
            """async () => {
                const panel = window.jupyterapp.shell.currentWidget;
                await panel.revealed; await panel.sessionContext.ready;
                await panel.sessionContext.session.kernel.info;
            }"""
        )

    def command(self, name, args=None):
        """Ask Lab to do something, and do not wait for it."""
        self.page.evaluate("([name, args]) => { window.jupyterapp.commands.execute(name, args); }", [name, args or {}])

    def done(self, name, args=None):
        """Ask Lab to do something, and wait for it."""
        self.page.evaluate(
            "async ([name, args]) => { await window.jupyterapp.commands.execute(name, args); }", [name, args or {}]
        )

    def sidebar(self):
        self.page.evaluate("() => window.jupyterapp.shell.activateById('grid-sweeps')")
        return self.page.locator("#grid-sweeps")


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
