import contextlib
from textwrap import dedent

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grid_jupyter.core.config import Actions, load_config
from grid_jupyter.errors import ConfigError

OLD = """\
compute:
  provider:
    vendor: aws
    credentials: cc-abcde
    region: us-east-1
  train:
    framework: Torch
    instance: 4_v100_16gb
    cpus: 1
    gpus: 0
    memory: 60G
    use_spot: true
    disk_size: 300
    nodes: 1
    max_nodes: ~
    distributed: false
    scale_down_seconds: 1800
    resumable: false
    environment: {DATA: here, EMPTY: , YEAR: 2021}
    dependency_file_info: {package_manager: pip, path: ./requirements.txt}
    scratch:
      - size_gb: 50
        mount_path: /scratch
    actions:
      on_image_build: ["pip install tqdm", echo built]
      on_before_training_start: [date]
      on_after_training_end: [echo done]
hyper_params:
  settings: {strategy: random_search, trials: 2}
  params:
    learning_rate: uniform(0.001, 0.008, 20)
    gamma: 1e-4
    amp: True
"""

NEW = """\
compute:
  provider: {cluster: prod-2}
  train:
    instance: m5a.large
    storage_gb: 100
    auto_resume: true
    localdir: true
    use_spot: false
    datastore_name: ada:faces
    datastore_version: 2
    datastore_mount_dir: /faces
    actions:
      on_build: [make]
      on_build_start: [make deps]
      on_build_end: [make clean]
      on_experiment_start: ["bash before.sh"]
      on_experiment_end: ["echo ${GRID_EXPERIMENT_ID:0:4}"]
    scratch: {size_gb: 100, mount_path: /tmp/scratch}
hyper_params:
  settings:
    strategy: random_search
    strategy_options: {num_trials: 3, seed: 0}
  params:
    --lr: [0.1, 1e-4, 1.0]
    -b: "[16, 32]"
    --opt: [adam, "two words", it's, [1, 2], 'a\\b']
"""


@pytest.fixture
def load(tmp_path):
    def load(text):
        path = tmp_path / "grid.yml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_config(path)

    return load


def test_the_older_keys(load):
    config = load(OLD)
    assert config.flags == {
        "cluster": "aws",
        "framework": "torch",
        "instance_type": "4_v100_16gb",
        "cpus": "1",
        "memory": "60G",
        "use_spot": True,
        "disk_size": "300",
        "no_auto_resume": True,
        "dependency_file": "./requirements.txt",
        "scratch_size": "50",
        "scratch_mount_path": "/scratch",
        "strategy": "random_search",
        "trials": "2",
    }
    assert config.words == (
        "--learning_rate",
        "uniform(0.001, 0.008, 20)",
        "--gamma",
        "1e-4",
        "--amp",
        "True",
    )
    assert config.environment == {"DATA": "here", "EMPTY": "", "YEAR": "2021"}
    assert config.actions == Actions(("pip install tqdm", "echo built"), (), ("date",), ("echo done",))
    assert [warning.split("grid.yml, ")[1].split(" is ignored")[0] for warning in config.warnings] == [
        "line 4: compute.provider.credentials",
        "line 5: compute.provider.region",
        "line 17: compute.train.scale_down_seconds",
    ]


def test_the_newer_keys(load):
    config = load(NEW)
    assert config.flags == {
        "instance_type": "m5a.large",
        "disk_size": "100",
        "auto_resume": True,
        "localdir": True,
        "datastore_name": "ada:faces",
        "datastore_version": "2",
        "datastore_mount_dir": "/faces",
        "scratch_size": "100",
        "scratch_mount_path": "/tmp/scratch",
        "strategy": "random_search",
        "trials": "3",
        "seed": "0",
    }
    assert config.words == (
        "--lr",
        "[0.1, 1e-4, 1.0]",
        "-b",
        "[16, 32]",
        "--opt",
        r"[adam, 'two words', 'it\'s', [1, 2], 'a\\b']",
    )
    assert config.actions.on_build_start == ("make", "make deps")
    assert config.actions.on_build_end == ("make clean",)
    assert "prod-2" in config.warnings[0]


def test_a_list_from_yaml_means_the_same_as_the_text(load):
    from grid_jupyter.core.language.syntax import parse_value

    config = load("compute: {train: }\nhyper_params: {params: {x: ['a b', \"it's\", 'a\\b', 1e-4, 'ü\\t']}}")
    assert list(parse_value(config.words[1]).values()) == ["a b", "it's", "a\\b", "1e-4", "ü\\t"]


@pytest.mark.parametrize("train", ["", " {}", " ~"])
def test_an_empty_train_asks_for_nothing(load, train):
    assert load(f"compute:\n  train:{train}\n").flags == {}


def test_a_cluster_of_the_users_own(load):
    config = load("compute: {provider: {vendor: aws, cluster: lab}, train: {}}")
    assert config.flags == {"cluster": "lab"}
    assert not config.warnings


TRAIN = "compute:\n  train:\n    "
PARAMS = "compute: {train: {}}\nhyper_params:\n  params:\n    "


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("", 1, "not a mapping"),
        ("- a\n", 1, "not a mapping"),
        ("\nhello\n", 2, "not a mapping"),
        ("compute:\n\ttrain:\n", 2, "a tab"),
        ("a: [1\nb: 2\n", 2, "not YAML"),
        ("a: 1\n--- \nb: 2\n", 2, "not YAML"),
        ("a: \x07\n", 1, "not YAML"),
        (b"compute:\n  \xff\n", 2, "UTF-8"),
        ("hyper_params:\n  params: {lr: 1}\n", 1, "compute is missing"),
        ("compute:\n  provider: {}\n", 1, "compute.train is missing"),
        ("compute: 3\n", 1, "compute takes a mapping"),
        ("compute:\n  train: {}\nhyperparams: {}\n", 3, "did you mean hyper_params"),
        (TRAIN + "gpu: 1\n", 3, "did you mean gpus"),
        (TRAIN + "zzzz: 1\n", 3, "choose gpus"),
        (TRAIN + "gpus: 1\n    gpus: 2\n", 4, "given twice, first in line 3"),
        (TRAIN + "gpus: two\n", 3, "number of GPUs"),
        (TRAIN + "cpus: 1.5\n", 3, "whole number, 0 or more"),
        (TRAIN + "use_spot: 3\n", 3, "true or false"),
        (TRAIN + "instance: [a]\n", 3, "single value"),
        (TRAIN + "instance: ''\n", 3, "is empty"),
        (TRAIN + "framework: mxnet\n", 3, "choose lightning, torch"),
        (TRAIN + "memory: 60\n", 3, "memory 60: the unit is missing; write 60G"),
        (TRAIN + "storage_gb: 99\n", 3, "100 or more"),
        (TRAIN + "storage_gb: 100\n    disk_size: 100\n", 4, "--disk_size"),
        (TRAIN + "nodes: 2\n", 3, "one machine"),
        (TRAIN + "max_nodes: 10\n", 3, "one machine"),
        (TRAIN + "distributed: true\n", 3, "one machine"),
        (TRAIN + "dockerfile: Dockerfile\n", 3, "--image"),
        (TRAIN + "datastore_name: a\n", 3, "needs datastore_version"),
        (TRAIN + "cpus: 1\n    datastore_version: 1\n", 4, "needs datastore_name"),
        (TRAIN + "datastore_name: a:b:c\n    datastore_version: 1\n", 3, "USER:NAME"),
        (TRAIN + "environment: {1a: 2}\n", 3, "no name of a variable"),
        (TRAIN + "environment: [A]\n", 3, "takes a mapping"),
        (TRAIN + "scratch:\n      - size_gb: 1\n      - size_gb: 2\n", 5, "second scratch"),
        (TRAIN + "actions: {on_build: make}\n", 3, "takes a list"),
        (TRAIN + "actions: {on_biuld: [make]}\n", 3, "did you mean"),
        (TRAIN + "x: &a 1\n", 3, "anchors"),
        (TRAIN + "x: !!python/object/apply:os.system [ls]\n", 3, "tag"),
        (TRAIN + "? [a]\n    : 1\n", 2, "a list or a mapping; write a name"),
        ("compute: {train: {}, provider: {vendor: gcp}}\n", 1, "choose aws"),
        ("compute: {train: {}}\nhyper_params:\n  settings: {strategy: best}\n", 3, "choose grid_search"),
        ("compute: {train: {}}\nhyper_params:\n  settings: {trials: 0}\n", 3, "1 or more"),
        (PARAMS + "- lr\n", 3, "params takes a mapping"),
        (PARAMS + "lr:\n", 4, "has no value"),
        (PARAMS + "lr: []\n", 4, "empty list"),
        (PARAMS + "lr: {a: 1}\n", 4, "single value"),
        (PARAMS + "lr: [{a: 1}]\n", 4, "put it in quotes"),
        (PARAMS + "lr: 1\n    --lr: 2\n", 5, "given twice"),
        (PARAMS + "a b: 1\n", 4, "no name of an argument"),
        ("compute: " + "[" * 30 + "\n", 1, "nested"),
    ],
)
def test_a_fault_is_told_with_its_line(load, text, line, told):
    with pytest.raises(ConfigError) as caught:
        load(text)
    assert f"grid.yml, line {line}: " in str(caught.value)
    assert told in str(caught.value)


def test_files_that_cannot_be_read(tmp_path, load):
    for path in (tmp_path, tmp_path / "none.yml"):
        with pytest.raises(ConfigError, match="cannot be read"):
            load_config(path)
    with pytest.raises(ConfigError, match="over 256 KB"):
        load("#" * 300_000)


_PIECES = st.sampled_from(
    [
        *dedent(OLD + NEW).splitlines(keepends=True),
        "\t",
        "  ",
        "- ",
        ": ",
        "[",
        "{",
        "&a ",
        "*a",
        "!x ",
        '"\\U',
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.binary(), st.lists(_PIECES, max_size=12).map("".join)))
def test_no_file_raises_anything_else(load, text):
    with contextlib.suppress(ConfigError):
        load(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
