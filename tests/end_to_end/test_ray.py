"""A sweep on a Ray cluster, from the form in the sidebar to its files."""

import re

import pytest
from ray_cluster import VARIABLE, open_cluster, ray_python

from .lab import serving

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

SCRIPT = """
import argparse, os, pathlib, time
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--gate", default="gate")
args = parser.parse_args()
epoch = 0
while epoch < 6 or not os.path.exists(args.gate):
    print(f"step {epoch}: all is well")
    print(f"epoch={epoch} val_loss={args.lr / (epoch + 1)}", flush=True)
    epoch += 1
    time.sleep(0.2)
pathlib.Path("model.bin").write_bytes(bytes(11_000_000))
"""


@pytest.fixture(scope="module")
def cluster():
    if ray_python() is None:
        pytest.skip(f"{VARIABLE} names no Python that has Ray; make test-all does")
    with open_cluster() as opened:
        yield opened


@pytest.fixture
def lab(cluster, tmp_path, monkeypatch):
    """A server that has the cluster in its settings, under a name of the user's."""
    config = tmp_path / "config.toml"
    lines = cluster.settings(type="ray", poll=0.3).replace("[clusters.ray]", "[clusters.lab]")
    config.write_text(lines)
    monkeypatch.setenv("GRID_CONFIG", str(config))
    with serving(tmp_path) as server:
        yield server
        server.clear()


def test_a_sweep_waits_for_room_runs_and_brings_its_files(open_page, lab):
    gate = lab.root.parent / "gate"
    (lab.root / "train.py").write_text(SCRIPT)
    page = open_page(lab)
    page.open()
    page.command("grid:new-sweep", {"path": "train.py"})
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--lr").fill("linspace(0.1, 0.4, 4)")
    form.get_by_role("textbox", name="--gate").fill(str(gate))
    form.locator("summary", has_text="Runs on").click()
    form.get_by_role("textbox", name="Cluster").fill("lab")
    form.get_by_role("textbox", name="GPUs per trial").fill("2")
    form.get_by_text("The Ray cluster lab · 8 GPUs · 4 at once").wait_for()
    form.get_by_role("button", name="Launch 4 trials").click()

    # Each of the three nodes has two GPUs: one trial waits.
    view = page.locator(".gj-RunTab .gj-RunView")
    view.locator(".gj-Filter", has_text="3 running").wait_for()
    waits = view.locator(".gj-Grid-rows .gj-Row", has_text=re.compile("starting|waiting"))
    waits.first.click()
    trial = view.get_by_role("complementary")
    trial.get_by_text("The script does not run yet.").wait_for()

    # One that runs: its log comes as it is written, and it can be stopped by itself.
    view.locator(".gj-Grid-rows .gj-Row", has_text="running").first.click()
    page.get_by_role("log").get_by_text("step 4: all is well").wait_for()

    gate.touch()
    sentence = view.locator(".gj-Header-sentence")
    sentence.filter(has_text=re.compile("4 of 4 ended .* best val_loss")).wait_for()
    view.locator(".gj-Grid-rows .gj-Row", has_text="succeeded").first.click()
    trial.get_by_role("tab", name="Artifacts").click()
    with page.expect_download() as download:
        trial.get_by_role("link", name="model.bin").click()
    assert download.value.path().stat().st_size == 11_000_000
