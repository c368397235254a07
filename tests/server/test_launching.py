"""From what is typed to a run: checks, plans, questions, launches."""

import pytest

GRID = ["train.py", "--lr", "[0.1, 0.2, 0.3]", "--layers", "2"]


async def test_a_check_tells_of_each_argument(api, home):
    words = ["train.py", "--lr", "[0.1, 0.2", "--layers", "range(1, 4)", "--where", "layers > 1", "data"]
    found = (await api.post("/check", {"words": words, "cwd": ""})).json
    lr, layers, where, data = found["arguments"]
    message = "the list is not closed: add ]"
    assert lr["fault"] == {"message": message, "flag": "--lr", "text": "[0.1, 0.2", "position": 0}
    assert (layers["count"], layers["values"], layers["swept"], layers["fault"]) == (3, ["1", "2", "3"], True, None)
    assert (where["flag"], where["text"], where["swept"]) == ("--where", "layers > 1", False)
    assert (data["flag"], data["label"], data["text"]) == (None, "arg1", "data")
    assert found["faults"] == 1
    assert found["plan"]["trials"] == 3


async def test_a_fault_of_grids_own_flags_is_told_with_its_place(api, home):
    words = ["--where", "lr < ", "train.py", "--lr", "[0.1, 0.2]"]
    found = (await api.post("/check", {"words": words, "cwd": ""})).json
    assert found["fault"]["flag"] == "--where"
    assert found["fault"]["text"] == "lr < "
    assert found["plan"] is None
    for path in ("/plan", "/runs"):
        reply = await api.post(path, {"words": words, "cwd": ""})
        assert reply.code == 400
        assert reply.json["reason"] == "SweepError"
        assert reply.json["fault"] == found["fault"]
        assert reply.message == f"--where: {found['fault']['message']}"
    assert not (home / "runs").exists()


async def test_a_plan_has_pages(api, home):
    body = {"words": ["--seed", "1", "train.py", "--lr", "range(1000000000)", "--layers", "2"], "cwd": ""}
    body["page"] = {"offset": 123_456_789, "limit": 2}
    plan = (await api.post("/plan", body)).json
    assert plan["rows"] == [
        {"trial": n, "params": {"lr": str(n), "layers": "2"}, "command": f"train.py --lr {n} --layers 2"}
        for n in (123_456_789, 123_456_790)
    ]
    assert plan["page"] == {"offset": 123_456_789, "limit": 2, "total": 10**9}
    assert plan["combinations"] == "1,000,000,000"
    assert (plan["varying"], plan["seed"], plan["seed_given"]) == (["lr"], 1, True)
    (question,) = plan["questions"]
    assert question["question"] == "This launches 1,000,000,000 trials, more than 1,000. Go on?"
    assert plan["lines"][0] == "1,000,000,000 combinations"
    assert not (home / "runs").exists()


async def test_a_plan_on_machines_costs(api, home):
    body = {"words": ["--instance_type", "g5.12xlarge", *GRID], "cwd": ""}
    plan = (await api.post("/plan", body)).json
    assert plan["machine"]["label"] == "4 × A10G 24 GB"
    assert plan["cost"]["on_demand"] == pytest.approx(plan["machine"]["on_demand"] * plan["machines"])
    assert any(plan["cost"]["told"] in line for line in plan["lines"])
    (question,) = plan["questions"]
    assert question["flags"] == ["--yes"]
    reply = await api.post("/runs", body)
    assert (reply.code, reply.json["reason"]) == (409, "question")


async def test_a_line_is_read_as_a_magic_is(api, home):
    line = '%grid run train.py --lr "[0.1, 0.2]"'
    plan = (await api.post("/plan", {"line": line, "cwd": ""})).json
    assert plan["trials"] == 2
    assert plan["magic"] == f"%{plan['command']}"
    again = (await api.post("/plan", {"line": plan["magic"], "cwd": ""})).json
    assert again["rows"] == plan["rows"]
    cell = {"line": "%%grid run --lr [1, 2, 3]", "cell": "lr = 0\nprint(f'loss={lr}')\n", "cwd": ""}
    assert (await api.post("/plan", cell)).json["trials"] == 3
    for wrong in ("%grid stop run-1", "ls -l", "%grid run -h"):
        assert (await api.post("/plan", {"line": wrong, "cwd": ""})).code == 400


async def test_what_must_be_asked_is_asked(api, home, launch):
    body = {"words": ["--max_trials", "2", *GRID], "cwd": ""}
    reply = await api.post("/runs", body)
    assert (reply.code, reply.json["reason"]) == (409, "question")
    (question,) = reply.json["questions"]
    assert question["question"] == "This launches 3 trials, more than 2. Go on?"
    assert not (home / "runs").exists()
    reply = await api.post("/runs", body | {"flags": question["flags"]})
    assert reply.code == 201
    name = reply.json["run"]
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")


@pytest.mark.parametrize(("body", "told"), [
    ({"cwd": ""}, "is not valid"),
    ({"words": ["train.py"]}, "'cwd' is a required property"),
    ({"words": "train.py", "cwd": ""}, "words"),
    ({"words": ["train.py"], "line": "%grid run train.py", "cwd": ""}, "is valid under each of"),
    ({"words": ["train.py"], "cwd": "", "more": 1}, "'more' was unexpected"),
    ({"words": ["nosuch.py"], "cwd": ""}, "nosuch.py"),
    ({"words": [], "cwd": ""}, "needs a script"),
    ({"words": ["--nosuch", "train.py"], "cwd": ""}, "--nosuch"),
    ({"words": ["--dry_run", "train.py"], "cwd": ""}, "launches nothing"),
    ({"words": ["train.py"], "cwd": "nosuch"}, "nosuch"),
    ({"words": ["train.py"], "cwd": "", "kernel": "nosuch"}, "kernel"),
    ([], "is not of type 'object'"),
])  # fmt: skip
async def test_what_cannot_be_launched_is_refused_in_a_sentence(api, home, body, told):
    reply = await api.post("/runs", body)
    assert reply.code == 400
    assert told in reply.message
    assert "\n" not in reply.message
    assert not (home / "runs").exists()


async def test_a_script_below_the_root_starts_in_its_folder(api, home, write, launch):
    write({"models/deep/main.py": "import os\nprint(os.path.basename(os.getcwd()))\n", ".git/HEAD": ""})
    name = await launch("main.py", cwd="models/deep")
    assert (await api.get(f"/runs/{name}/trials/0/log")).json["text"] == "deep\n"


async def test_forms_have_what_they_are_made_from(api, home, settings):
    settings('max_trials = 50\n[clusters.lab]\ntype = "local"\n[credentials.work]\nprofile = "work"\n')
    flags = {flag["name"]: flag for flag in (await api.get("/flags")).json["flags"]}
    assert flags["--strategy"]["choices"][:2] == ["grid_search", "random_search"]
    assert "--nodes" not in flags
    found = (await api.get("/settings")).json
    assert {"name": "lab", "type": "local"} in found["clusters"]
    assert found["credentials"] == ["work"]
    assert [each["value"] for each in found["settings"] if each["name"] == "max_trials"] == [50]


async def test_machines_are_listed_as_by_the_command(api, home, grid):
    found = (await api.get("/machines", gpus="4", accelerator="a10g")).json
    listed = grid.here("machines", "--gpus", "4", "--accelerator", "a10g", "--format", "json").json
    assert [machine["name"] for machine in found["machines"]] == [machine["name"] for machine in listed]
    assert found["prices"]["live"] is False
    assert found["here"]["place"] == "this machine"
    none = (await api.get("/machines", gpus="1000")).json
    assert (none["machines"], len(none["notes"])) == ([], 1)
    reply = await api.get("/machines", gpus="many")
    assert reply.code == 400
    assert reply.json["fault"]["flag"] == "--gpus"
    assert (await api.get("/machines", name="--live")).code == 400


CONFIG = """\
compute:
  train:
    environment: {TOKEN: hidden-value, OWN: hidden-too}
    actions:
      on_build_start: ["echo built"]
      on_experiment_start: ["true"]
hyper_params:
  params:
    --lr: [0.1, 0.2]
"""


async def test_a_configuration_is_checked_and_its_variables_are_not_shown(api, home, write, launch):
    write({"grid.yml": CONFIG})
    words = ["--config", "grid.yml", "train.py", "--layers", "[1, 2, 3]"]
    checked = await api.post("/check", {"words": words, "cwd": ""})
    (layers,) = checked.json["arguments"]
    assert (layers["label"], layers["values"], checked.json["plan"]["trials"]) == ("layers", ["1", "2", "3"], 6)
    name = await launch(*words)
    run, trial = await api.get(f"/runs/{name}"), await api.get(f"/runs/{name}/trials/0")
    assert run.json["build"] == "succeeded"
    assert trial.json["command"].endswith("train.py --lr 0.1 --layers 1")
    assert (await api.get(f"/runs/{name}/trials/build/log")).json["text"] == "built\n"
    assert b"hidden" not in checked.body + run.body + trial.body
    other = await launch("train.py")
    assert (await api.get(f"/runs/{other}")).json["build"] is None
    assert (await api.get(f"/runs/{other}/trials/build/log")).code == 409


async def test_a_configuration_is_written_by_a_launch_alone(api, home, project, launch):
    words = ["--save_config", "grid.yml", "train.py", "--lr", "[0.1, 0.2]"]
    for path in ("/check", "/plan"):
        assert (await api.post(path, {"words": words, "cwd": ""})).code == 200
    assert not (project / "grid.yml").exists()
    await launch(*words)
    assert "--lr" in (project / "grid.yml").read_text()


async def test_a_search_is_planned_and_shown_as_it_goes(api, home, launch):
    words = ["--strategy", "bayesian", "--trials", "4", "--metric", "loss", "--seed", "1", "train.py"]
    words += ["--lr", "uniform(0, 1, 5)", "--layers", "[1, 2]"]
    checked = (await api.post("/check", {"words": words, "cwd": ""})).json
    lr, layers = checked["arguments"]
    assert (lr["count"], lr["values"], lr["told"]) == (None, [], "any number from 0.0 to 1.0")
    assert (layers["count"], layers["told"]) == (2, "1, 2")
    plan = checked["plan"]
    assert (plan["combinations"], plan["rows"], plan["trials"]) == (None, [], 4)
    assert plan["axes"][0]["told"] == "any number from 0.0 to 1.0"
    name = await launch("--parallel", "1", *words)
    rows = (await api.get(f"/runs/{name}/trials", where="layers >= 1 and lr <= 1")).json["rows"]
    assert len(rows) == 4
    assert len((await api.get(f"/runs/{name}/plan")).json["rows"]) == 4
    found = (await api.get(f"/runs/{name}/parallel")).json
    assert [axis["label"] for axis in found["axes"]] == ["lr", "layers"]
    assert found["measured"] == 4


async def test_a_trial_that_a_search_has_not_chosen_is_shown_without_arguments(api, home, write, launch, tmp_path):
    gate = tmp_path / "gate"
    write({"wait.py": f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.01)\nprint('loss=1')\n"})
    words = ["--strategy", "bayesian", "--trials", "3", "--metric", "loss", "--parallel", "1"]
    name = await launch(*words, "wait.py", "--lr", "uniform(0, 1, 5)", "--epochs", "7", ended=False)
    await api.until(f"/runs/{name}/trials/0", lambda reply: reply.json["state"] == "running")
    last = (await api.get(f"/runs/{name}/trials/2")).json
    assert (last["command"], last["argv"], last["params"]) == (None, [], {"epochs": "7"})
    sorted_ = (await api.get(f"/runs/{name}/trials", sort="params.lr", where="epochs == 7")).json
    assert [row["trial"] for row in sorted_["rows"]] == [0, 1, 2]
    assert len((await api.get(f"/runs/{name}/plan")).json["rows"]) == 1
    gate.touch()
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")


async def test_the_flags_of_a_script_are_read(api, jp_root_dir):
    (jp_root_dir / "deep").mkdir()
    (jp_root_dir / "deep" / "flags.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--lr', type=float, default=0.1, help='rate')\n"
        "p.add_argument('--amp', action='store_true')\np.parse_args()\nopen('ran', 'w')\n"
    )
    found = (await api.get("/script", path="deep/flags.py")).json
    assert (found["path"], found["kinds"], found["complete"]) == ("deep/flags.py", ["argparse"], True)
    lr, amp = found["flags"]
    assert (lr["name"], lr["type"], lr["default"], lr["help"]) == ("--lr", "float", 0.1, "rate")
    assert (amp["name"], amp["takes_value"]) == ("--amp", False)
    for path in ("nosuch.py", "../secret.py", "/etc/passwd"):
        assert (await api.get("/script", path=path)).code == 400
