"""A real JupyterLab over a folder of scripts, and a real browser: for tests, measurements and pictures."""

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

    @property
    def places(self):
        """The variables that keep its runs apart from all others of this machine, also where they share it out."""
        return {"GRID_HOME": str(self.home), "GRID_RUNTIME": str(self.home.with_name("runtime"))}

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
        environment = os.environ | self.places
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
def serving(base, app="lab", config="", root=None, home=None):
    """Run a Jupyter application, configured by these lines, on a folder and a home of its own or on these."""
    root, user = root or base / "root", base / "user"
    root.mkdir(parents=True, exist_ok=True)
    (user / "settings").mkdir(parents=True, exist_ok=True)
    (user / "settings" / "overrides.json").write_text(json.dumps(QUIET))
    (user / "CONFIG").mkdir(exist_ok=True)
    (user / "CONFIG" / "jupyter_server_config.py").write_text(config)
    lab = Lab(root, home or base / "grid-home", free_port())
    kind = {"lab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
    places = {f"JUPYTER_{name}_DIR": str(user / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter", app, "--no-browser", "--ip=127.0.0.1", f"--port={lab.port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"]
    command += [
        "--allow-root",
        f"--{kind}.expose_app_in_browser=True",
        f"--{kind}.app_settings_dir={user / 'settings'}",
    ]
    environment = os.environ | places | {"HOME": str(user), "IPYTHONDIR": str(user / "ipython")}
    with (base / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment | lab.places, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 180  # the first start compiles all that it imports
            while not answers(f"http://127.0.0.1:{lab.port}/api/status?token={TOKEN}"):
                assert server.poll() is None, (base / "lab.log").read_text()
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)
            yield lab
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)


class NoBrowserError(RuntimeError):
    """There is nothing to browse with."""


@contextmanager
def browsing():
    """Run the Chromium of this machine, seen by nobody."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise NoBrowserError("needs playwright (the group browser)") from error
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        raise NoBrowserError("needs Chromium on the PATH")
    with sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = driver.chromium.launch(executable_path=chromium, args=[*quiet, "--disable-sync"])
        yield browser
        browser.close()


_NOT_OURS = (
    # Notebook 7 throws one at its start, with no extension installed as well.
    {"/static/notebook/": True, "/extensions/": False},
    # The extension of ipywidgets wants a kernel of every notebook, and says so when there is none.
    {"@jupyter-widgets/jupyterlab-manager": True, "reading 'kernel'": True, "@grid-jupyter": False},
)
"""What is known to be thrown by others: what its stack names, and what it does not."""


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
        if not any(all((part in stack) == there for part, there in known.items()) for known in _NOT_OURS):
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
