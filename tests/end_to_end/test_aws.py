"""A sweep in an AWS account, from the form in the sidebar to what it has cost."""

import re
from pathlib import Path

import pytest
from stand_ins.cloud import open_account

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


@pytest.fixture
def account():
    if not Path("/proc/self/environ").exists():
        pytest.skip("the stand-in for AWS Batch ends jobs by what Linux tells of processes")
    with open_account() as opened:
        yield opened


@pytest.fixture
def lab(account, tmp_path, monkeypatch):
    """A server that comes to the account, which is set up."""
    config = tmp_path / "config.toml"
    config.write_text("[clusters.aws]\npoll = 0.3\n")
    for name, value in {**account.environment, "GRID_CONFIG": str(config)}.items():
        monkeypatch.setenv(name, value)
    with serving(tmp_path) as server:
        server.grid("aws", "setup", "--yes")
        yield server
        server.clear()


def test_a_sweep_waits_for_machines_runs_and_tells_what_it_cost(open_page, lab, account):
    gate = lab.root.parent / "gate"
    (lab.root / "train.py").write_text(SCRIPT)
    account.sim.set(no_capacity=["g4dn.xlarge"])
    page = open_page(lab)
    page.open()
    page.command("grid:new-sweep", {"path": "train.py"})
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--lr").fill("[0.1, 0.2]")
    form.get_by_role("textbox", name="--gate").fill(str(gate))
    form.locator("summary", has_text="Runs on").click()
    form.get_by_role("textbox", name="Machine").fill("1_t4_16gb")
    form.get_by_role("checkbox", name="Spot").check()
    form.get_by_text(re.compile(r"2 × g4dn\.xlarge .* an hour \(on demand, spot costs less; shipped")).wait_for()
    form.get_by_role("button", name="Launch 2 trials").click()

    # It waits, and everything that shows it tells what for.
    view = page.locator(".gj-RunTab .gj-RunView")
    banner = view.locator(".gj-Banner", has_text="Waits for a g4dn.xlarge spot machine: AWS has none free now")
    banner.wait_for()
    assert banner.get_by_role("button").count() == 0
    page.sidebar().locator(".gj-RunItem", has_text="AWS has none free now").wait_for()
    view.locator(".gj-Grid-rows .gj-Row", has_text="starting").first.click()
    trial = view.get_by_role("complementary")
    trial.get_by_text("AWS has none free now").wait_for()
    trial.get_by_text("The script does not run yet.").wait_for()

    # It runs: its log comes as it is written.
    account.sim.set(no_capacity=[])
    view.locator(".gj-Filter", has_text="2 running").wait_for()
    log = page.get_by_role("log")
    log.get_by_text("step 4: all is well").wait_for()

    # A machine is taken away: the trial goes on, and what came of its first attempt stands there.
    (job,) = [job for job, state in account.sim.jobs().items() if state == "RUNNING" and job.endswith(":0")]
    account.sim.lose(account.sim.machine_of(job))
    trial.get_by_text(re.compile("Attempt 1: .* its machine was taken away")).wait_for()
    view.locator(".gj-Filter", has_text="2 running").wait_for()

    # It ends: what it has cost stands there, and a large file comes when it is asked for.
    gate.touch()
    spent = r"\$0\.\d\d spent"
    sentence = view.locator(".gj-Header-sentence")
    sentence.filter(has_text=re.compile(f"2 of 2 ended · .*{spent} · best val_loss")).wait_for()
    page.sidebar().locator(".gj-RunItem").filter(has_text=re.compile(f"2 trials · .*{spent}")).wait_for()
    trial.get_by_role("tab", name="Artifacts").click()
    with page.expect_download() as download:
        trial.get_by_role("link", name="model.bin").click()
    assert download.value.path().stat().st_size == 11_000_000
