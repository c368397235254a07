"""The flags of scripts, read from their sources and compared with what the scripts' own libraries say."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid_jupyter.core.script import ScriptFlag, read_flags

SCRIPTS = Path(__file__).parents[1] / "scripts_flags"
TRUTH = Path(__file__).parents[2] / "benchmarks" / "true_flags.py"
OWN = {"--help", "--install-completion", "--show-completion", "--print_config"}
PLAIN = """\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--data-dir")
args = parser.parse_args()
"""


def read(script, folder="."):
    return read_flags(SCRIPTS / folder / script, SCRIPTS / folder)


def flags(result, command=""):
    return {flag.name: flag for flag in result.flags if flag.command == command}


def of(text, tmp_path, **modules):
    """Read a script with modules beside it."""
    for name, content in modules.items():
        (tmp_path / f"{name}.py").write_text(content)
    (tmp_path / "train.py").write_text(text)
    return read_flags(tmp_path / "train.py", tmp_path)


@pytest.mark.parametrize(
    ("script", "library"),
    [
        ("argparse_plain.py", "argparse"),
        ("argparse_made.py", "argparse"),
        ("argparse_commands.py", "argparse"),
        ("helpers/train.py", "argparse"),
        ("two_parsers.py", "argparse"),
        ("click_command.py", "click"),
        ("click_group.py", "click"),
        ("typer_one.py", "typer"),
        ("typer_app.py", "typer"),
        ("absl_flags.py", "absl"),
        ("tyro_nested.py", "tyro"),
        ("jsonargparse_parser.py", "jsonargparse"),
        ("configargparse_parser.py", "configargparse"),
    ],
)
def test_what_is_read_is_what_the_library_says(script, library, tmp_path):
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    path = SCRIPTS / script
    done = subprocess.run(
        [sys.executable, "-W", "ignore", TRUTH, path.parent, path], capture_output=True, text=True, cwd=tmp_path,
        check=False, timeout=60,
    )  # fmt: skip
    said = done.stdout.partition("\nFLAGS")[2]
    assert said, done.stdout + done.stderr
    true = [one for one in json.loads(said) if OWN.isdisjoint(one["names"])]
    result = read_flags(path, path.parent)
    found = [flag for flag in result.flags if flag.name not in {"command", "what"}]
    assert {(flag.command, *sorted(flag.spellings)) for flag in found} == {
        (one["command"], *sorted(one["names"])) for one in true
    }
    assert library in result.kinds
    by_name = {(flag.command, name): flag for flag in found for name in flag.spellings}
    for one in true:
        flag = by_name[one["command"], one["names"][0]]
        text = flag.to_json()
        for name in ("default", "choices", "required", "takes_value", "multiple", "help"):
            if name not in one or name in flag.computed or isinstance(one[name], dict) or one[name] == "==SUPPRESS==":
                continue
            expected = one[name]
            if name == "help" and library in {"tyro", "jsonargparse"}:
                expected = (expected or "").partition(" (default")[0] or None  # they say it in the help
                expected = None if expected and expected.startswith(("(", "Path to a config")) else expected
            if name == "help" and library == "absl":
                expected = expected.partition(">: ")[2] or expected.partition(";\n")[0]  # it adds to the help
            if name == "required" and expected is None:
                continue
            assert text[name] == expected, (flag.name, name)


def test_types_defaults_and_places():
    found = flags(read("argparse_plain.py"))
    assert found["--lr"] == ScriptFlag(
        "--lr", aliases=("--learning-rate", "-l"), type="float", default=0.001, help="step size",
        source="argparse_plain.py:18",
    )  # fmt: skip
    assert found["--batch_size"].type == "positive"
    assert found["--num-layers"].choices == (1, 2, 3)
    assert found["--width"].default == 64
    assert found["data"].positional
    assert found["--resume"].value_optional
    assert found["--amp"].type == "bool"


def test_what_is_computed_is_said_to_be():
    found = flags(read("argparse_made.py"))
    assert found["--workers"].computed == ("default",)
    assert found["--workers"].default == "os.cpu_count()"
    assert found["--seed"].default == 3
    assert not found["--seed"].computed


def test_certainty_is_told():
    assert read("argparse_plain.py").complete
    assert read("train.py", "helpers").complete
    assert read("click_command.py").complete
    assert read("tyro_nested.py").complete
    assert not read("argparse_made.py").complete  # it goes on with what it does not know
    assert not read("lightning_cli.py").complete


def test_libraries_that_cannot_be_asked():
    found = flags(read("fire_main.py"))
    assert list(found) == ["--data_dir", "--lr", "--steps", "--amp", "rest"]
    assert found["--data_dir"].required
    assert found["--data_dir"].help == "where the data is"
    assert found["--amp"].value_optional

    found = flags(read("hf_dataclasses.py"))
    assert list(found) == ["--model_name", "--learning_rate", "--use_cache", "--fp16", "--tokens"]
    assert "--no_use_cache" in found["--use_cache"].aliases
    assert found["--model_name"].required
    assert found["--fp16"].help == "half"

    found = flags(read("lightning_cli.py"))
    assert list(found) == ["--model", "--model.width", "--model.rate", "--data", "--data.batch_size"]


def test_plain_data_for_a_page():
    said = read("argparse_plain.py").to_json()
    assert json.loads(json.dumps(said)) == said
    assert said["complete"] is True
    assert said["kinds"] == ["argparse"]
    assert next(flag for flag in said["flags"] if flag["name"] == "--betas")["default"] == [0.9, 0.999]


def test_subcommands():
    result = read("argparse_commands.py")
    assert list(flags(result, "train")) == ["--lr"]
    assert flags(result, "data pack")["--out"].default == "pack"
    assert flags(result)["command"].choices == ("train", "data")


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("import sys\nprint(sys.argv[1])", "reads sys.argv itself"),
        (PLAIN + "import sys\nsys.argv.append('x')", "changes or searches sys.argv"),
        (PLAIN.replace("parse_args()", "parse_args()\nadd(parser)"), ""),
        (PLAIN.replace('"--lr"', 'f"--{__file__}"'), "name of a flag is computed"),
        ("import yaml\n" + PLAIN.replace("args = ", "yaml.go(parser)\nargs = "), "may add flags"),
        ("import hydra\n@hydra.main()\ndef main(cfg): ...\nmain()", "hydra reads the command line"),
    ],
)
def test_doubts_are_told(text, note, tmp_path):
    result = of(text, tmp_path)
    assert not result.complete
    assert any(note in one for one in result.notes)


@pytest.mark.parametrize(
    ("text", "complete"),
    [
        ("if __name__ == '__main__':\n    " + PLAIN.replace("\n", "\n    "), True),
        (PLAIN.replace('parser.add_argument("--data', 'if unknown:\n    parser.add_argument("--data'), True),
        (PLAIN.replace("parse_args", "parse_known_args"), False),
        ("for i in range(10**9): pass\n" + PLAIN, True),
        ("x = [a for a in range(999) for b in range(999) for c in range(999) if a > b > c > a]\n" + PLAIN, False),
        ("def f(n):\n    return f(n - 1) + f(n - 2)\nf(100)\n" + PLAIN, True),
        ("x = 9 ** 9 ** 9 ** 9\ny = 'a' * 10**12\nz = 1 << 10**9\n" + PLAIN, True),
    ],
)  # fmt: skip
def test_work_is_bounded_and_flags_are_found(text, complete, tmp_path):
    result = of(text, tmp_path)
    if complete or "range(999)" not in text:
        assert {"--lr", "--data-dir"} == {flag.name for flag in result.flags}
    assert result.complete is complete


def test_sources_with_errors_give_what_can_be_read(tmp_path):
    broken = of(PLAIN + "print 'done'\nexcept Error, e:\n", tmp_path)
    assert {"--lr", "--data-dir"} == {flag.name for flag in broken.flags}
    assert not broken.complete
    assert "does not parse as Python: line 6" in broken.notes[0]
    half = of(PLAIN + "parser.add_argument('--half', type=\n", tmp_path)
    assert {"--lr", "--data-dir"} <= {flag.name for flag in half.flags}


def test_old_scripts(tmp_path):
    text = PLAIN + "try:\n    print 'a'\nexcept ValueError, error:\n    print >>out, error\n"
    result = of(text, tmp_path)
    assert {"--lr", "--data-dir"} == {flag.name for flag in result.flags}


def test_modules_with_errors_are_told(tmp_path):
    result = of("from helper import add\n" + PLAIN.replace("args =", "add(parser)\nargs ="), tmp_path,
                helper="def add(parser):\n    parser.add_argument('--more')\n\nclass:\n")  # fmt: skip
    assert {"--lr", "--data-dir", "--more"} == {flag.name for flag in result.flags}
    assert not result.complete
    assert any("helper.py does not parse" in note for note in result.notes)


def test_other_encodings(tmp_path):
    text = "# coding: latin-1\n" + PLAIN.replace('"--data-dir"', '"--größe", help="é"')
    (tmp_path / "train.py").write_bytes(text.encode("latin-1"))
    result = read_flags(tmp_path / "train.py", tmp_path)
    assert flags(result)["--größe"].help == "é"
    (tmp_path / "bad.py").write_bytes(b"# \xff\n" + PLAIN.encode())
    assert {"--lr", "--data-dir"} == {flag.name for flag in read_flags(tmp_path / "bad.py", tmp_path).flags}
    (tmp_path / "bom.py").write_bytes(b"\xef\xbb\xbf" + PLAIN.encode())
    assert read_flags(tmp_path / "bom.py", tmp_path).complete


def test_strange_projects(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "dead.py").symlink_to(tmp_path / "nowhere.py")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    modules = {"a": "from b import *\nfrom train import *\n", "b": "from a import *\nimport loop.loop.a\n"}
    result = of("from a import *\nimport dead, pipe, folder\n" + PLAIN, tmp_path, **modules)
    assert {"--lr", "--data-dir"} == {flag.name for flag in result.flags}
    for name in ("pipe.py", "folder.py", "missing.py", "dead.py"):
        assert read_flags(tmp_path / name, tmp_path).flags == ()


def test_a_source_of_megabytes_is_not_looked_into(tmp_path):
    result = of(PLAIN + "x = 1\n" * 400_000, tmp_path)
    assert result.notes == ("train.py is too large to be read",)
    assert not result.complete


def test_what_was_read_is_remembered_until_it_changes(tmp_path):
    helper = "def add(parser):\n    parser.add_argument('--one')\n"
    script = "from helper import add\n" + PLAIN.replace("args =", "add(parser)\nargs =")
    first = of(script, tmp_path, helper=helper)
    assert read_flags(tmp_path / "train.py", tmp_path) is first
    (tmp_path / "helper.py").write_text(helper.replace("--one", "--another"))
    assert "--another" in flags(read_flags(tmp_path / "train.py", tmp_path))


def test_a_module_that_comes_later_is_seen(tmp_path):
    script = "from helper import add\n" + PLAIN.replace("args =", "add(parser)\nargs =")
    assert "--one" not in flags(of(script, tmp_path))
    (tmp_path / "helper.py").write_text("def add(parser):\n    parser.add_argument('--one')\n")
    assert "--one" in flags(read_flags(tmp_path / "train.py", tmp_path))


TEXTS = [path.read_text(encoding="utf-8") for path in sorted(SCRIPTS.glob("*.py"))]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_source_makes_it_fail(data, tmp_path):
    text = data.draw(st.sampled_from(TEXTS))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 80)))
        put = data.draw(
            st.sampled_from(["", "(", "'''", "\0", "def", "*", "self", "parser", "\n", "    "]) | st.text(max_size=5)
        )
        text = text[:start] + put + text[end:]
    result = read_flags(tmp_path / "train.py", tmp_path, text)
    assert not [note for note in result.notes if "could not be read to its end" in note]
    json.dumps(result.to_json())


# What a plan says


BEHIND = "{0} stands behind train.py, so train.py gets it; write {0} before train.py to give it to Grid."


def warnings(grid, *words):
    answer = grid.here("run", "--dry_run", "--format", "json", *words)
    assert answer.code == 0, answer.err
    return [warning for warning in answer.json["warnings"] if "five minutes ago" not in warning]


@pytest.mark.parametrize(
    ("words", "warning"),
    [
        (("--lr", "[1, 2]"), None),
        (("--lr=[1, 2]", "--data-dir", "x"), None),
        (("--help",), None),
        (("--data", "x"), None),  # argparse takes the beginning of a name
        (("--l_r", "[1, 2]"), "train.py has no flag --l_r; the nearest is --lr."),
        (("--data_dir", "x"), "train.py has no flag --data_dir; the nearest is --data-dir."),
        (("--zzz", "x"), "train.py has no flag --zzz."),
        (("--where", "lr < 1"), BEHIND.format("--where")),
        (("--use-spot",), BEHIND.format("--use_spot")),
    ],
)  # fmt: skip
def test_a_plan_warns_of_flags_that_the_script_does_not_take(words, warning, grid, write):
    write({"train.py": PLAIN})
    said = [one for one in warnings(grid, "train.py", *words) if "becomes" not in one]
    assert said == ([warning] if warning else [])


def test_a_plan_is_silent_where_it_is_not_sure(grid, write):
    write({"train.py": "import options\n" + PLAIN.replace("args = ", "options.add(parser)\nargs = ")})
    write({"options.py": "import elsewhere\ndef add(parser):\n    elsewhere.add(parser)\n"})
    assert warnings(grid, "train.py", "--l_r", "1", "--seed", "[1, 2]") == [BEHIND.format("--seed")]
    write({"options.py": "SEED = 1\n"})
    assert warnings(grid, "train.py", "--l_r", "1", "--seed", "[1, 2]") == []
    write({"train.py": "import sys\nprint(sys.argv)"})
    assert warnings(grid, "train.py", "--l_r", "1") == []


def test_dashes_of_a_flag_that_is_made_of_texts_are_kept(grid, write):
    made = "for name in ('data', 'cache'):\n    parser.add_argument(f'--{name}-dir')\nargs ="
    write({"train.py": PLAIN.replace("args =", made).replace('parser.add_argument("--data-dir")\n', "")})
    assert warnings(grid, "train.py", "--cache-dir", "[1, 2]") == []
    write({"train.py": PLAIN.replace("data-dir", "data_dir")})
    assert warnings(grid, "train.py", "--data-dir", "[1, 2]") == [
        "--data-dir becomes --data_dir. Keep the dashes with --keep_dashes."
    ]


def test_a_launch_with_flags_that_stand_in_the_source_reads_no_more(grid, write, tmp_path):
    write({"train.py": PLAIN})
    seen = "import sys, runpy\nsys.argv = ['grid', 'run', '--dry_run', 'train.py', '--lr', '[1, 2]']\n"
    seen += "try:\n    runpy.run_module('grid_jupyter.cli', run_name='__main__')\nexcept SystemExit:\n    pass\n"
    seen += "print([name for name in sys.modules if name.startswith('grid_jupyter.core.script.')], file=sys.stderr)\n"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, check=True)
    assert "script.sources" in done.stderr
    assert "script.reader" not in done.stderr
    assert "script.tracing" not in done.stderr
