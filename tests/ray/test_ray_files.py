"""Where checkpoints and files of trials lie: on the head, or in a folder that all nodes share; and how they come."""

import hashlib
import os
import re

import pytest

from grid_jupyter import Run

pytestmark = pytest.mark.timeout(300)

# Leaves a small file and a large one, and saves something.
LEAVES = """\
import hashlib, os, pathlib, random
data = random.Random(1).randbytes(30 << 20)
pathlib.Path("large.bin").write_bytes(data)
pathlib.Path("small.txt").write_text("small")
pathlib.Path(os.environ["GRID_CHECKPOINT_DIR"], "saved").write_text("saved")
print(hashlib.sha256(data).hexdigest())
"""


def below(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("where", ["head", "shared"])
def test_large_files_come_when_they_are_asked_for(where, ray, ray_cluster, settings, write, tmp_path, wait_until):
    shared, kept = tmp_path / "shared", ray_cluster.logs(0) / "grid-jupyter"
    shared.mkdir()
    if where == "shared":
        settings(ray_cluster.settings(poll=0.3, checkpoint_every=1, store=str(shared)))
    write({"leaves.py": LEAVES})
    run = ray.finish("--cluster", "ray", "leaves.py")
    assert ray.states(run) == ["succeeded"], ray.results(run)
    trial = Run(run)[0]
    assert (trial.artifacts / "small.txt").read_text() == "small"
    assert not (trial.artifacts / "large.bin").exists()
    on_head = [path for path in below(kept) if path.startswith(run)]
    here = below(shared) if where == "shared" else on_head
    assert any(path.endswith("/artifacts/large.bin") for path in here)
    assert any("/artifacts/" in path for path in on_head) == (where == "head")
    answer = ray("artifacts", run, "--download_dir", tmp_path / "there")
    assert answer.code == 0, answer.err
    large = (tmp_path / "there" / f"{run}-exp0" / "large.bin").read_bytes()
    assert hashlib.sha256(large).hexdigest() == trial.log()
    answer = wait_until(lambda: (said := ray("delete", run, "--yes")).code == 0 and said, 150)
    assert below(shared) == []
    wait_until(lambda: not [*kept.glob(f"{run}-*")], 150)


def test_checkpoints_lie_in_the_store(ray, ray_cluster, settings, long, tmp_path, wait_until):
    shared = tmp_path / "shared"
    shared.mkdir()
    settings(ray_cluster.settings(poll=0.3, checkpoint_every=1, store=str(shared)))
    made = long(1, store=shared)
    wait_until(lambda: [path for path in below(shared) if re.search(r"/checkpoint/1-\d+\.tar$", path)], 150)
    on_head = below(ray_cluster.logs(0) / "grid-jupyter")
    assert not [path for path in on_head if path.startswith(made.name) and "/checkpoint/" in path]
    assert made.finish()[0].state == "succeeded"
    assert os.environ["GRID_HOME"] not in " ".join(below(shared))
