"""A Ray cluster that all tests share, which is started when the first one needs it."""

from contextlib import suppress

import psutil
import pytest
import requests
from ray_cluster import TOKEN, VARIABLE, open_cluster, ray_python

from grid_jupyter import Run

_CLUSTERS = {"ray_cluster", "open_ray_cluster", "open_any_ray_cluster"}

# Goes on until the file is there whose name it is given, saves each step, and tells where it runs and from where on.
LONG = """\
import os, pathlib, sys, time
saved = pathlib.Path(os.environ["GRID_CHECKPOINT_DIR"], "step")
step = int(saved.read_text()) + 1 if saved.exists() else 0
print("from", step, "below", os.environ["RAY_RAYLET_PID"], "as", os.getpid(), flush=True)
go_on = pathlib.Path(sys.argv[1])
while not go_on.exists():
    print(f"step={step} loss={1 / (step + 1)}", flush=True)
    draft = saved.with_suffix(".part")
    draft.write_text(str(step))
    draft.rename(saved)
    step += 1
    time.sleep(0.2)
pathlib.Path("done.txt").write_text(str(step))
"""


def pytest_collection_modifyitems(items):
    """What has a cluster takes seconds."""
    for item in items:
        if _CLUSTERS & set(getattr(item, "fixturenames", ())) and item.get_closest_marker("soak") is None:
            item.add_marker(pytest.mark.full)


def _open(**how):
    if ray_python() is None:
        pytest.skip(f"{VARIABLE} names no Python that has Ray; make test-all does")
    return open_cluster(**how)


@pytest.fixture(scope="session")
def ray_wheels(tmp_path_factory):
    """Where pip on the nodes of the shared cluster finds packages, and nowhere else."""
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture(scope="session")
def shared_ray_cluster(ray_wheels):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PIP_NO_INDEX", "1")
        patched.setenv("PIP_FIND_LINKS", str(ray_wheels))
        with _open() as cluster:
            yield cluster


@pytest.fixture
def ray_cluster(shared_ray_cluster):
    """The cluster, with all of its nodes there, before and after."""
    yield shared_ray_cluster
    for index, raylet in enumerate(shared_ray_cluster.raylets()):
        if raylet is None:
            shared_ray_cluster.start_node(index)


@pytest.fixture
def open_any_ray_cluster():
    """Return a function that opens a cluster, which a test may lose for good."""
    return _open


@pytest.fixture(scope="session")
def open_ray_cluster():
    """A cluster of one node that lets everybody in."""
    with _open(nodes=1, token=None) as cluster:
        yield cluster


@pytest.fixture
def ray(ray_cluster, grid, settings):
    """The command, with the cluster in the settings, which is looked at often."""
    settings(ray_cluster.settings(poll=0.3, checkpoint_every=1))
    return grid


@pytest.fixture
def jobs(ray_cluster):
    """Return a function that lists what the cluster knows of a run's jobs, in their order."""

    def jobs(run):
        asked = {"headers": {"Authorization": f"Bearer {TOKEN}"}, "timeout": 30}
        found = requests.get(f"{ray_cluster.address}/api/jobs/", **asked).json()
        mine = [job for job in found if (job["metadata"] or {}).get("grid:run") == run]
        return sorted(mine, key=lambda job: job["submission_id"])

    return jobs


@pytest.fixture
def watcher(home):
    """Return a function that finds the process of the run's watcher; there is one run in this home."""

    def find():
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                if "grid_jupyter.watcher" in words and any(str(home) in word for word in words):
                    return process
        return None

    return find


class Long:
    """A run of trials that go on until a file is there."""

    def __init__(self, name, go_on, kept):
        self.name, self.go_on, self._kept = name, go_on, kept

    @property
    def run(self):
        return Run(self.name)

    def steps(self, trial=0):
        """The steps that a trial has reported, in their order."""
        points = self.run.metrics()
        return points[(points["trial"] == trial) & (points["name"] == "loss")]["step"].tolist()

    def saved(self, trial):
        """Which of a trial's checkpoints is the newest; ``None`` where there is none."""
        pointers = self._kept(f"runs/{self.name}.*/trials/{trial}/checkpoint.json")
        return next((pointer.read_text() for pointer in pointers), None)

    def told(self, trial, attempt=1):
        """From which step an attempt goes on, below which raylet it runs, and its process; ``None`` before that."""
        file = self.run[trial].log_file(attempt, "stdout")
        words = file.read_text().partition("\n")[0].split() if file.exists() else []
        return (int(words[1]), int(words[3]), int(words[5])) if words else None

    def finish(self, seconds=150):
        self.go_on.touch()
        self.run.wait(seconds)
        return self.run.rows()


@pytest.fixture
def long(ray, ray_cluster, write, tmp_path, wait_until):
    """Return a function that launches such a run and waits until each trial has saved something.

    It is told the folder of the store, where there is one.
    """
    write({"long.py": LONG})

    def launch(trials, *flags, store=None):
        def kept(pattern):
            return store.glob(pattern) if store else ray_cluster.logs(0).glob(f"grid-jupyter/*/objects/{pattern}")

        made = Long(
            ray.launch(*flags, "--cluster", "ray", "long.py", tmp_path / "go-on", f"range({trials})"),
            tmp_path / "go-on",
            kept,
        )
        wait_until(lambda: all(made.saved(trial) and made.steps(trial) for trial in range(trials)), 150)
        return made

    return launch
