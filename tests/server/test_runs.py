"""Runs and trials as views ask for them, with real runs."""

import asyncio
import time

import grid_jupyter

GRID = ["train.py", "--lr", "[0.1, 0.2, 0.3]", "--layers", "2"]
MIXED = """\
import sys
number = int(sys.argv[sys.argv.index("--n") + 1])
if number == 3:
    sys.exit("Error: three")
if number != 4:
    for step in range(3):
        print(f"loss={number * 10 - step}")
    print(f"acc={number}")
"""


async def test_a_run_from_its_launch_to_its_end(api, launch):
    name = await launch("--description", "the first", *GRID)
    run = (await api.get(f"/runs/{name}")).json
    assert run["state"] == "succeeded"
    assert run["best"] == {"trial": 0, "metric": "loss", "mode": "min", "value": 0.2}
    assert run["varying"] == ["lr"]
    assert run["constants"] == [{"label": "layers", "flag": "--layers", "value": "2"}]
    assert run["counts"] == {"succeeded": 3}
    assert run["sentence"] == "3 of 3 ended"
    assert (run["banner"], run["failures"], run["time_left"], run["dollars"]) == (None, [], None, None)
    assert run["command"].startswith("grid run ")
    assert run["reproduce"] == f"grid rerun {name} --from_snapshot"
    other = (await api.get(f"/runs/{name}", metric="loss", mode="max")).json
    assert other["best"]["trial"] == 2
    plan = (await api.get(f"/runs/{name}/plan")).json
    assert [row["command"] for row in plan["rows"]] == [f"train.py --lr 0.{n} --layers 2" for n in (1, 2, 3)]
    assert (plan["files"], plan["warnings"], plan["questions"]) == (None, [], [])


async def test_runs_are_listed_and_found(api, launch, write):
    write({"fail.py": "raise SystemExit(3)"})
    first = await launch("--description", "Baseline", *GRID)
    second = await launch("fail.py")
    third = await launch("train.py")
    everything = (await api.get("/runs")).json
    assert [run["run"] for run in everything["runs"]] == [third, second, first]
    assert (everything["all"], everything["active"]) == (3, 0)

    async def found(**query):
        listed = (await api.get("/runs", **query)).json
        assert listed["all"] == 3
        return [run["run"] for run in listed["runs"]]

    assert await found(limit=1, offset=1) == [second]
    assert await found(q="baseLINE") == [first]
    assert await found(q="FAIL.py") == [second]
    assert await found(q=second) == [second]
    assert await found(state="failed") == [second]
    assert await found(state="done") == [third, first]
    assert await found(state="active") == []
    assert (await api.get("/runs", state="nosuch")).code == 400
    assert (await api.get("/runs", limit=-1)).code == 400


async def test_trials_are_filtered_sorted_and_paged(api, launch, write):
    write({"mixed.py": MIXED})
    name = await launch("mixed.py", "--n", "range(6)", "--text", "<b>")

    async def found(**query):
        reply = await api.get(f"/runs/{name}/trials", **query)
        return [row["trial"] for row in reply.json["rows"]]

    assert await found() == [0, 1, 2, 5, 3, 4]
    assert await found(descending=True) == [5, 2, 1, 3, 4, 0]
    assert await found(sort="trial", descending=True) == [5, 4, 3, 2, 1, 0]
    assert await found(sort="metrics.acc", descending=True) == [5, 2, 1, 0, 3, 4]
    assert await found(sort="params.n", offset=1, limit=2) == [1, 2]
    assert await found(state="failed") == [3]
    assert await found(state="failed,succeeded", sort="trial") == [0, 1, 2, 3, 4, 5]
    assert await found(where="n > 1 and state == succeeded and loss < 20") == [2]
    assert await found(where="n >= 3", sort="trial") == [3, 4, 5]
    assert await found(where="ERROR three") == [3]
    assert await found(only="4,0", sort="trial") == [0, 4]
    whole = (await api.get(f"/runs/{name}/trials", find=5, limit=2, metric="acc")).json
    assert (whole["position"], whole["page"]["total"], whole["all"]) == (0, 6, 6)
    assert (whole["metric"], whole["mode"]) == ("acc", "max")
    assert [row["best"] for row in whole["rows"]] == [True, False]
    for query in ({"where": "nosuch == 1"}, {"where": "n <"}, {"sort": "nosuch"}, {"state": "x"}, {"only": "a"}):
        reply = await api.get(f"/runs/{name}/trials", **query)
        assert reply.code == 400
    fault = (await api.get(f"/runs/{name}/trials", where="n < ")).json["fault"]
    assert (fault["text"], fault["position"] >= 3) == ("n < ", True)


async def test_a_trial_has_all_its_details(api, launch, write):
    write({"mixed.py": MIXED})
    name = await launch("mixed.py", "--n", "range(4)")
    trial = (await api.get(f"/runs/{name}/trials/3")).json
    assert (trial["state"], trial["attempts"], trial["failures"]) == ("failed", 1, 1)
    assert "three" in trial["reason"]
    assert trial["name"] == f"{name}/3"
    assert trial["argv"] == ["--n", "3"]
    assert trial["command"].endswith("mixed.py --n 3")
    assert trial["environment"]["GRID_TRIAL_INDEX"] == "3"
    assert trial["reproduce"] == f"grid rerun {name}/3 --from_snapshot"
    assert (trial["notebook"], trial["git"], trial["repeats"]) == (None, None, None)
    assert trial["code"]["files"] == 2
    assert trial["python"]["packages"]["pytest"]
    assert trial["machine"]["cpus"] >= 1
    assert trial["log"]["stderr"] > 0
    assert (await api.get(f"/runs/{name}/trials/4")).code == 404
    assert (await api.get("/runs/no-run-1/trials/0")).code == 404


async def test_curves_of_chosen_trials_are_thinned_and_go_on(api, launch, write):
    write({"curve.py": "import sys\nfor step in range(1000): print(f'loss={(step - 500) ** 2 + int(sys.argv[1])}')\n"})
    name = await launch("--mode", "min", "curve.py", "range(3)")
    curves = (await api.get(f"/runs/{name}/metrics", points=50)).json
    assert (curves["name"], curves["names"], curves["trials"]) == ("loss", ["loss"], 3)
    assert [curve["trial"] for curve in curves["curves"]] == [0, 1, 2]
    for curve in curves["curves"]:
        assert (curve["total"], curve["thinned"]) == (1000, True)
        values = [value for _, value, _ in curve["points"]]
        assert 10 < len(values) < 120
        assert [value - curve["trial"] for value in (values[0], min(values), values[-1])] == [250_000, 0, 249_001]
    chosen = (await api.get(f"/runs/{name}/metrics", trials="2,1", points=5000)).json
    assert [(curve["trial"], len(curve["points"])) for curve in chosen["curves"]] == [(2, 1000), (1, 1000)]
    later = (await api.get(f"/runs/{name}/metrics", trials="2,1", cursor=chosen["cursor"])).json
    assert (later["curves"], later["reset"]) == ([], False)
    await api.post(f"/runs/{name}/rerun", {"trials": [2]})
    await api.until(f"/runs/{name}/trials/2", lambda reply: reply.json["attempts"] == 2 and reply.json["ended"])
    anew = (await api.get(f"/runs/{name}/metrics", trials="2,1", cursor=chosen["cursor"])).json
    assert anew["reset"]
    assert [curve["total"] for curve in anew["curves"]] == [1000, 1000]
    for query in ({"trials": "3"}, {"cursor": "x"}, {"points": 1}):
        assert (await api.get(f"/runs/{name}/metrics", **query)).code == 400


async def test_parallel_coordinates_come_by_columns(api, launch, write):
    write({"mixed.py": MIXED})
    name = await launch("mixed.py", "--n", "range(6)", "--kind", "[b, a]", "--lr", "[1e-4]")
    found = (await api.get(f"/runs/{name}/parallel", metric="loss", mode="min")).json
    n, kind = found["axes"]
    trials = list(zip(found["trials"], found["values"], n["places"], kind["places"], strict=True))
    assert [(n["values"][a], kind["values"][b]) for _, _, a, b in trials[:3]] == [("0", "b"), ("0", "a"), ("1", "b")]
    assert [value for _, value, _, _ in trials] == sorted(value for _, value, _, _ in trials)
    assert (found["measured"], found["without"]) == (8, 4)
    assert (n["values"], n["numeric"], n["log"]) == (["0", "1", "2", "5"], True, False)
    assert (kind["values"], kind["numeric"]) == (["b", "a"], False)
    few = (await api.get(f"/runs/{name}/parallel", metric="acc", most=2)).json
    assert (few["measured"], len(few["trials"]), few["mode"]) == (8, 2, "max")
    assert few["values"] == [5, 0]
    some = (await api.get(f"/runs/{name}/parallel", where='kind == "a" and n < 2')).json
    assert some["measured"] == 2
    assert (await api.get(f"/runs/{name}/parallel", where="kind <")).code == 400


async def test_results_are_those_of_the_command(api, grid, launch):
    name = await launch(*GRID)
    csv = await api.get(f"/runs/{name}/results")
    assert csv.body.decode() == grid_jupyter.Run(name).results().to_csv()
    assert csv.headers["Content-Disposition"].startswith(f'attachment; filename="{name}.csv"')
    assert (await api.get(f"/runs/{name}/results", format="json")).json == grid.results(name)


async def _settled(api, path):
    """Return the version of an answer that does not change any more: a watcher that leaves changes files too."""
    etag, until = "", time.monotonic() + 20
    while (reply := await api.get(path, {"If-None-Match": etag})).code != 304:
        assert time.monotonic() < until
        etag = reply.headers["ETag"]
        await asyncio.sleep(0.05)
    assert reply.body == b""
    return etag


async def test_an_answer_that_is_still_true_is_not_sent_again(api, launch):
    name = await launch(*GRID)
    for path in ("/runs", f"/runs/{name}", f"/runs/{name}/trials", f"/runs/{name}/metrics", f"/runs/{name}/parallel"):
        etag = await _settled(api, path)
        assert (await api.get(path, {"If-None-Match": etag}, metric="loss")).code == 200
    etag = await _settled(api, f"/runs/{name}/trials")
    await api.post(f"/runs/{name}/rerun", {"trials": [0], "yes": True})
    await api.until(f"/runs/{name}/trials/0", lambda reply: reply.json["attempts"] == 2)
    assert (await api.get(f"/runs/{name}/trials", {"If-None-Match": etag})).code == 200


async def test_a_run_fills_the_form_that_asks_for_it_again(api, home, launch, project):
    (project / "deep").mkdir()
    (project / "deep" / "go.py").write_text("print('loss=1')\n")
    words = ["--retries", "2", "--where", "lr < 1", "--link", "a.txt", "--link", "b.txt", "deep/go.py"]
    words += ["data one", "--lr", "[0.1, 2]", "--x=[1, 2]", "--amp"]
    for name in ("a.txt", "b.txt"):
        (project / name).touch()
    run = (await api.post("/runs", {"words": ["--name", "first", *words], "cwd": ""})).json["run"]
    form = (await api.get(f"/runs/{run}/form")).json
    assert (form["script"], form["folder"], form["kernel"]) == ("deep/go.py", "", None)
    options = {option["flag"]: option["values"] for option in form["options"]}
    assert options == {"--retries": ["2"], "--where": ["lr < 1"], "--link": ["a.txt", "b.txt"]}
    assert [(one["flag"], one["text"], len(one["words"])) for one in form["arguments"]] == [
        (None, "data one", 1),
        ("--lr", "[0.1, 2]", 2),
        ("--x", "[1, 2]", 1),
        ("--amp", None, 1),
    ]


async def test_a_cell_is_changed_in_its_notebook(api, home):
    cell = {"line": "%%grid run --name cell --lr [1, 2]", "cell": "lr = 0\nprint(f'loss={lr}')\n", "cwd": ""}
    assert (await api.post("/runs", cell)).code == 201
    reply = await api.get("/runs/cell/form")
    assert (reply.code, reply.message) == (400, "cell ran a cell of a notebook; change that cell and run it again")
