"""A real Jupyter server with the extension; every answer is held against the description of the routes."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from pytest_jupyter.jupyter_server import *  # noqa: F403  (fixtures, and the hook that runs tests on the server's loop)
from tornado.httpclient import HTTPClientError

from grid_jupyter.core.home import run_folder
from grid_jupyter.core.watching import watcher_lives
from grid_jupyter.server.description import description, validator

from .routes import template


@pytest.fixture
def jp_root_dir(project):
    return project


@pytest.fixture
def jp_server_config():
    return {
        "ServerApp": {
            "jpserver_extensions": {"grid_jupyter": True, "jupyter_server_terminals": False},
            "allow_unauthenticated_access": False,
            "reraise_server_extension_failures": True,
        }
    }


class Reply:
    """What the server answered."""

    def __init__(self, response):
        self.code = response.code
        self.headers = response.headers
        self.body = response.body or b""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        return self.json["message"]


def _check(method, path, reply):
    """Fail where an answer is not as described."""
    responses = description()["paths"][template(path)][method.lower()]["responses"]
    described = responses.get(str(reply.code)) or responses["default"]
    if "$ref" in described:
        described = description()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    kind = reply.headers.get("Content-Type", "").partition(";")[0]
    if reply.code == 304:
        return
    assert kind in described["content"], (method, path, reply.code, kind)
    if kind == "application/json":
        schema = described["content"][kind]["schema"]
        if "$ref" in schema:  # all but downloads
            fault = next(validator(schema["$ref"]).iter_errors(reply.json), None)
            assert fault is None, (method, path, list(fault.absolute_path), fault.message[:300])


class Api:
    """The routes of the extension, as a signed-in user asks for them."""

    def __init__(self, fetch):
        self._fetch = fetch

    async def __call__(self, method, path, body=None, headers=None, /, **query):
        """Ask, and check the answer by the description; an error is an answer."""
        sent = None if method in {"GET", "DELETE"} else json.dumps({} if body is None else body)
        texts = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in query.items()}
        try:
            response = await self._fetch(
                "grid-jupyter", "api", *path.strip("/").split("/"),
                method=method, body=sent, params=texts, headers=headers or {}, allow_nonstandard_methods=True,
            )  # fmt: skip
        except HTTPClientError as error:
            if error.response is None:
                raise
            response = error.response
        reply = Reply(response)
        _check(method, path, reply)
        return reply

    async def get(self, path, headers=None, /, **query):
        return await self("GET", path, None, headers, **query)

    async def post(self, path, body=None, headers=None):
        return await self("POST", path, body, headers)

    async def until(self, path, fits):
        """Ask again until an answer fits."""
        end = time.monotonic() + 20
        while True:
            reply = await self.get(path)
            if fits(reply):
                return reply
            assert time.monotonic() < end, reply.body
            await asyncio.sleep(0.05)


@pytest.fixture
def api(home, jp_fetch):
    return Api(jp_fetch)


@pytest.fixture
def launch(api):
    """Return a function that launches a run over HTTP and waits for its end, and for its watcher's."""

    async def run(*words, ended=True, **more):
        reply = await api.post("/runs", {"words": list(words), "cwd": "", **more})
        assert reply.code == 201, reply.body
        name = reply.json["run"]
        if ended:
            folder, going = run_folder(name), {"running", "queued"}
            over = lambda reply: reply.json["state"] not in going and not watcher_lives(folder)  # noqa: E731
            await api.until(f"/runs/{name}", over)
        return name

    return run
