"""What may be asked of a run, and what is refused in the core's sentence."""

import pytest
from parts import GATE


@pytest.fixture
def gated(write, launch, tmp_path):
    """Return a function that launches trials that wait for ``open()``."""
    write({"gate.py": GATE})
    folder = tmp_path / "gate"
    folder.mkdir()

    async def start(*words):
        return await launch(*words, "gate.py", str(folder), "range(4)", ended=False)

    start.open = (folder / "open").touch
    return start


async def test_a_run_is_paused_resumed_and_stopped(api, grid, gated):
    name = await gated("--parallel", "1")
    await api.until(f"/runs/{name}", lambda reply: reply.json["counts"].get("running"))
    paused = await api.post(f"/runs/{name}/pause")
    assert (paused.code, paused.json["trials"]) == (202, 3)
    run = (await api.until(f"/runs/{name}", lambda reply: reply.json["held"])).json
    assert (run["state"], run["held"], run["counts"]) == ("running", 3, {"running": 1, "queued": 3})
    assert run["banner"] == {
        "kind": "paused", "text": "Paused by you. 3 trials wait, 1 runs.",
        "command": f"grid resume {name}", "limits": {},
    }  # fmt: skip
    again = await api.post(f"/runs/{name}/pause")
    assert (again.code, again.message) == (409, f"{name} is paused already; grid resume {name} carries on")
    assert (await api("DELETE", f"/runs/{name}")).code == 409
    assert (await api.post(f"/runs/{name}/resume", {"parallel": "2"})).code == 202
    await api.until(f"/runs/{name}", lambda reply: reply.json["counts"].get("running") == 2)
    assert (await api.get(f"/runs/{name}")).json["limits"]["parallel"] == 2
    one = await api.post(f"/runs/{name}/trials/1/stop")
    assert one.json["message"] == f"Stopping trial {name}/1; it gets 20 s to save."
    await api.until(f"/runs/{name}/trials/1", lambda reply: reply.json["state"] == "stopped")
    assert (await api.post(f"/runs/{name}/stop")).code == 202
    run = (await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "stopped")).json
    assert run["counts"] == {"stopped": 4}
    refused = await api.post(f"/runs/{name}/stop")
    assert (refused.code, refused.message) == (409, f"{name} has ended already: stopped")
    deleted = await api("DELETE", f"/runs/{name}")
    assert (deleted.code, deleted.json["message"]) == (200, f"{name} is deleted.")
    assert (await api.get(f"/runs/{name}")).code == 404
    assert grid.here("history", "--format", "json").json == []


async def test_a_trial_is_preempted_and_goes_on(api, gated):
    name = await gated()
    await api.until(f"/runs/{name}/trials/0", lambda reply: reply.json["state"] == "running")
    assert (await api.post(f"/runs/{name}/trials/0/preempt")).code == 202
    await api.until(f"/runs/{name}/trials/0", lambda reply: reply.json["interruptions"])
    gated.open()
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")
    trial = (await api.get(f"/runs/{name}/trials/0")).json
    assert (trial["interruptions"], trial["attempts"]) == (1, 2)
    refused = await api.post(f"/runs/{name}/trials/0/preempt")
    assert refused.code == 409
    assert f"{name}/0" in refused.message


async def test_good_results_are_replaced_only_when_asked(api, gated):
    name = await gated()
    gated.open()
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")
    asked = await api.post(f"/runs/{name}/rerun", {})
    assert (asked.code, asked.json["reason"]) == (409, "question")
    (question,) = asked.json["questions"]
    assert question["question"].startswith("The results of 4 that succeeded are replaced.")
    done = await api.post(f"/runs/{name}/rerun", {"yes": True})
    assert (done.code, done.json["trials"]) == (202, 4)
    await api.until(f"/runs/{name}/trials/3", lambda reply: reply.json["attempts"] == 2 and reply.json["ended"])
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")
    both = await api.post(f"/runs/{name}/rerun", {"failed": True, "missing": True})
    assert both.code == 400
    assert (await api.post(f"/runs/{name}/rerun", {"trials": [9]})).code == 400
    assert (await api.post(f"/runs/{name}/rerun", {"failed": True})).code == 409
    assert (await api.post(f"/runs/{name}/resume", {})).code == 409


async def test_a_budget_that_is_spent_is_raised(api, launch, write):
    write({"slow.py": "import time; time.sleep(0.3)"})
    name = await launch("--budget", "0.1s", "--parallel", "1", "slow.py", "--n", "range(3)")
    run = (await api.get(f"/runs/{name}")).json
    assert run["state"] == "paused"
    banner = run["banner"]
    assert banner["kind"] == "paused"
    assert banner["command"].startswith(f"grid resume {name} --budget ")
    assert (await api.post(f"/runs/{name}/resume", {})).code == 409
    small = await api.post(f"/runs/{name}/resume", {"budget": "0.01s"})
    assert (small.code, small.json["fault"]["flag"]) == (400, "--budget")
    assert (await api.post(f"/runs/{name}/resume", banner["limits"] | {"budget": "1h"})).code == 202
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")
