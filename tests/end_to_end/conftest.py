"""A real JupyterLab over a folder of scripts, and a real browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
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
        program = [sys.executable, "-m", "grid_jupyter.cli", *map(str, words)]
        environment = os.environ | {"GRID_HOME": str(self.home)}
        done = subprocess.run(program, cwd=self.root, env=environment, capture_output=True, text=True, check=True)
        return done.stdout


@pytest.fixture(scope="session")
def _server(tmp_path_factory):
    """JupyterLab, once for all tests in a browser: it takes ten seconds to start."""
    base = tmp_path_factory.mktemp("lab")
    root, user = base / "root", base / "user"
    root.mkdir()
    (user / "settings").mkdir(parents=True)
    (user / "settings" / "overrides.json").write_text(json.dumps(QUIET))
    lab = Lab(root, base / "grid-home", free_port())
    places = {f"JUPYTER_{name}_DIR": str(user / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", f"--port={lab.port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"]
    command += ["--allow-root", "--LabApp.expose_app_in_browser=True", f"--LabApp.app_settings_dir={user / 'settings'}"]
    environment = os.environ | places | {"HOME": str(user), "IPYTHONDIR": str(user / "ipython")}
    with (base / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment | {"GRID_HOME": str(lab.home)}, stdout=log, stderr=log)
        try:
            yield lab
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


@pytest.fixture
def lab(_server, wait_until):
    """The server, with a folder and a home that are empty again."""
    wait_until(lambda: answers(f"http://127.0.0.1:{_server.port}/api/status?token={TOKEN}"), 60)
    yield _server
    for path in _server.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for run in json.loads(_server.grid("history", "--format", "json")):
        subprocess.run(
            [sys.executable, "-m", "grid_jupyter.cli", "stop", "--yes", run["run"]],
            env=os.environ | {"GRID_HOME": str(_server.home)},
            capture_output=True,
            check=False,
        )
        subprocess.run(
            [sys.executable, "-m", "grid_jupyter.cli", "wait", run["run"]],
            env=os.environ | {"GRID_HOME": str(_server.home)},
            capture_output=True,
            check=False,
        )
        _server.grid("delete", "--yes", run["run"])


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
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(60_000)

    def __getattr__(self, name):
        return getattr(self.page, name)

    def open(self, path="lab"):
        self.page.goto(self.lab.url(path))
        self.page.wait_for_selector("#jp-main-dock-panel, #main")

    def open_notebook(self, name):
        self.open(f"lab/tree/{name}")
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
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, args or {}])

    def sidebar(self):
        self.page.evaluate("() => window.jupyterapp.shell.activateById('grid-sweeps')")
        return self.page.locator("#grid-sweeps")


@pytest.fixture
def page(lab, _browser):
    context = _browser.new_context(viewport={"width": 1400, "height": 1200})
    page = Page(context.new_page(), lab)
    yield page
    context.close()
    assert page.errors == []
