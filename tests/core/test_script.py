from __future__ import annotations

import argparse
import time
from pathlib import Path

import pytest

from grid_jupyter.core.script import read_script
from grid_jupyter.core.script import sources as module


def make(root, **files):
    for name, text in files.items():
        path = root / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(root, name="train.py"):
    return read_script(root / name, root)


def test_imports_are_followed_through_the_project(tmp_path):
    make(
        tmp_path,
        jobs__train="import near\nfrom pkg.sub import leaf\nfrom top import x\nimport installed.deep",
        jobs__near="def f():\n    try:\n        import inner_name\n    except E:\n        from late import z",
        top="import yaml",
        src__pkg____init__="",
        src__pkg__sub__leaf="from ..beside import *\nfrom . import sibling",
        src__pkg__beside="BESIDE = 1",
        src__pkg__sub__sibling="SIBLING = 1",
        unrelated="UNRELATED = 1",
    )
    (tmp_path / "src" / "pkg" / "__init__.py").write_text("INITIAL = 1")
    source = read(tmp_path, "jobs/train.py")
    assert {"near", "pkg", "top", "installed", "inner_name", "late", "yaml"} == source.imports
    for text in ("BESIDE", "SIBLING", "INITIAL"):
        assert source.contains(text)
    assert not source.contains("UNRELATED")


def test_cycles_and_broken_modules_are_fine(tmp_path):
    make(tmp_path, train="import a, broken", a="import train, a", broken="this is no python --data-dir")
    source = read(tmp_path)
    assert source.contains("no python")
    assert source.syntax_error is None


def test_what_lies_outside_of_the_project_is_not_read(tmp_path):
    make(tmp_path, outside="OUTSIDE = 1", project__train="from ... import outside\nfrom .. import outside")
    assert not read_script(tmp_path / "project" / "train.py", tmp_path / "project").contains("OUTSIDE")


def test_it_ends_after_so_many_files(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 10)
    make(tmp_path, train="import m0", **{f"m{index}": f"import m{index + 1}" for index in range(30)})
    assert len(read(tmp_path).texts) == 10


@pytest.mark.parametrize(
    ("text", "told"),
    [("a = 1\nb = = 2\n", "line 2: invalid syntax"), ("(" * 1000, "line 1: "), ("a\0b", "line 1: ")],
)
def test_a_script_that_cannot_be_parsed_is_told(tmp_path, text, told):
    make(tmp_path, train=text)
    assert read(tmp_path).syntax_error.startswith(told)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('p.add_argument("--data-dir")', True),
        ('p.add_argument("--data-dir", "-d")', True),
        ('getopt.getopt(argv, "", ["data-dir="])', True),
        ('p.add_argument("--data_dir")', False),
        ('p.add_argument("--data-dir-root")', False),
        ("# the data-dir is nice", False),
        ("import hydra", True),
        ("from jsonargparse import CLI", True),
        ("import lightning", False),
    ],
)
def test_dashes_are_kept_where_the_script_wants_them(tmp_path, text, kept):
    make(tmp_path, train="import helper", helper=text)
    assert read(tmp_path).keeps_dashes("--data-dir") is kept
    assert read(tmp_path).keeps_dashes("--data-dir=3") is kept


def test_other_languages_are_searched_as_text(tmp_path):
    (tmp_path / "run.sh").write_text("import hydra\ncase --data-dir")
    source = read(tmp_path, "run.sh")
    assert (source.imports, source.syntax_error) == (frozenset(), None)
    assert source.keeps_dashes("--data-dir")
    assert not source.keeps_dashes("--other-dir")


def test_warnings_of_the_source_are_not_ours(tmp_path):
    make(tmp_path, train=r"x = '\d'")
    assert read(tmp_path).syntax_error is None


def test_a_long_script_is_read_quickly(tmp_path):
    text = Path(argparse.__file__).read_text()
    make(
        tmp_path,
        train="\n".join([text] * (10_000 // text.count("\n") + 1)).replace("from __future__", "from a"),
    )
    start = time.process_time()
    source = read(tmp_path)
    # 0.2 s is the aim; a slow machine gets more.
    assert time.process_time() - start < 1
    assert "gettext" in source.imports
