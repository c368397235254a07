"""What all runs share: the machine's CPUs and GPUs are never given twice, and come back whatever ends."""

from __future__ import annotations

import json
import os
from pathlib import Path

import psutil
import pytest
from parts import GATE, count, gone, parts

from grid_jupyter.clusters.local.machine import cpu_count, gpus

CPUS = cpu_count()
GPU = """\
import json, os, sys, time
folder, number = sys.argv[1:3]
seen = {name: os.environ.get(name) for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")}
with open(folder + "/draft-" + number, "w") as file:
    json.dump(seen | {"start": time.monotonic()}, file)
os.rename(folder + "/draft-" + number, folder + "/started-" + number)
while not os.path.exists(folder + "/open") and not os.path.exists(folder + "/open-" + number):
    time.sleep(0.01)
with open(folder + "/done-" + number, "w") as file:
    json.dump(seen | {"end": time.monotonic()}, file)
"""


@pytest.fixture
def gate(gate_folder, write):
    """A folder in which trials say that they started, and wait for the file ``open``."""
    write({"gate.py": GATE, "gpu.py": GPU})
    return gate_folder


def reason(grid, run):
    return grid.here("status", run, "--format", "json").json["reason"]


def waits_for(grid, run, other):
    """Whether a run says that it waits for another."""
    return (reason(grid, run) or "") == f"waits for room on this machine, which is taken by {other}"


# CPUs


def test_two_runs_share_the_cpus(grid, gate, wait_until):
    first = grid.launch("--cpus", CPUS, "gate.py", gate, "1")
    wait_until(lambda: count(gate, "started"))
    second = grid.launch("--cpus", CPUS, "gate.py", gate, "2")
    wait_until(lambda: waits_for(grid, second, first))
    assert grid.states(second) == ["queued"]
    (gate / "open").touch()
    for run in (first, second):
        assert grid("wait", run).code == 0
    assert reason(grid, second) is None


def test_a_killed_run_gives_back_what_it_held(grid, gate, home, wait_until):
    first = grid.launch("--cpus", CPUS, "gate.py", gate, "1")
    wait_until(lambda: count(gate, "started"))
    found = parts(home)
    second = grid.launch("--cpus", CPUS, "gate.py", gate, "2")
    wait_until(lambda: waits_for(grid, second, first))
    for process in (*found.watchers, *found.servers):
        process.kill()
    # A trial goes on without them, and keeps its room; without its parent it cannot.
    wait_until(lambda: all(map(gone, (*found.watchers, *found.servers))))
    assert count(gate, "started") == {"1": 1}
    for process in found.parents:
        process.kill()
    wait_until(lambda: "2" in count(gate, "started"))
    assert all(map(gone, found.trials))
    (gate / "open").touch()
    assert grid("wait", second).code == 0
    grid.here("resume", first)
    assert grid("wait", first).code == 0


DAEMON = """\
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1] + "/daemon", "w") as file:
            file.write(str(os.getpid()))
        time.sleep(600)
    os._exit(0)
os.wait()
while not os.path.exists(sys.argv[1] + "/daemon"):
    time.sleep(0.01)
"""


def test_a_daemon_that_a_script_leaves_behind_holds_nothing(grid, write, gate, wait_until):
    write({"daemon.py": DAEMON})
    assert grid.states(grid.finish("--cpus", CPUS, "daemon.py", gate)) == ["succeeded"]
    daemon = psutil.Process(int(wait_until((gate / "daemon").read_text)))
    try:
        assert not gone(daemon)
        assert grid.states(grid.finish("--cpus", CPUS, "train.py")) == ["succeeded"]
        assert not gone(daemon)
    finally:
        daemon.kill()
    wait_until(lambda: gone(daemon))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are told by Linux")
def test_a_trial_inherits_none_of_our_files(grid, gate, home, wait_until):
    run = grid.launch("gate.py", gate, "1")
    wait_until(lambda: count(gate, "started"))
    (script,) = parts(home).trials
    folder = home / "runs" / run / "trials" / "0"
    links = {int(file.name): os.readlink(file) for file in Path(f"/proc/{script.pid}/fd").iterdir()}  # noqa: PTH115
    assert links == {0: os.devnull, 1: str(folder / "stdout.1"), 2: str(folder / "stderr.1")}
    (gate / "open").touch()
    assert grid("wait", run).code == 0


def test_a_short_run_need_not_wait_for_a_long_one(grid, write, gate):
    write({"moment.py": "import sys, time\ntime.sleep(0.05)\n"})
    long = grid.launch("moment.py", "range(400)")
    assert grid("run", "--wait", "moment.py", "range(4)").code == 0
    left = grid.states(long).count("queued")
    assert left > 200
    grid.here("stop", long)
    grid.here("wait", long)


# GPUs: those of tests/stand_ins


def gpu(number):
    return {"uuid": f"GPU-{number}", "memory": 8 << 30}


def instance(number):
    return {"uuid": f"MIG-{number}", "memory": 4 << 30, "gi": number, "ci": 0}


MIG = {"uuid": "GPU-9", "memory": 8 << 30, "mig": [instance(1), instance(2)]}


@pytest.fixture
def have(monkeypatch):
    """Return a function that gives the machine GPUs, and enough CPUs not to count."""

    def have(*devices, **variables):
        monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent / "stand_ins"))
        monkeypatch.setenv("GRID_TEST_GPUS", json.dumps(devices))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"):
        monkeypatch.delenv(name, raising=False)
    return have


def told(gate, kind="started"):
    """What each trial of gpu.py said, by its number."""
    return {int(file.name.partition("-")[2]): json.loads(file.read_text()) for file in gate.glob(f"{kind}-*")}


def visible(gate):
    return {number: seen["CUDA_VISIBLE_DEVICES"] for number, seen in told(gate).items()}


needs_two_cpus = pytest.mark.skipif(CPUS < 2, reason="two trials at once need two CPUs")


@needs_two_cpus
@pytest.mark.parametrize(
    ("devices", "restriction", "expected"),
    [
        ([gpu(0), gpu(1)], None, {"0", "1"}),
        ([gpu(0), gpu(1), gpu(2)], "2,0", {"2", "0"}),
        ([gpu(0), gpu(1)], "GPU-1,GPU-0", {"GPU-0", "GPU-1"}),
        ([MIG], None, {"MIG-1", "MIG-2"}),
        ([MIG, gpu(0)], "MIG-2,1", {"MIG-2", "1"}),
    ],
    ids=["all", "by number", "by name", "instances", "an instance and a GPU"],
)
def test_two_trials_get_a_gpu_each(grid, gate, have, wait_until, devices, restriction, expected):
    have(*devices, **({"CUDA_VISIBLE_DEVICES": restriction} if restriction else {}))
    run = grid.launch("--gpus", "1", "gpu.py", gate, "range(3)")
    wait_until(lambda: len(told(gate)) == 2)
    assert set(visible(gate).values()) == expected
    (gate / "open-0").touch()
    wait_until(lambda: len(told(gate)) == 3)
    # The third has the one that was given back, and only then.
    assert visible(gate)[2] == visible(gate)[0]
    assert told(gate, "done")[0]["end"] <= told(gate)[2]["start"]
    (gate / "open").touch()
    assert grid("wait", run).code == 0


def test_two_runs_queue_for_one_gpu(grid, gate, have, wait_until):
    have(gpu(0))
    first = grid.launch("--gpus", "1", "gpu.py", gate, "1")
    wait_until(lambda: 1 in told(gate))
    # By another name it is the same one.
    second = grid.launch("--gpus", "1", "gpu.py", gate, "2", env={"CUDA_VISIBLE_DEVICES": "GPU-0"})
    wait_until(lambda: waits_for(grid, second, first))
    (gate / "open").touch()
    for run in (first, second):
        assert grid("wait", run).code == 0
    assert visible(gate) == {1: "0", 2: "GPU-0"}
    assert told(gate, "done")[1]["end"] <= told(gate)[2]["start"]


@needs_two_cpus
def test_two_trials_share_one_gpu(grid, gate, have, wait_until):
    have(gpu(0))
    first = grid.launch("--gpus", "0.5", "gpu.py", gate, "[0, 1]")
    wait_until(lambda: len(told(gate)) == 2)
    second = grid.launch("--gpus", "0.5", "gpu.py", gate, "2")
    wait_until(lambda: waits_for(grid, second, first))
    (gate / "open").touch()
    for run in (first, second):
        assert grid("wait", run).code == 0
    assert visible(gate) == {0: "0", 1: "0", 2: "0"}


def test_gpus_are_left_to_a_script_that_asks_for_none(grid, gate, have):
    have(gpu(0), CUDA_VISIBLE_DEVICES="0")
    (gate / "open").touch()
    assert grid.states(grid.finish("gpu.py", gate, "1")) == ["succeeded"]
    assert visible(gate) == {1: "0"}


@pytest.mark.parametrize(
    ("devices", "words", "sentence"),
    [
        ([gpu(0)], ["--gpus", "2"], "--gpus 2: this machine has 1 GPU"),
        ([gpu(0), gpu(1)], ["--gpus", "1.5"], "--gpus 1.5: a trial takes whole GPUs, or a part of one"),
        ([], ["--gpus", "1"], "--gpus 1: this machine has no NVIDIA GPU"),
        ([MIG], ["--gpus", "2"], "--gpus 2: a process can use only one MIG instance"),
        ([MIG, gpu(0)], ["--gpus", "2"], "--gpus 2: a process can use only one MIG instance"),
        ([], ["--cpus", "4096"], "--cpus 4096: this machine has"),
        ([], ["--memory", "9999999"], "--memory"),
    ],
    ids=["two of one", "one and a half", "none", "two instances", "an instance and a GPU", "CPUs", "memory"],
)
def test_more_than_there_is_is_refused(grid, home, have, devices, words, sentence):
    have(*devices)
    for dry in ([], ["--dry_run"]):
        answer = grid("run", *dry, *words, "train.py")
        assert (answer.code, answer.out) == (2, "")
        (said,) = answer.err.splitlines()
        assert said.startswith(f"grid: {sentence}")
    assert not (home / "runs").exists()


def test_whole_gpus_beside_instances(grid, gate, have, wait_until):
    """Two GPUs for one trial are two whole ones."""
    have(MIG, gpu(0), gpu(1))
    (gate / "open").touch()
    run = grid.finish("--gpus", "2", "gpu.py", gate, "1")
    assert grid.states(run) == ["succeeded"]
    assert visible(gate) == {1: "GPU-0,GPU-1"}


CUDA = """\
import ctypes, uuid
cuda = ctypes.CDLL("libcuda.so.1")
count, device, name = ctypes.c_int(), ctypes.c_int(), (ctypes.c_ubyte * 16)()
for code in (cuda.cuInit(0), cuda.cuDeviceGetCount(ctypes.byref(count)), cuda.cuDeviceGet(ctypes.byref(device), 0),
             cuda.cuDeviceGetUuid(ctypes.byref(name), device)):
    assert code == 0, code
print(count.value, uuid.UUID(bytes=bytes(name)))
"""


@pytest.mark.skipif(not gpus(), reason="there is no GPU here")
def test_a_real_gpu(grid, write):
    """What CUDA itself sees in a trial is the one GPU that the trial was given."""
    write({"cuda.py": CUDA})
    run = grid.finish("--gpus", "1", "cuda.py")
    assert grid.states(run) == ["succeeded"]
    number, name = grid.here("logs", f"{run}/0").out.split()
    assert number == "1"
    assert name in {gpu.id.partition("-")[2] for gpu in gpus()}
