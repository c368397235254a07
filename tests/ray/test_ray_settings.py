"""What the settings and Ray's own variables say of a cluster: each mistake is one sentence with its place."""

import pytest

from grid_jupyter.clusters.ray.door import connect
from grid_jupyter.clusters.ray.options import Options, read_options
from grid_jupyter.clusters.ray.tokens import find_token
from grid_jupyter.core.settings import load
from grid_jupyter.errors import ConfigError, CredentialError


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def lab(settings):
    """Return a function that reads the options of a cluster ``lab`` whose table has these lines."""

    def lab(*lines):
        settings("\n".join(["[clusters.lab]", 'type = "ray"', *lines, ""]))
        return read_options(load(), "lab")

    return lab


def test_a_cluster_that_nothing_is_said_of_has_the_usual_options(settings):
    assert read_options(load()) == Options("ray")


def test_all_that_can_be_said_is_read(lab):
    assert lab(
        'address = "10.0.0.5"',
        'token_file = "~/token"',
        'python = "/opt/ray/bin/python"',
        'store = "/mnt/shared/grid/"',
        "poll = 0.5",
        "checkpoint_every = 10",
        'instance_types = { big = "ray.io/accelerator-type=H100", "g5.xlarge" = "g5" }',
    ) == Options(
        "lab",
        "http://10.0.0.5:8265",
        "~/token",
        "/opt/ray/bin/python",
        "/mnt/shared/grid",
        0.5,
        10.0,
        {"big": "ray.io/accelerator-type=H100", "g5.xlarge": "g5"},
    )


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("head", "http://head:8265"),
        ("head:80", "http://head:80"),
        ("http://head", "http://head"),
        ("https://ray.example.com/lab/", "https://ray.example.com/lab"),
        ("http://[fd00::1]:8265", "http://[fd00::1]:8265"),
        (" 10.0.0.5:8265 ", "http://10.0.0.5:8265"),
        ("http://head:6379", "http://head:6379"),
    ],
)
def test_an_address_may_be_written_in_short(lab, written, address):
    assert lab(f'address = "{written}"').address == address


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('adress = "head"', "adress is no option of a Ray cluster; did you mean address"),
        ('address = "auto"', "address is auto, which means whatever runs on this machine; .*http://127.0.0.1:8265"),
        (
            'address = "ray://head:10001"',
            "address is ray://head:10001, which is the address of Ray Client; .*//head:8265",
        ),
        ('address = "head:10001"', "address is head:10001, which is the address of Ray Client; .*http://head:8265"),
        ('address = "10.0.0.5:6379"', "10.0.0.5:6379, which is where the nodes .* meet; .*http://10.0.0.5:8265"),
        ('address = "[fd00::1]:6379"', r"http://\[fd00::1\]:8265"),
        ('address = "ftp://head"', "starts with ftp://; .* starts with"),
        ('address = "http://head:8265/#/jobs"', "holds more than an address"),
        ('address = "http://head:port"', "takes the address of a Ray dashboard, such as"),
        ('address = "http://"', "takes the address of a Ray dashboard, such as"),
        ("address = 8265", "takes the address of a Ray dashboard, such as"),
        ('token_file = ""', "token_file takes a text in quotes"),
        ('python = "python3"', "python takes a whole path on the cluster"),
        ('store = "grid"', "store takes a folder that all nodes share, such as"),
        ('store = "/mnt/../grid"', "store takes a folder that all nodes share, such as"),
        ('store = "s3://A"', "store takes a folder that all nodes share, such as"),
        ("store = 3", "store takes a folder that all nodes share, such as"),
        ("poll = 0", "poll takes seconds, more than 0"),
        ('checkpoint_every = "1m"', "checkpoint_every takes seconds"),
        ('instance_types = "big"', "instance_types is a table of names"),
        ("instance_types = { big = 3 }", "instance_types is a table of names"),
    ],
)
def test_a_mistake_is_told_with_its_line(lab, line, told):
    with pytest.raises(ConfigError, match=rf"config.toml:3: .*{told}") as caught:
        lab(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "told"),
    [('token = "abc"', "looks like a secret"), ('address = "http://me:word@head:8265"', "looks like a secret")],
)
def test_a_secret_is_not_kept_in_the_settings(lab, written, told):
    with pytest.raises(ConfigError, match=told) as caught:
        lab(written)
    assert "word" not in str(caught.value)


def test_an_address_of_the_environment_counts_where_the_settings_have_none(lab, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "http://there:8265")
    assert lab().address == "http://there:8265"
    assert lab('address = "here"').address == "http://here:8265"
    monkeypatch.setenv("RAY_API_SERVER_ADDRESS", "http://jobs:8265")
    assert lab().address == "http://jobs:8265"


def test_an_address_of_the_environment_that_is_none_names_the_variable(lab, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "auto")
    with pytest.raises(ConfigError, match=r"^RAY_ADDRESS is auto, which means whatever runs on this machine"):
        lab()


def test_without_an_address_the_sentence_says_where_to_write_it(lab):
    with pytest.raises(ConfigError, match=r"address = .* below \[clusters.lab\] in .*config.toml, .* RAY_ADDRESS"):
        connect(lab())


# Tokens


def test_a_token_is_found_where_ray_finds_it(tmp_path, monkeypatch):
    assert find_token(None) is None
    usual = tmp_path / ".ray" / "auth_token"
    usual.parent.mkdir()
    usual.write_text("usual\n")
    assert find_token(None).text == "usual"
    (tmp_path / "named").write_text("  named ")
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "~/named")
    assert find_token(None).text == "named"
    monkeypatch.setenv("RAY_AUTH_TOKEN", "direct")
    assert find_token(None).text == "direct"
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    assert find_token(None) is None
    assert find_token(str(tmp_path / "named")).text == "named"  # the settings mean this cluster


def test_a_token_is_not_shown(tmp_path):
    (tmp_path / "token").write_text("planted")
    assert "planted" not in repr(find_token(str(tmp_path / "token")))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "token_file: .*/token cannot be read: No such file"),
        (b"\n", "token_file: .*/token is empty"),
        (b"\xff\xfe", "token_file: .*/token cannot be read: it is no text"),
        (b"planted two", "/token holds something else than a token"),
        ("plantéd".encode(), "/token holds something else than a token"),
    ],
)
def test_a_file_that_holds_no_token_is_told(tmp_path, content, told):
    file = tmp_path / "token"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CredentialError, match=told) as caught:
        find_token(str(file))
    assert "plant" not in str(caught.value)


def test_a_file_that_ray_is_told_of_must_be_there(monkeypatch):
    monkeypatch.setenv("RAY_AUTH_TOKEN_PATH", "/nowhere/token")
    with pytest.raises(CredentialError, match="RAY_AUTH_TOKEN_PATH: /nowhere/token cannot be read"):
        find_token(None)
