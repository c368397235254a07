"""Changes are told as they come, whoever makes them."""

import asyncio
import json
import time

import pytest

from grid_jupyter.server.events import RUN_CHANGED


class Listener:
    """Reads events as they come."""

    def __init__(self, socket):
        self._socket = socket

    async def until(self, fits):
        """Return the first event of ours that fits."""
        while True:
            message = await asyncio.wait_for(self._socket.read_message(), 20)
            event = json.loads(message)
            if event["schema_id"] == RUN_CHANGED and fits(event):
                return event


@pytest.fixture
def listen(home, jp_ws_fetch):
    """Return a function that begins to listen, as a browser's tab does."""

    async def subscribe():
        return Listener(await jp_ws_fetch("api", "events", "subscribe"))

    return subscribe


async def test_a_run_of_the_terminal_is_told_of(api, grid, listen):
    listener = await listen()
    began = time.time()
    process = grid.start("run", "--name", "from-terminal", "train.py", "--lr", "[1, 2]")
    last = await listener.until(lambda event: event["state"] == "succeeded")
    assert (last["run"], last["ended"], last["trials"]) == ("from-terminal", 2, 2)
    assert set(last) - {"schema_id"} <= {
        "run", "state", "ended", "trials", "__timestamp__", "__schema__", "__schema_version__",
        "__metadata_version__",
    }  # fmt: skip
    run = (await api.get("/runs/from-terminal")).json
    assert run["created"] >= began
    await asyncio.to_thread(process.wait)
    await asyncio.to_thread(grid.here, "delete", "from-terminal", "--yes")
    gone = await listener.until(lambda event: event["state"] is None)
    assert gone["run"] == "from-terminal"


async def test_a_run_over_http_is_seen_by_the_terminal(grid, launch, listen):
    listener = await listen()
    name = await launch("train.py", "--lr", "[1, 2]", ended=False)
    await listener.until(lambda event: event["run"] == name and event["state"] == "succeeded")
    assert grid.states(name) == ["succeeded"] * 2


async def test_each_trial_that_ends_is_told_of(write, launch, listen, tmp_path):
    listener = await listen()
    write({"wait.py": "import os, sys, time\nwhile not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"})
    gates = [tmp_path / str(number) for number in range(3)]
    name = await launch("wait.py", f"[{', '.join(map(str, gates))}]", "--parallel", "3", ended=False)
    for number, gate in enumerate(gates, 1):
        gate.touch()
        await listener.until(lambda event, number=number: event["run"] == name and event["ended"] == number)


async def test_nobody_listens_and_nothing_is_looked_at(jp_serverapp, home, launch):
    events = jp_serverapp.extension_manager.extension_apps["grid_jupyter"].pop().events
    await launch("train.py")
    assert events._changes is None
