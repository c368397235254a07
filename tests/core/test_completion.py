"""What may stand at the end of a line that is being typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from grid_jupyter.core.completion import complete

SCRIPTS = Path(__file__).parents[1] / "scripts_flags"


def ask(line, cwd=SCRIPTS, cell=None):
    return [one.text for one in complete(line, cwd, cell).candidates]


@pytest.mark.parametrize(
    ("line", "candidates"),
    [
        ("ru", ["run"]),
        ("run --strat", ["--strategy"]),
        ("run --strategy r", ["random_search"]),
        ("run --strategy=r", ["random_search"]),
        ("run --seed 3 argparse_p", ["argparse_plain.py"]),
        ("run help", ["helpers/"]),
        ("run helpers/", ["helpers/options/", "helpers/train.py"]),
        ("run helpers/train.py --", ["--lr", "--extra", "--data-size", "--width"]),
        ("run argparse_plain.py --num", ["--num-layers"]),
        ("run argparse_plain.py --learning", ["--learning-rate"]),
        ("run argparse_plain.py --num-layers ", ["1", "2", "3"]),
        ("run argparse_plain.py --optimizer=a", ["adam"]),
        ("run argparse_plain.py --optimizer [adam, s", ["sgd"]),
        ("run argparse_plain.py --optimizer=[", ["adam", "sgd"]),
        ("run argparse_plain.py --lr [1, 2] --l", []),  # it is given
        ("run argparse_plain.py --note a --not", ["--note"]),  # it may be given again
        ("run argparse_commands.py ", ["train", "data"]),
        ("run argparse_commands.py data pack --", ["--verbose", "--out"]),
        ("run typer_app.py train --l", ["--learning-rate"]),
        ("run no_such_script.py --", []),
        ("history --", ["--format"]),
        ("nonsense ", []),
        ('run "not closed --', []),
    ],
)
def test_what_may_stand_there(line, candidates):
    assert ask(line) == candidates


def test_all_verbs_and_flags_are_offered():
    assert {"run", "results", "machines"} <= set(ask(""))
    assert "train" not in ask("")  # another name for run
    assert {"--where", "--use_spot", "--dry_run"} <= set(ask("run --"))
    assert "--nodes" not in ask("run --")  # it is refused


def test_a_cell_is_the_script():
    cell = (SCRIPTS / "argparse_plain.py").read_text()
    assert ask("run --num-l", cell=cell) == ["--num-layers"]
    assert ask("run --strat", cell=cell) == ["--strategy"]
    assert ask("run --dept", cell="depth = 3\nname = 'a'\n") == ["--depth"]


def test_what_is_begun_is_told():
    assert complete("run argparse_plain.py --optimizer=a", SCRIPTS).begun == "a"
    assert complete("run argparse_plain.py --num", SCRIPTS).begun == "--num"


def test_machines_are_offered_with_their_price():
    found = complete("run --instance_type 4_l4_", SCRIPTS).candidates
    assert [one.text for one in found] == ["4_l4_24gb"]
    assert found[0].about == "$4.60/h, 4 × L4 24 GB"
    assert "g6.12xlarge" in ask("machines g6.12x")
    assert ask("run --cluster l") == ["local"]


def test_settings_are_offered(settings):
    settings('[clusters.lab]\ntype = "ray"\n[credentials.work]\nprofile = "job"\n')
    assert ask("run --cluster la") == ["lab"]
    assert [(one.text, one.about) for one in complete("run --credential ", SCRIPTS).candidates] == [("work", "job")]
    settings("nonsense")
    assert ask("run --credential ") == []


def test_runs_trials_and_metrics_are_offered(grid, home):
    run = grid.finish("--metric", "loss", "train.py", "--lr", "[0.1, 0.2]")
    project = grid.cwd
    assert [(one.text, one.about) for one in complete("results ", project).candidates] == [(run, "succeeded")]
    assert ask("logs ", project) == [f"{run}/"]
    assert ask(f"logs {run}/", project) == [f"{run}/0", f"{run}/1"]
    assert ask(f"rerun {run} ", project) == ["0", "1"]
    assert ask(f"results {run} ", project) == []
    assert ask("stop ", project) == []  # it has ended
    assert ask("run --metric ", project) == ["loss"]


def test_files_are_offered_where_a_flag_takes_one(project, write):
    write({"grid.yml": "", "notes.txt": "", "sub/x": ""})
    assert ask("run --config ", project) == ["grid.yml", "sub/"]
    assert ask("artifacts some-run-1 --download_dir ", project) == ["sub/"]
    assert ask("panel ", project) == ["sub/", "train.py"]
