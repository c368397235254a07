"""Runs in AWS that use datastores."""

import pytest

from grid_jupyter import Run

READ = """\
import os, sys
from pathlib import Path

def listed(folder):
    return ",".join(sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file()))

print("argument", listed(sys.argv[1]))
print("told", listed(os.environ["GRID_DATASTORE_DIR"]))
print("mounted", listed("data/here"))
"""


@pytest.mark.full
def test_a_datastore_of_this_machine_is_sent_once_and_mounted(aws, cloud, write):
    write({"read.py": READ, ".gridignore": "faces\n", "faces/a.txt": "a", "faces/sub/b.txt": "bb"})
    assert aws.here("datastore", "create", "faces", "faces").code == 0
    write({"faces/c.txt": "c"})
    assert aws.here("datastore", "create", "faces", "faces").code == 0
    flags = (
        "--cluster",
        "aws",
        "--no_link",
        "faces",
        "--datastore_name",
        "faces",
        "--datastore_mount_dir",
        "data/here",
    )
    run = aws.finish(*flags, "read.py", "[grid:faces:1, grid:faces/sub]")
    assert [row["state"] for row in aws.results(run)] == ["succeeded"] * 2, aws.here("logs", f"{run}/0").err
    told = "told a.txt,c.txt,sub/b.txt\nmounted a.txt,c.txt,sub/b.txt"
    assert Run(run)[0].log() == f"argument a.txt,sub/b.txt\n{told}"
    assert Run(run)[1].log() == f"argument b.txt\n{told}"
    assert [row["params"]["arg1"] for row in aws.results(run)] == ["grid:faces:1", "grid:faces/sub"]
    listed = aws.here("datastore", "list", "--cluster", "aws", "--format", "json").json
    assert [(one["name"], one["version"]) for one in listed] == [("faces", 1), ("faces", 2)]
