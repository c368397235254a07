"""What is lost in the middle of a run: nodes, driver, keeper, the whole cluster; no trial is, and none runs twice."""

from contextlib import closing
from itertools import pairwise

import psutil
import pytest
import requests
from ray_cluster import RESOURCE, TOKEN

from grid_jupyter import Run
from grid_jupyter.clusters.ray.client import Client
from grid_jupyter.clusters.ray.tokens import find_token
from grid_jupyter.core.store import Store

pytestmark = pytest.mark.timeout(300)


def ends(long, trial):
    """How attempts of a trial ended after which it went on."""
    with Store(long.run.store_folder) as store:
        return [attempt.reason for attempt in store.attempts(trial)]


def no_step_was_left_out(long, trials, seconds=150):
    """End a run and see that each trial has succeeded, once, and that each attempt went on where it was saved.

    What a trial did after it last saved is done again by its next attempt, and reported again.
    """
    rows = long.finish(seconds)
    assert [row.state for row in rows] == ["succeeded"] * trials, rows
    for trial, row in enumerate(rows):
        told = [long.told(trial, attempt) for attempt in range(1, row.attempts + 1)]
        begun = [one[0] for one in told if one]  # one may be lost before its script says a word
        assert begun[0] == 0
        assert all(begun[1:]), "it began anew"
        assert len(ends(long, trial)) == row.attempts - 1
        steps = long.steps(trial)
        again = sum(after <= before for before, after in pairwise(steps))
        assert again <= row.attempts - 1
        assert sorted({*steps}) == [float(step) for step in range(int(max(steps)) + 1)]
        assert int((long.run[trial].artifacts / "done.txt").read_text()) == steps[-1] + 1


def nodes_of(cluster):
    """How many nodes the cluster has, as it knows."""
    with closing(Client(cluster.address, find_token(cluster.token_file))) as client:
        return len(client.nodes())


def processes_of(cluster, words):
    """The processes of a cluster in whose command are these words."""
    found = [
        process
        for raylet in cluster.raylets()
        for process in psutil.Process(raylet).children(recursive=True)
        if words in " ".join(process.cmdline())
    ]
    assert found, words
    return found


def test_trials_of_lost_nodes_go_on_on_others(long, ray_cluster, wait_until):
    trials = range(4)
    made = long(4, "--gpus", "1")  # two fit a node, so that they are on two nodes at least

    def move_from(node, lose, attempt):
        raylet = ray_cluster.raylets()[node]
        theirs = [trial for trial in trials if (told := made.told(trial, attempt[trial])) and told[1] == raylet]
        scripts = [psutil.Process(made.told(trial, attempt[trial])[2]) for trial in theirs]
        lose(node)
        for trial in theirs:
            attempt[trial] += 1
        assert not psutil.wait_procs(scripts, 20)[1], "a script lives on that was on a lost node"
        return theirs

    attempt = dict.fromkeys(trials, 1)
    first = move_from(1, ray_cluster.kill_node, attempt)
    wait_until(lambda: all(made.told(trial, attempt[trial]) for trial in trials), 150)
    ray_cluster.start_node(1)
    # What was moved must have saved something again.
    for trial in first:
        known = made.saved(trial)
        wait_until(lambda trial=trial, known=known: made.saved(trial) != known, 150)
    second = move_from(2, ray_cluster.lose_node, attempt)
    wait_until(lambda: all(made.told(trial, attempt[trial]) for trial in trials), 150)
    assert first or second
    no_step_was_left_out(made, 4)
    for trial in trials:
        assert made.run.rows()[trial].attempts == attempt[trial]
        assert ends(made, trial) == ["its node was lost"] * (attempt[trial] - 1)


@pytest.mark.soak
def test_a_lost_trial_goes_on_while_nobody_watches(long, ray, ray_cluster, watcher, wait_until):
    made = long(1, "--instance_type", RESOURCE)
    before = made.told(0)[2]
    killed = watcher()
    killed.kill()
    killed.wait()
    ray_cluster.kill_node(2)
    ray_cluster.start_node(2)

    def goes_on():
        scripts = [
            process for process in psutil.process_iter(["cmdline"]) if "long.py" in (process.info["cmdline"] or ())
        ]
        return any(process.pid != before for process in scripts)

    wait_until(goes_on, 150)
    told = max(made.steps())
    with ray.start("wait", made.name):  # which starts a watcher again
        wait_until(lambda: made.steps()[-1] > told, 150)
        no_step_was_left_out(made, 1)
    assert made.run.rows()[0].attempts == 2


def test_the_keeper_and_the_driver_are_lost(long, ray_cluster, jobs, wait_until):
    made = long(2)
    for keeper in processes_of(ray_cluster, "ray::Keeper"):  # others may be there of runs that are over
        keeper.kill()
    known = [len(made.steps(trial)) for trial in (0, 1)]
    wait_until(lambda: all(len(made.steps(trial)) > known[trial] + 5 for trial in (0, 1)), 150)
    assert [row.attempts for row in made.run.rows()] == [1, 1]
    scripts = [psutil.Process(made.told(trial)[2]) for trial in (0, 1)]
    (driver,) = processes_of(ray_cluster, f"-m grid_jupyter.clusters.ray.agent {made.name}")
    driver.kill()
    assert not psutil.wait_procs(scripts, 30)[1]
    wait_until(lambda: made.told(0, 2) and made.told(1, 2), 150)
    no_step_was_left_out(made, 2)
    assert [row.attempts for row in made.run.rows()] == [2, 2]
    assert all("its Ray job ended" in ends(made, trial)[0] for trial in (0, 1))
    wait_until(lambda: [job["status"] for job in jobs(made.name)] == ["FAILED", "SUCCEEDED"])


def test_a_job_that_somebody_stops_rests(long, ray, ray_cluster, jobs, wait_until):
    made = long(2)
    scripts = [psutil.Process(made.told(trial)[2]) for trial in (0, 1)]
    (job,) = jobs(made.name)
    asked = {"headers": {"Authorization": f"Bearer {TOKEN}"}, "timeout": 30}
    requests.post(f"{ray_cluster.address}/api/jobs/{job['submission_id']}/stop", **asked).raise_for_status()
    wait_until(lambda: ray.states(made.name) == ["interrupted"] * 2, 150)
    assert not psutil.wait_procs(scripts, 20)[1]
    assert {row["reason"] for row in ray.results(made.name)} == {"its Ray job was stopped by somebody else"}
    assert ray("resume", made.name).code == 0
    wait_until(lambda: made.told(0, 2) and made.told(1, 2), 150)
    no_step_was_left_out(made, 2)
    wait_until(lambda: [job["status"] for job in jobs(made.name)] == ["STOPPED", "SUCCEEDED"])


def test_trials_that_no_node_could_take_any_more_rest(ray, ray_cluster, wait_until):
    run = ray.finish("--cluster", "ray", "--instance_type", RESOURCE, "train.py")
    ray_cluster.lose_node(2)  # the one that has it
    wait_until(lambda: nodes_of(ray_cluster) == 2, 150)
    assert ray("rerun", run, "--yes").code == 0
    wait_until(lambda: ray.states(run) == ["interrupted"], 150)
    (row,) = ray.results(run)
    assert row["reason"].startswith(f"it could not be submitted: --instance_type {RESOURCE}: ")
    ray_cluster.start_node(2)
    wait_until(lambda: nodes_of(ray_cluster) == 3, 150)
    assert ray("resume", run).code == 0
    Run(run).wait(150)
    assert ray.states(run) == ["succeeded"]


def test_a_cluster_that_is_gone_for_good(open_any_ray_cluster, grid, settings, write, tmp_path, wait_until):
    write({"waits.py": "import time\nprint('loss=1', flush=True)\ntime.sleep(600)\n"})
    with open_any_ray_cluster(nodes=1) as cluster:
        token = tmp_path / "token"  # the cluster's own goes with it
        token.write_text(TOKEN)
        settings(cluster.settings(poll=0.3, checkpoint_every=1, token_file=str(token)))
        run = grid.launch("--cluster", "ray", "--cpus", "3", "waits.py", "range(2)")
        wait_until(lambda: sorted(grid.states(run)) == ["running", "starting"], 120)
        waiting = grid.states(run).index("starting")
    wait_until(lambda: "no Ray dashboard answers" in (grid.results(run)[waiting]["reason"] or ""), 150)
    assert "nothing is heard of the Ray cluster" in grid.here("status", run).out
    assert grid("stop", run).code == 0
    Run(run).wait(150)
    assert [(row["state"], row["reason"]) for row in grid.results(run)] == [("stopped", "stopped by you")] * 2
    answer = grid("delete", run, "--yes")
    assert answer.code == 0, answer.err
    assert "its files stay on the cluster's head, if there still is one" in answer.err
    assert grid.here("history", "--format", "json").json == []
