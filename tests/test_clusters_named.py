"""Nothing above ``clusters/`` names a cluster: what differs between them, they say themselves."""

from __future__ import annotations

import ast
import re

import pytest
from sources import PACKAGE, ROOT, imports_of

CLUSTERS = PACKAGE / "clusters"
NAMES = sorted(
    file.parent.name
    for file in CLUSTERS.glob("*/__init__.py")
    if re.search(r"^CLUSTER\b", file.read_text(encoding="utf-8"), re.MULTILINE)
)
SOURCES = [file for file in sorted(PACKAGE.rglob("*.py")) if not file.is_relative_to(CLUSTERS)]
FRONT_END = ROOT / "labextension" / "src"
VIEWS = [
    file
    for file in sorted(FRONT_END.rglob("*.ts*"))
    # Made from openapi.yaml, whose examples name what a user would see.
    if file != FRONT_END / "api" / "schema.ts"
]

EXCEPTIONS = {
    ("core/config_keys.py", "aws"): "a word of Grid.ai's configuration, vendor: aws, not the name of a cluster of ours",
}


def test_the_names_are_found():
    assert {"local", "aws"} <= set(NAMES)


def named_in(tree: ast.AST) -> list[str]:
    """The names of clusters that stand in a source as texts; docstrings are prose and longer."""
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in NAMES]


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_source_names_a_cluster(file):
    place = file.relative_to(PACKAGE).as_posix()
    named = named_in(ast.parse(file.read_bytes()))
    assert [name for name in named if (place, name) not in EXCEPTIONS] == []
    packages = tuple(f"grid_jupyter.clusters.{name}." for name in NAMES)
    assert [name for name in imports_of(file) if f"{name}.".startswith(packages)] == []


@pytest.mark.parametrize("file", VIEWS, ids=lambda file: str(file.relative_to(FRONT_END)))
def test_no_view_names_a_cluster(file):
    quoted = re.compile(rf"""(["'`])({"|".join(NAMES)})\1""")
    assert quoted.findall(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("place", "name"), EXCEPTIONS)
def test_each_exception_is_needed(place, name):
    assert name in named_in(ast.parse((PACKAGE / place).read_bytes()))
