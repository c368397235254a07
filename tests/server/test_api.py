"""The routes, with a real server, a real store and real runs."""

GRID = ["train.py", "--lr", "[0.1, 0.2, 0.3]", "--layers", "2"]


async def test_a_run_from_the_form_to_its_results(api, launch):
    name = await launch(*GRID)
    run = (await api.get(f"/runs/{name}")).json
    assert run["state"] == "succeeded"
    assert run["best"] == {"trial": 0, "metric": "loss", "mode": "min", "value": 0.2}
    assert run["varying"] == ["lr"]
    assert run["constants"] == [{"label": "layers", "flag": "--layers", "value": "2"}]
