"""Logs by the piece, searched, and followed."""

import asyncio
import json

import pytest

PRINT = """\
import sys
for number in range(200):
    print(f"line {number} ü")
print("Traceback (most recent call last):", file=sys.stderr)
print("ValueError: bad", file=sys.stderr)
"""
TALK = """\
import os, sys, time
for number in range(3):
    while not os.path.exists(f"{sys.argv[1]}/{number}"):
        time.sleep(0.01)
    print(f"line {number}", flush=True)
"""


async def test_a_log_is_read_in_both_directions(api, launch, write):
    write({"print.py": PRINT})
    log = f"/runs/{await launch('print.py')}/trials/0/log"
    whole = (await api.get(log)).json
    lines = [f"line {number} ü" for number in range(200)]
    assert whole["text"].splitlines() == lines
    assert (whole["offset"], whole["end"] == whole["size"], whole["over"]) == (0, True, True)
    down, text = (await api.get(log, offset=0, limit=500, number=True)).json, ""
    assert down["line"] == 1
    while True:
        assert down["text"].endswith("\n")
        text += down["text"]
        if down["over"]:
            break
        down = (await api.get(log, offset=down["end"], limit=500)).json
    assert text == whole["text"]
    up = (await api.get(log, limit=500, number=True)).json
    assert up["text"].splitlines() == lines[up["line"] - 1 :]
    above = (await api.get(log, until=up["offset"], limit=500, number=True)).json
    assert above["text"].splitlines()[-1] == lines[up["line"] - 2]
    outline = (await api.get(f"{log}/outline")).json
    assert outline["attempts"] == [{"attempt": 1, "stdout": whole["size"], "stderr": 51}]
    assert (outline["first_error"]["stream"], outline["first_error"]["line"]) == ("stderr", 1)
    file = await api.get(f"{log}/file")
    assert file.body.decode() == whole["text"]
    assert (await api.get(log, attempt=2)).code == 404
    assert (await api.get(log, limit=0)).code == 400


async def test_a_log_is_searched(api, launch, write):
    write({"print.py": PRINT})
    search = f"/runs/{await launch('print.py')}/trials/0/log/search"
    found = (await api.get(search, q="LINE 19")).json
    assert [hit["text"] for hit in found["hits"]] == [f"line {n} ü" for n in (19, *range(190, 200))]
    assert (found["hits"][0]["line"], found["hits"][0]["column"], found["hits"][0]["length"]) == (20, 0, 7)
    assert (await api.get(search, q="LINE 19", case=True)).json["count"] == 0
    assert (await api.get(search, q=r"^line \d ", regex=True)).json["count"] == 10
    few = (await api.get(search, q="line", limit=3)).json
    assert (len(few["hits"]), few["count"]) == (3, 200)
    wrong = await api.get(search, q="(", regex=True)
    assert (wrong.code, wrong.message.startswith("'(' is no regular expression")) == (400, True)


async def test_empty_logs_say_why(api, launch, write, tmp_path):
    write({"talk.py": TALK, "quiet.py": ""})
    name = await launch("quiet.py")
    assert (await api.get(f"/runs/{name}/trials/0/log")).json["empty"] == "This trial printed nothing."
    name = await launch("--parallel", "1", "talk.py", f"[{tmp_path}, {tmp_path}]", ended=False)
    first, second = (f"/runs/{name}/trials/{number}" for number in (0, 1))
    await api.until(first, lambda reply: reply.json["state"] == "running")
    assert (await api.get(f"{first}/log")).json["empty"].startswith("No output yet. Python holds output back")
    assert (await api.get(f"{second}/log")).json["empty"].startswith("Not started")
    await api.post(f"/runs/{name}/stop")
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "stopped")


class Reader:
    """Reads server-sent events as they come."""

    def __init__(self):
        self.events = asyncio.Queue()
        self._rest = ""

    def __call__(self, chunk):
        *whole, self._rest = (self._rest + chunk.decode()).split("\n\n")
        for text in whole:
            event = dict(line.split(": ", 1) for line in text.splitlines() if not line.startswith(":"))
            if event:
                self.events.put_nowait(event)

    async def next(self):
        return await asyncio.wait_for(self.events.get(), 10)


@pytest.fixture
def follow(http_server_client, jp_base_url, jp_auth_header):
    """Return a function that follows a log, and the reader of what comes."""

    def start(path, headers=None):
        reader = Reader()
        url = f"{jp_base_url}grid-jupyter/api{path}/log/stream"
        request = http_server_client.fetch(
            url, headers=jp_auth_header | (headers or {}), streaming_callback=reader, request_timeout=60
        )
        return asyncio.ensure_future(request), reader

    return start


async def test_a_log_is_followed_and_resumed(api, launch, write, tmp_path, follow):
    write({"talk.py": TALK})
    name = await launch("talk.py", str(tmp_path), ended=False)
    trial = f"/runs/{name}/trials/0"
    broken, reader = follow(trial)
    (tmp_path / "0").touch()
    first = await reader.next()
    piece = json.loads(first["data"])
    assert (piece["text"], piece["end"], piece["over"]) == ("line 0\n", int(first["id"]), False)
    broken.cancel()
    (tmp_path / "1").touch()
    whole, again = follow(trial, {"Last-Event-ID": first["id"]})
    assert json.loads((await again.next())["data"])["text"] == "line 1\n"
    (tmp_path / "2").touch()
    assert json.loads((await again.next())["data"])["text"] == "line 2\n"
    end = await again.next()
    assert (end["event"], json.loads(end["data"])) == ("end", {"state": "succeeded", "attempts": 1})
    response = await whole
    assert response.headers["Content-Type"] == "text/event-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_server_answers_while_logs_are_followed(api, launch, write, tmp_path, follow, jp_serverapp):
    write({"talk.py": TALK})
    name = await launch("talk.py", str(tmp_path), ended=False)
    jp_serverapp.web_app.settings["grid_jupyter"].followed = asyncio.Semaphore(5)
    followers = [follow(f"/runs/{name}/trials/0") for _ in range(5)]
    (tmp_path / "0").touch()
    for _, reader in followers:
        await reader.next()
    refused = await api.get(f"/runs/{name}/trials/0/log/stream")
    assert (refused.code, refused.message) == (429, "too many logs are followed at once; close one")
    assert (await api.get(f"/runs/{name}")).json["state"] == "running"
    for number in (1, 2):
        (tmp_path / str(number)).touch()
    for request, _ in followers:
        assert (await request).code == 200
    await api.until(f"/runs/{name}", lambda reply: reply.json["state"] == "succeeded")


async def test_a_server_that_ends_leaves_its_readers(launch, write, tmp_path, follow, jp_serverapp, grid, caplog):
    write({"talk.py": TALK})
    name = await launch("talk.py", str(tmp_path), ended=False)
    (tmp_path / "0").touch()
    request, reader = follow(f"/runs/{name}/trials/0")
    await reader.next()
    await jp_serverapp.extension_manager.stop_all_extensions()
    assert (await request).code == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    for number in (1, 2):
        (tmp_path / str(number)).touch()
    assert (await asyncio.to_thread(grid.here, "wait", name)).code == 0
