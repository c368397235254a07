"""``grid machines``: the list, its filters, and which prices it shows."""

from __future__ import annotations

import json
import re
import time

import pytest
from stand_ins.aws import StandIn

from grid_jupyter.core.machines import load_catalogue, prices

KEYS = [
    "name", "nicknames", "gpus", "accelerator", "gpu_memory_gb", "vcpus", "memory_gb", "on_demand", "spot", "retired",
]  # fmt: skip
SHIPPED = f"shipped prices of {load_catalogue().date}, us-east-1"


def names(answer):
    assert answer.code == 0, answer.err
    return [machine["name"] for machine in answer.json]


@pytest.fixture
def listed(grid):
    """Return a function that lists the machines that fit, as JSON."""

    def machines(*flags):
        answer = grid.here("machines", "--format", "json", *flags)
        assert answer.code == 0, answer.err
        return answer.json

    return machines


@pytest.fixture
def aws(monkeypatch):
    """An AWS that knows a few prices, and credentials for it."""
    stand_in = StandIn()
    stand_in.on_demand["us-east-1"] = {
        "g6.12xlarge": 4.5, "g5.12xlarge": 5.5, "g6.48xlarge": 14.0, "m9.nosuch": 1.0, "p5e.48xlarge": 0.0,
    }  # fmt: skip
    stand_in.on_demand["eu-central-1"] = {"g6.12xlarge": 5.75, "p5.48xlarge": 70.0}
    stand_in.spot = [("g6.12xlarge", "2.10", "a"), ("g6.12xlarge", "1.90", "b"), ("g5.12xlarge", "2.50", "a")]
    for name, value in {
        "AWS_ENDPOINT_URL": stand_in.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    }.items():
        monkeypatch.setenv(name, value)
    yield stand_in
    stand_in.close()


# The list


def test_a_process_lists_them_offline(grid, home):
    answer = grid("machines")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.splitlines()[-1].endswith(SHIPPED)
    assert not home.exists()


def test_the_keys_of_a_program(listed):
    assert all(list(machine) == KEYS for machine in listed("--retired"))
    (one,) = listed("g6.12xlarge")
    assert one == {
        "name": "g6.12xlarge", "nicknames": ["4_l4_24gb", "4_l4_192gb"], "gpus": 4, "accelerator": "L4",
        "gpu_memory_gb": 24, "vcpus": 48, "memory_gb": 192, "on_demand": 4.6016, "spot": None, "retired": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "fits"),
    [
        (["--gpus", "4"], lambda m: m["gpus"] >= 4),
        (["--gpus", "0"], lambda m: m["gpus"] == 0),
        (["--gpu_memory", "24G"], lambda m: (m["gpu_memory_gb"] or 0) >= 24),
        (["--cpus", "96"], lambda m: m["vcpus"] >= 96),
        (["--memory", "1T"], lambda m: m["memory_gb"] >= 1024),
        (["--max_price", "0.5"], lambda m: m["on_demand"] and m["on_demand"] <= 0.5),
        (["--accelerator", "rtx pro-6000"], lambda m: m["accelerator"] == "RTX PRO 6000"),
        (["--accelerator", "L4"], lambda m: m["accelerator"] == "L4"),
        (
            ["--gpus", "4", "--gpu_memory", "24G", "--max_price", "5"],
            lambda m: m["gpus"] >= 4 and m["gpu_memory_gb"] >= 24 and m["on_demand"] and m["on_demand"] <= 5,
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_filters(listed, flags, fits):
    expected = [machine for machine in listed() if fits(machine)]
    assert expected
    assert listed(*flags) == expected


def test_retired_machines_are_listed_on_request(listed):
    assert not any(machine["retired"] for machine in listed())
    everything = listed("--retired")
    assert {machine["name"] for machine in everything if machine["retired"]} >= {"p3.16xlarge", "p2.xlarge"}
    assert len(everything) == len(load_catalogue().machines)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("price", lambda m: (m["on_demand"] is None, m["on_demand"])),
        ("gpus", lambda m: -m["gpus"]),
        ("gpu_memory", lambda m: -(m["gpu_memory_gb"] or 0)),
        ("cpus", lambda m: -m["vcpus"]),
        ("memory", lambda m: -m["memory_gb"]),
        ("name", lambda m: m["name"].partition(".")[0]),
    ],
)
def test_orders(listed, order, key):
    keys = [key(machine) for machine in listed("--sort", order)]
    assert keys == sorted(keys)
    assert len(set(keys)) > 1


def test_a_name_shows_what_it_may_stand_for(grid):
    answer = grid.here("machines", "1_T4_16gb")
    rows = [line.split()[0] for line in answer.out.splitlines()]
    assert rows[1:3] == ["g4dn.xlarge", "g4dn.2xlarge"]
    assert "1_t4_16gb is g4dn.xlarge" in answer.out
    retired = grid.here("machines", "8_V100_488GB").out
    assert re.search(r"^p3\.16xlarge .* retired: take p4d\.24xlarge$", retired, re.MULTILINE)
    assert "the nearest is p4d.24xlarge" in retired


def test_a_short_name_of_the_list_finds_its_row(grid, listed):
    short = {}
    for line in grid.here("machines", "--retired").out.splitlines()[1:]:
        if nickname := re.search(r" ([\d.]+_\w+gb)\b", line):
            short[nickname[1]] = line.split()[0]
    assert len(short) > 50
    for nickname in ("8_v100_32gb", "4_l4_24gb", "2_cpu_8gb"):
        assert listed(nickname)[0]["name"] == short[nickname]
    assert all(load_catalogue().find(nickname).machine.name == name for nickname, name in short.items())


def test_a_column_without_content_is_left_out(grid):
    def heads(*flags):
        return re.split("  +", grid.here("machines", *flags).out.splitlines()[0])

    assert heads("--gpus", "0") == ["machine", "$/h", "CPUs", "RAM GB", "short name", "note"]
    assert heads("g6.xlarge")[-2:] == ["disk GB", "short name"]


def test_nothing_fits(grid):
    answer = grid.here("machines", "--gpus", "4", "--max_price", "1")
    assert answer.code == 0
    assert "the cheapest is g4dn.12xlarge, $3.91 an hour" in answer.out
    assert SHIPPED in answer.out
    assert grid.here("machines", "--gpus", "99").out == "No machine has all that. Leave a condition out.\n"
    assert grid.here("machines", "--gpus", "99", "--format", "json").json == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["nosuch_9"], "'nosuch_9' is no known machine; near it: "),
        (["--accelerator", "h10"], "--accelerator 'h10' is no known model; did you mean H100"),
        (["--gpu_memory", "24"], "write 24G"),
        (["--sort", "prize"], "did you mean price"),
        (["--sort", "spot"], "add --live"),
        (["--live"], "no AWS credentials were found"),
        (["--live", "--credential", "wrok"], "--credential wrok"),
    ],
)
def test_what_is_refused(grid, home, command, told):
    answer = grid.here("machines", *command)
    assert (answer.code, answer.out) == (2, "")
    assert told in answer.err
    assert answer.err.count("\n") == 1
    assert not home.exists()


# Live prices

FOUR = ["--gpus", "4", "--gpu_memory", "24G", "--max_price", "12"]


def test_live_prices(grid, listed, aws):
    answer = grid("machines", "--live", *FOUR)
    assert (answer.code, answer.err) == (0, "")
    heads, first, second, told = answer.out.splitlines()
    assert re.split("  +", heads)[:5] == ["machine", "GPUs", "GPU GB", "$/h", "spot $/h"]
    assert re.split("  +", first)[:5] == ["g6.12xlarge", "4 \N{MULTIPLICATION SIGN} L4", "24", "4.500", "1.900"]
    assert re.split("  +", second)[:5] == ["g5.12xlarge", "4 \N{MULTIPLICATION SIGN} A10G", "24", "5.500", "2.500"]
    assert re.fullmatch(r"2 machines · live prices of 20\d\d-\d\d-\d\d \d\d:\d\d UTC, us-east-1", told)
    one, two = listed("--live", "--sort", "spot", *FOUR)
    assert (one["on_demand"], one["spot"], two["spot"]) == (4.5, 1.9, 2.5)
    # Without the flag they are the shipped ones, whatever was asked for before.
    assert grid.here("machines", *FOUR).out.endswith(f"{SHIPPED}\n")


def test_a_machine_that_aws_does_not_sell_has_no_live_price(listed, aws):
    everything = {machine["name"]: machine for machine in listed("--live", "--retired")}
    assert set(everything) == {machine.name for machine in load_catalogue().machines}
    assert everything["g6.48xlarge"]["on_demand"] == 14.0
    assert everything["g6.xlarge"]["on_demand"] is None
    assert everything["p5e.48xlarge"]["on_demand"] is None


def test_live_prices_are_kept_for_a_while(grid, home, aws, monkeypatch):
    assert grid.here("machines", "--live", *FOUR).code == 0
    asked = len(aws.asked)
    assert {service for service, _ in aws.asked} == {"pricing", "ec2"}
    assert grid.here("machines", "--live", *FOUR).code == 0
    assert len(aws.asked) == asked
    kept = json.loads((home / "prices.json").read_text())
    kept["us-east-1"]["g6.12xlarge"][2] -= 3600
    (home / "prices.json").write_text(json.dumps(kept))
    aws.on_demand["us-east-1"]["g6.12xlarge"] = 4.25
    assert "4.250" in grid.here("machines", "--live", *FOUR).out
    assert len(aws.asked) > asked


@pytest.mark.parametrize("content", ["", "[1]", '{"us-east-1": 3}', '{"us-east-1": {"g6.xlarge": [1]}}', "\ud800"])
def test_a_damaged_cache_is_asked_anew(grid, home, aws, content):
    home.mkdir()
    (home / "prices.json").write_bytes(content.encode(errors="surrogatepass"))
    assert "4.500" in grid.here("machines", "--live", *FOUR).out


def test_a_cache_that_cannot_be_written_matters_not(grid, home, aws):
    home.write_text("in the way")
    assert "4.500" in grid.here("machines", "--live", *FOUR).out


def test_the_region_and_the_credential_of_the_settings(grid, aws, settings, monkeypatch):
    settings('region = "eu-central-1"\nlive_prices = true\n')
    answer = grid.here("machines", "g6.12xlarge")
    assert "5.750" in answer.out
    assert "live prices" in answer.out
    assert "eu-central-1" in answer.out
    assert set(aws.asked) == {("pricing", "us-east-1"), ("ec2", "eu-central-1")}


def test_a_setting_that_aws_does_not_answer_falls_back_and_says_so(grid, aws, settings):
    settings("live_prices = true\n")
    aws.refuse = "AccessDeniedException"
    answer = grid.here("machines", *FOUR)
    assert answer.code == 0
    assert "no live prices: AWS denies GetProducts" in answer.out
    assert answer.out.endswith(f"{SHIPPED}\n")
    program = grid.here("machines", "--format", "json", *FOUR)
    assert program.json[0]["on_demand"] == 4.6016
    assert "no live prices" in program.err


@pytest.mark.parametrize(
    ("refusal", "code", "told"),
    [
        ("AccessDeniedException", 2, "AWS denies GetProducts; the credential needs that permission"),
        ("ExpiredTokenException", 2, "AWS does not accept the credentials (ExpiredTokenException)"),
        ("InternalErrorException", 1, "AWS refused GetProducts (InternalErrorException)"),
    ],
)
def test_what_aws_refuses_is_told_without_its_names(grid, aws, refusal, code, told):
    aws.refuse = refusal
    answer = grid.here("machines", "--live")
    assert answer.code == code
    assert told in answer.err
    assert "arn:" not in answer.err


def test_an_aws_that_is_not_there(grid, aws):
    aws.server.server_close()
    answer = grid.here("machines", "--live")
    assert answer.code == 1
    assert "AWS did not answer" in answer.err


def test_an_aws_that_is_silent_is_not_waited_for(grid, aws, monkeypatch):
    monkeypatch.setattr(prices, "PATIENCE", 0.2)
    aws.silent = True
    answer = grid.here("machines", "--live")
    assert answer.code == 1
    assert "did not answer within 0.2 s" in answer.err


def test_a_profile_that_aws_does_not_know(grid, aws, settings):
    settings('[credentials.work]\nprofile = "nosuch"\n')
    answer = grid.here("machines", "--live", "--credential", "work")
    assert answer.code == 2
    assert "AWS knows no profile 'nosuch'" in answer.err


def test_a_role_is_taken_on(grid, aws, settings):
    settings(
        '[credentials.work]\nrole_arn = "arn:aws:iam::123456789012:role/grid"\nexternal_id = "agreed"\n'
        'region = "eu-central-1"\n'
    )
    answer = grid.here("machines", "g6.12xlarge", "--live", "--credential", "work")
    assert (answer.code, "5.750" in answer.out) == (0, True)
    assert aws.keys == {("sts", "test"), ("pricing", "role"), ("ec2", "role")}


def test_a_credential_may_be_a_profile_of_aws(grid, aws, tmp_path, monkeypatch):
    profiles = tmp_path / "aws"
    profiles.write_text("[profile mine]\nregion = eu-central-1\naws_access_key_id = mine\naws_secret_access_key = x\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(profiles))
    answer = grid.here("machines", "g6.12xlarge", "--live", "--credential", "mine")
    assert (answer.code, "5.750" in answer.out) == (0, True)
    assert aws.keys == {("pricing", "mine"), ("ec2", "mine")}


# The plan


def plan(grid, *flags):
    answer = grid.here("run", "--dry_run", *flags, "train.py", "--lr", "[1, 2, 3, 4]")
    assert answer.code == 0, answer.err
    return answer


def test_a_plan_has_the_shipped_prices(grid, home):
    made = plan(grid, "--format", "json", "--instance_type", "4_l4_24gb", "--gpus", "2").json
    assert made["cost_per_hour"] == {"on_demand": 9.2032, "spot": None, "as_of": load_catalogue().date}
    told = plan(grid, "--instance_type", "4_l4_24gb", "--gpus", "2").out
    assert f"$9.20 an hour ({SHIPPED})" in told
    assert not home.exists()


def test_a_plan_has_live_prices_where_the_settings_say_so(grid, aws, settings):
    settings("live_prices = true\n")
    made = plan(grid, "--format", "json", "--instance_type", "4_l4_24gb", "--gpus", "2").json
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert made["cost_per_hour"] == {"on_demand": 9.0, "spot": 3.8, "as_of": today}
    assert (made["machine"]["on_demand"], made["machine"]["spot"]) == (4.5, 1.9)
    told = plan(grid, "--instance_type", "4_l4_24gb", "--gpus", "2").out
    assert re.search(r"\$9\.00, spot about \$3\.80 an hour \(live prices of .* UTC, us-east-1\)", told)


def test_a_plan_without_an_answer_warns_and_takes_the_shipped_prices(grid, aws, settings):
    settings("live_prices = true\n")
    aws.refuse = "ExpiredTokenException"
    made = plan(grid, "--format", "json", "--instance_type", "4_l4_24gb").json
    assert made["cost_per_hour"]["as_of"] == load_catalogue().date
    assert any("no live prices" in warning for warning in made["warnings"])


# The question before a launch

DEAR = ["run", "--instance_type", "4_l4_24gb", "train.py", "--lr", "[1, 2, 3]"]


def test_a_dear_launch_is_refused_where_nobody_can_be_asked(grid, home):
    answer = grid.here(*DEAR)
    assert answer.code == 2
    assert f"This costs $13.80 an hour on demand ({SHIPPED}), more than $10.00" in answer.err
    assert "--yes" in answer.err
    assert not home.exists()


@pytest.mark.parametrize("flag", ["--yes", "--ignore_warnings"])
def test_the_question_is_answered_by_a_flag(grid, flag):
    answer = grid.here("run", flag, *DEAR[1:])
    assert answer.code == 2
    assert "no AWS credentials" in answer.err


def test_the_limit_is_a_setting(grid, settings, monkeypatch):
    settings("max_cost_per_hour = 20\n")
    assert "more than" not in grid.here(*DEAR).err
    monkeypatch.setenv("GRID_MAX_COST_PER_HOUR", "5")
    assert "more than $5.00" in grid.here(*DEAR).err
    monkeypatch.setenv("GRID_MAX_COST_PER_HOUR", "inf")
    assert "more than" not in grid.here(*DEAR).err


def test_spot_machines_count_with_their_price(grid, aws, settings):
    settings("live_prices = true\n")
    assert "on demand" in grid.here(*DEAR).err
    assert "more than" not in grid.here("run", "--use_spot", *DEAR[1:]).err
    settings("live_prices = true\nmax_cost_per_hour = 1")
    assert "$5.70 an hour spot" in grid.here("run", "--use_spot", *DEAR[1:]).err


def test_a_launch_on_spot_machines_asks_for_their_price(grid, aws, settings):
    settings("max_cost_per_hour = 1\n")
    assert "$5.70 an hour spot" in grid.here("run", "--use_spot", *DEAR[1:]).err
    aws.asked.clear()
    dry = plan(grid, "--format", "json", "--instance_type", "4_l4_24gb", "--use_spot").json
    assert (dry["cost_per_hour"]["spot"], aws.asked) == (None, [])


# A notebook


def test_a_notebook_shows_a_table(kernel):
    reply = kernel.run("%grid machines --gpus 4 --max_price 5")
    (shown,) = reply.of("execute_result")
    assert SHIPPED in shown["data"]["text/plain"]
    html = shown["data"]["text/html"]
    assert SHIPPED in html
    assert "g6.12xlarge" in html
    assert "<script" not in html
    assert kernel.run("found = %grid machines --gpus 4 --max_price 5\nlen(found), found[0].name").result == (
        "(2, 'g4dn.12xlarge')"
    )
    assert kernel.run("%grid machines --gpus 4;").kinds == []
    assert json.loads(kernel.run("%grid machines g6.xlarge --format json").stdout)[0]["name"] == "g6.xlarge"
    assert (
        "No machine has all that" in kernel.run("%grid machines --gpus 99").of("execute_result")[0]["data"]["text/html"]
    )
    kernel.run("%unload_ext grid_jupyter\n%load_ext grid_jupyter")
    assert "text/html" in kernel.run("found").of("execute_result")[0]["data"]


def test_a_question_about_cost_in_a_notebook(cloud, kernel):
    line = f"%grid {' '.join(DEAR[:-1])} [1,2,3]"
    assert "--yes" in kernel.run(line).error["evalue"]
    assert "nothing was launched" in kernel.run(line, allow_stdin=True, answers=["n"]).error["evalue"]
    reply = kernel.run(f"run = {line}", allow_stdin=True, answers=["y"])
    assert "$13.80 an hour" in reply.of("display_data")[0]["data"]["text/html"]
    assert kernel.run("len(run.wait())").result == "3"
