"""Configuration files: what they ask for, what is wrong with them, and how they are saved."""

from __future__ import annotations

import stat

import pytest

OLD = """\
compute:
  provider:
    vendor: aws
    cluster: prod-2
  train:
    instance: 4_v100_16gb
    framework: torch
    cpus: 2
    gpus: 1
    memory: 60G
    use_spot: true
    disk_size: 300
    resumable: false
    scale_down_seconds: 1800
    environment: {DATA: here}
    dependency_file_info: {package_manager: pip, path: ./requirements.txt}
    scratch:
      - size_gb: 50
        mount_path: /scratch
hyper_params:
  settings:
    strategy: random_search
    trials: 3
    seed: 5
  params:
    learning_rate: uniform(0.001, 0.008, 20)
    gamma: [0.1, 1e-4]
    note: yes
"""
OLD_FLAGS = [
    *("--cluster", "aws", "--instance_type", "4_v100_16gb", "--framework", "torch", "--cpus", "2", "--gpus", "1"),
    *("--memory", "60G", "--use_spot", "--disk_size", "300", "--no_auto_resume", "--scratch_size", "50"),
    *("--scratch_mount_path", "/scratch", "--dependency_file", "./requirements.txt"),
    *("--strategy", "random_search", "--trials", "3", "--seed", "5", "train.py"),
    *("--learning_rate", "uniform(0.001, 0.008, 20)", "--gamma", "[0.1, 1e-4]", "--note", "yes"),
]
NEW = """\
compute:
  provider: {cluster: aws}
  train:
    framework: lightning
    instance: 4_l4_24gb
    use_spot: false
    storage_gb: 100
    auto_resume: true
    localdir: true
    scratch: {size_gb: 100, mount_path: /tmp/scratch}
hyper_params:
  settings:
    strategy: random_search
    strategy_options: {num_trials: 4, seed: 0}
  params:
    --lr: "loguniform(1e-5, 1, 100)"
    --layers: range(1, 8, 2)
    -b: 010
    --when: 2021-01-01
    --empty: "''"
"""
NEW_FLAGS = [
    *("--cluster", "aws", "--framework", "lightning", "--instance_type", "4_l4_24gb", "--disk_size", "100"),
    *("--auto_resume", "--localdir", "--scratch_size", "100", "--scratch_mount_path", "/tmp/scratch"),
    *("--strategy", "random_search", "--num_trials", "4", "--seed", "0", "train.py"),
    *("--lr", "loguniform(1e-5, 1, 100)", "--layers", "range(1, 8, 2)", "-b", "010", "--when", "2021-01-01"),
    *("--empty", "''"),
]
OURS = """\
description: all that is ours
compute:
  train:
    link: [data]
    python: python3
limits:
  parallel: 2
  retries: 1
  max_time: 1h30m
  budget: 2h
  smoke: true
hyper_params:
  settings:
    seed: 3
    where: lr < 0.1 or layers > 1
    metric: loss
    mode: min
  arguments: [some.csv, --amp, '--lr=[0.1, 0.01]', --layers, 'range(1, 3)']
"""
OURS_FLAGS = [
    *("--description", "all that is ours", "--link", "data", "--python", "python3", "--parallel", "2"),
    *("--retries", "1", "--max_time", "90m", "--budget", "2h", "--smoke", "--seed", "3", "--metric", "loss"),
    *("--mode", "min", "--where", "lr < 0.1 or layers > 1", "train.py", "some.csv", "--amp", "--lr=[0.1, 0.01]"),
    *("--layers", "range(1, 3)"),
]


def plan(grid, *words):
    answer = grid.here("run", "--dry_run", "--format", "json", *words)
    assert answer.code == 0, answer.err
    return {name: value for name, value in answer.json.items() if name != "warnings"}


@pytest.fixture
def files(write):
    write({"old.yml": OLD, "new.yml": NEW, "ours.yml": OURS, "requirements.txt": "", "data/x": ""})


@pytest.mark.parametrize(("name", "flags"), [("old", OLD_FLAGS), ("new", NEW_FLAGS), ("ours", OURS_FLAGS)])
def test_a_file_plans_what_its_flags_plan(grid, files, name, flags):
    assert plan(grid, "--config", f"{name}.yml", "train.py") == plan(grid, *flags)


@pytest.mark.parametrize("flags", [OLD_FLAGS, NEW_FLAGS, OURS_FLAGS])
def test_a_saved_file_plans_the_same(grid, files, flags):
    made = plan(grid, "--save_config", "saved.yml", *flags)
    assert plan(grid, "--config", "saved.yml", "train.py") == made


def test_a_file_that_is_saved_again_is_the_same(grid, files, project):
    for name in ("old", "new", "ours"):
        plan(grid, "--config", f"{name}.yml", "--save_config", f"{name}-1.yml", "train.py")
        plan(grid, "--config", f"{name}-1.yml", "--save_config", f"{name}-2.yml", "train.py")
        assert (project / f"{name}-2.yml").read_text() == (project / f"{name}-1.yml").read_text()


def test_the_command_line_wins_and_it_is_said(grid, files):
    answer = grid.here("run", "--dry_run", "--config", "new.yml", "--seed", "9", "train.py", "--layers", "5")
    assert "The command line overrides new.yml: --seed, --layers." in answer.out
    assert plan(grid, "--config", "new.yml", "--seed", "9", "train.py", "--layers", "5")["seed"] == 9


def test_arguments_of_the_command_line_replace_a_list_of_them(grid, files):
    made = plan(grid, "--config", "ours.yml", "train.py", "--lr", "[1, 2]", "--layers", "2")
    assert made["argv"] == [["--lr", "1", "--layers", "2"], ["--lr", "2", "--layers", "2"]]


def test_a_saved_file_reads_well(grid, project):
    plan(grid, "--save_config", "saved.yml", "--max_time", "2h", "train.py", "--lr", "[0.1, 1e-4]", "--epochs", "5")
    assert (project / "saved.yml").read_text() == (
        "compute:\n  train:\nlimits:\n  max_time: 2h\n"
        "hyper_params:\n  params:\n    --lr: '[0.1, 1e-4]'\n    --epochs: 5\n"
    )


def test_a_launch_saves_too(grid, project):
    run = grid.finish("--save_config", "saved.yml", "train.py", "--lr", "[0.5, 2]")
    again = grid.finish("--config", "saved.yml", "train.py")
    assert grid.results(run)[1]["params"] == grid.results(again)[1]["params"] == {"lr": "2"}


def test_what_cannot_be_planned_is_not_saved(grid, project):
    assert grid.here("run", "--save_config", "saved.yml", "train.py", "--lr", "[").code == 2
    assert not (project / "saved.yml").exists()


def test_no_other_file_is_replaced(grid, project):
    plan(grid, "--save_config", "saved.yml", "train.py", "--lr", "1")
    plan(grid, "--save_config", "saved.yml", "train.py", "--lr", "1")  # it says the same
    answer = grid.here("run", "--save_config", "saved.yml", "train.py", "--lr", "2")
    assert answer.code == 2
    assert "--save_config" in answer.err
    assert "another file of that name" in answer.err
    assert "--lr: 1" in (project / "saved.yml").read_text()


@pytest.mark.parametrize("name", ["no/such/folder.yml", ".", "x" * 300])
def test_a_name_that_cannot_be_written_is_refused(grid, project, name):
    answer = grid.here("run", "--save_config", name, "train.py")
    assert answer.code == 2
    assert answer.err.startswith("grid: --save_config ")
    assert answer.err.count("\n") == 1


def test_variables_are_saved_for_their_owner_alone(grid, files, project):
    plan(grid, "--config", "old.yml", "--save_config", "saved.yml", "train.py")
    assert "DATA: here" in (project / "saved.yml").read_text()
    assert stat.S_IMODE((project / "saved.yml").stat().st_mode) == 0o600


def test_a_notebook_saves_and_reads(kernel, project):
    kernel.run("lrs = [0.1, '[x']")
    kernel.run("%grid run --dry_run --save_config saved.yml train.py --lr $lrs --note 'a b'")
    reply = kernel.run("%grid run --dry_run --format json --config saved.yml train.py")
    assert '["--lr", "[x", "--note", "a b"]' in reply.stdout


# What is wrong

FAULTS = {
    "a tab": ("compute:\n\ttrain:\n", 2, "a tab"),
    "a type": ("compute:\n  train:\n    cpus: many\n", 3, "compute.train.cpus takes a whole number"),
    "an unknown key": ("compute:\n  train:\n    instnce: x\n", 3, "did you mean instance"),
    "a key of another section": ("compute:\n  train:\n    parallel: 2\n", 3, "write it as limits.parallel"),
    "a flag at the top": ("compute:\n  train:\ntrials: 2\n", 3, "write it as hyper_params.settings.trials"),
    "a missing key": ("hyper_params:\n  params: {lr: 1}\n", 1, "compute is missing"),
    "a key twice": ("compute:\n  train:\n    cpus: 1\n    cpus: 2\n", 4, "given twice"),
    "two documents": ("compute:\n  train:\n---\ncompute:\n", 3, "document"),
    "no UTF-8": (b"compute:\n  train:\n    framework: \xff\n", 3, "UTF-8"),
    "a list for a mapping": ("- compute\n", 1, "not a mapping"),
    "nothing": ("", 1, "start with the line compute:"),
    "many aliases": ("a: &a [1, 1]\nb: [*a, *a]\n", 1, "anchors and aliases"),
    "a type of Python": ("compute: !!python/object/apply:os.system [ls]\n", 1, "tag"),
    "a limit": ("compute:\n  train:\nlimits:\n  max_time: long\n", 4, "limits.max_time: --max_time"),
    "a list that has a fault": ("compute:\n  train:\n    link:\n      - ''\n", 4, "--link is empty"),
    "params and arguments": (
        "compute: {train: }\nhyper_params:\n  params: {a: 1}\n  arguments: [--a]\n", 4, "stands beside params",
    ),
    "arguments that are no list": ("compute: {train: }\nhyper_params:\n  arguments: --a\n", 3, "takes a list"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_with_its_line(grid, write, fault):
    text, line, told = FAULTS[fault]
    write({"bad.yml": text})
    answer = grid.here("run", "--config", "bad.yml", "train.py")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.count("\n") == 1
    assert f"bad.yml, line {line}: " in answer.err
    assert told in answer.err
