"""A sweep in a real JupyterLab, in a real browser."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import nbformat
import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float)
parser.add_argument("--note")
args = parser.parse_args()
for epoch in range(3):
    print(f"epoch={epoch} val_loss={args.lr / (epoch + 1)}", flush=True)
    time.sleep(0.5)
print("<img src=x onerror=document.title='broken'>")
"""
CELLS = [
    "%load_ext grid_jupyter",
    "run = %grid run train.py --lr [0.2, 0.1] --note \"['<b>bold</b>']\"",
    "1 + 1",
]
TOKEN = "a-token"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def lab(tmp_path, wait_until):
    """Start JupyterLab over a folder with a notebook; yield its address."""
    root, home = tmp_path / "root", tmp_path / "home"
    root.mkdir()
    (root / "train.py").write_text(SCRIPT)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, root / "sweep.ipynb")
    settings = home / "settings"
    settings.mkdir(parents=True)
    overrides = {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    }
    (settings / "overrides.json").write_text(json.dumps(overrides))
    port = free_port()
    places = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={root}"]
    command += ["--allow-root", "--LabApp.expose_app_in_browser=True", f"--LabApp.app_settings_dir={settings}"]
    environment = os.environ | places | {"HOME": str(home), "IPYTHONDIR": str(home / "ipython")}
    environment |= {"GRID_HOME": str(tmp_path / "grid-home")}
    with (tmp_path / "lab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/api/status?token={TOKEN}"), 60)
            yield f"http://127.0.0.1:{port}/lab/tree/sweep.ipynb?token={TOKEN}&reset"
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(20)


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


@pytest.fixture
def page():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (the group browser)")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        pytest.skip("needs Chromium on the PATH")
    with playwright.sync_playwright() as driver:
        quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = driver.chromium.launch(executable_path=chromium, args=[*quiet, "--disable-sync"])
        yield browser.new_page(viewport={"width": 1200, "height": 1200})
        browser.close()


def test_a_cell_shows_its_run_live_and_after_a_reload(lab, page):
    page.goto(lab)
    page.wait_for_selector(".jp-Notebook")
    page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.revealed; await panel.sessionContext.ready; await panel.sessionContext.session.kernel.info;
        }"""
    )
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
    outputs = page.locator(".jp-OutputArea-output")

    # While the trials run, the picture is there and the kernel has gone on to the next cell.
    running = outputs.filter(has_text="running")
    running.first.wait_for(timeout=60_000)
    outputs.filter(has_text="2").last.wait_for()

    # The same picture tells the end, best trial first.
    ended = outputs.filter(has_text="2 of 2 ended")
    ended.first.wait_for(timeout=60_000)
    assert running.count() == 0
    assert "best val_loss 0.03333, trial 1" in ended.inner_text()
    first, second = ended.locator("tbody tr").all()
    assert "★" in first.inner_text()
    assert "0.1" in first.inner_text()
    assert "0.2" in second.inner_text()

    # What a script or a user wrote is text.
    assert "<b>bold</b>" in ended.inner_text()
    assert page.title() != "broken"
    assert ended.locator("img, script").count() == 0

    # It is saved with the notebook.
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.reload()
    page.wait_for_selector(".jp-Notebook")
    saved = page.locator(".jp-OutputArea-output").filter(has_text="2 of 2 ended")
    saved.first.wait_for(timeout=60_000)
    assert "best val_loss 0.03333, trial 1" in saved.inner_text()
