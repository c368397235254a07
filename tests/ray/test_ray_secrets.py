"""The token of a Ray cluster is nowhere but in requests: in no store, on no node, in no log, output or command."""

import gzip
import io
import zipfile
from contextlib import suppress
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from ray_cluster import TOKEN

pytestmark = pytest.mark.timeout(300)

# Tells its whole environment, in its output, in a file and in a checkpoint, and waits.
SCRIPT = """\
import json, os, pathlib, sys, time
ours = json.dumps(dict(os.environ))
print(ours, flush=True)
pathlib.Path("environment.json").write_text(ours)
pathlib.Path(os.environ["GRID_CHECKPOINT_DIR"], "saved").write_text(ours)
while not pathlib.Path(sys.argv[1]).exists():
    time.sleep(0.05)
if sys.argv[2] == "fails":
    raise SystemExit("it failed")
"""


def unpacked(data):
    """Return content with all that is packed in it."""
    with suppress(OSError, EOFError, zipfile.BadZipFile):
        if data[:2] == b"\x1f\x8b":
            return unpacked(gzip.decompress(data))
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                return data + b"".join(packed.read(name) for name in packed.namelist())
    return data


def with_token(*folders):
    """The files below folders that hold the token."""
    files = [path for folder in folders for path in Path(folder).rglob("*") if path.is_file()]
    assert files
    found = []
    for path in files:
        with suppress(OSError):  # one that is going
            if TOKEN.encode() in unpacked(path.read_bytes()):
                found.append(str(path))
    return found


def commands():
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            yield "\n".join(process.cmdline())


def test_the_token_is_nowhere(ray, ray_cluster, home, project, write, tmp_path, monkeypatch, wait_until):
    write({"script.py": SCRIPT})
    monkeypatch.setenv("RAY_AUTH_TOKEN", TOKEN)  # as Ray's own programs have it
    go_on = tmp_path / "go-on"
    said = [ray("run", "--cluster", "ray", "--name", "first", "script.py", go_on, "[succeeds, fails]")]
    assert said[0].code == 0, said[0].err
    wait_until(lambda: ray.states("first") == ["running"] * 2, 150)
    assert not [command for command in commands() if TOKEN in command]
    go_on.touch()
    asked = [("wait", "first"), ("show", "first/0"), ("logs", "first/1"), ("results", "first"), ("doctor", "ray")]
    said += [ray.here(*words) for words in asked]
    assert ray.states("first") == ["succeeded", "failed"]
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [
        nbformat.v4.new_code_cell(source)
        for source in (
            "%load_ext grid_jupyter\n%xmode Verbose",
            "%grid run --cluster ray --gpus 9 train.py",
            "%grid doctor ray",
            "import grid_jupyter\ngrid_jupyter.Run('first').download('/proc/nowhere')",
        )
    ]
    resources = {"metadata": {"path": str(project)}}
    NotebookClient(notebook, timeout=120, allow_errors=True, resources=resources).execute()
    assert sum(output.output_type == "error" for cell in notebook.cells for output in cell.outputs) >= 2
    texts = [answer.out + answer.err for answer in said] + [nbformat.writes(notebook)]
    assert not [text for text in texts if TOKEN in text]
    assert with_token(home, *map(ray_cluster.logs, range(3))) == []
