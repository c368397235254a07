"""The description of the routes tells of all of them, and the server asks for the rights that it names."""

import json
import re
from pathlib import Path
from typing import ClassVar

import pytest
from jupyter_server.auth import AllowAllAuthorizer
from openapi_spec_validator import validate
from tornado.web import RequestHandler

from grid_jupyter.server.description import description, validator
from grid_jupyter.server.events import SCHEMA
from grid_jupyter.server.handlers import HANDLERS

from .routes import BODIES, NEEDED, OPERATIONS, template

ROW = re.compile(r"^\| `([A-Z]+) ([^ `]+)` \|.*\| (\w+) \|$", re.MULTILINE)


def test_it_is_openapi():
    validate(json.loads(json.dumps(description())))


def test_it_tells_of_all_routes_and_of_no_others():
    there = {
        (handler.path, method)
        for handler in HANDLERS
        for method in ("get", "post", "put", "patch", "delete", "head")
        if getattr(handler, method) is not getattr(RequestHandler, method)
    }
    assert there == set(OPERATIONS)


def test_ids_are_told_apart():
    ids = [description()["paths"][path][method]["operationId"] for path, method in OPERATIONS]
    assert len(set(ids)) == len(ids)


def test_paths_are_told_apart():
    assert {template(path.format(run="a", trial=1, part=1, path="b")) for path, _ in OPERATIONS} == {
        p for p, _ in OPERATIONS
    }


def test_the_documentation_names_each_route_and_its_action():
    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    told = {(path, method.lower(), action) for method, path, action in ROW.findall(page)}
    assert told == {(path, method, description()["paths"][path][method]["x-action"]) for path, method in OPERATIONS}


def _answers():
    """Each answer in JSON, with the operation that gives it, or its name where several do."""
    for path, method in OPERATIONS:
        responses = description()["paths"][path][method]["responses"]
        yield from (
            (f"{method} {path} {code}", found)
            for code, found in responses.items()
            if "$ref" not in found and code != "304"
        )
    yield from ((name, found) for name, found in description()["components"]["responses"].items() if name != "Download")


@pytest.mark.parametrize(("name", "answer"), [*_answers()])
def test_answers_have_examples_that_fit(name, answer):
    shape = answer.get("content", {}).get("application/json")
    if shape is None:
        assert name in {"NotModified", "get /runs/{run}/trials/{part}/log/stream 200"}
        return
    validator(shape["schema"]["$ref"]).validate(shape["example"])


def test_the_event_holds_no_parameters():
    assert set(SCHEMA["properties"]) == {"run", "state", "ended", "trials"}


class Recording(AllowAllAuthorizer):
    """Notes what it is asked, and denies what it is told to."""

    asked: ClassVar[list] = []
    denied: ClassVar[set] = set()

    def is_authorized(self, handler, user, action, resource):
        self.asked.append((action, resource))
        return action not in self.denied


@pytest.fixture
def jp_server_config(jp_server_config):
    Recording.asked, Recording.denied = [], set()
    jp_server_config["ServerApp"]["authorizer_class"] = Recording
    return jp_server_config


async def test_each_route_asks_the_authorizer_for_its_action(api, home):
    for path, method in OPERATIONS:
        await _ask(api, path, method)
        action = description()["paths"][path][method]["x-action"]
        assert Recording.asked == [(action, "grid-jupyter")], (path, method)
        Recording.asked.clear()


@pytest.mark.parametrize("denied", ["read", "write", "execute"])
async def test_who_lacks_the_right_is_refused(api, home, denied):
    Recording.denied = {denied}
    for path, method in OPERATIONS:
        needs = description()["paths"][path][method]["x-action"]
        reply = await _ask(api, path, method)
        assert (reply.code == 403) is (needs == denied), (path, method, reply.code)
        if needs == denied:
            assert "authorized" in reply.message
    assert not (home / "runs").exists() or denied != "execute"


async def _ask(api, path, method):
    filled = path.format(run="no-run-1", trial=0, part=0, path="a.txt")
    return await api(method.upper(), filled, BODIES.get(path), **NEEDED.get(path, {}))
