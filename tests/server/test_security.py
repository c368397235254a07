"""What must not be possible, and what must stay text."""

import json
import os
from io import BytesIO
from zipfile import ZipFile

import pytest
from tornado.httpclient import HTTPClientError

from grid_jupyter.server.description import description

from .routes import BODIES, OPERATIONS

EVIL = "<img src=x onerror=alert(1)>"
MAKE = """\
import os
from io import BytesIO
from zipfile import ZipFile
os.mkdir("sub")
open("sub/large", "wb").write(os.urandom(3_000_000))
open("empty", "w").close()
open("..\\\\..\\\\bad", "w").write("bad")
"""
SHOUT = """\
import sys
from pathlib import Path
print(sys.argv[2])
Path("page.html").write_text("<script>alert(1)</script>")
Path("sub").mkdir()
Path("sub/ü \\"; x.txt").write_text("text")
sys.exit("Error: " + sys.argv[2])
"""


@pytest.mark.parametrize("how", ["nobody", "wrong"])
async def test_without_a_token_nothing_is_told(home, jp_base_url, jp_serverapp, http_server_client, how):
    headers = {} if how == "nobody" else {"Authorization": "token wrong"}
    for path, method in OPERATIONS:
        url = f"{jp_base_url}grid-jupyter/api{path.format(run='a', trial=0, part=0, path='b')}"
        body = None if method in {"get", "delete"} else json.dumps(BODIES.get(path, {}))
        with pytest.raises(HTTPClientError) as refused:
            await http_server_client.fetch(
                url, method=method.upper(), body=body, headers=headers, follow_redirects=False,
                allow_nonstandard_methods=True,
            )  # fmt: skip
        assert refused.value.code == 403, (path, method)
    assert not (home / "runs").exists()


async def _cookies(jp_base_url, jp_serverapp, http_server_client):
    """Sign in as a browser does: by a cookie."""
    token = jp_serverapp.identity_provider.token
    reply = await http_server_client.fetch(f"{jp_base_url}lab?token={token}", raise_error=False, follow_redirects=False)
    reply = await http_server_client.fetch(f"{jp_base_url}api/status?token={token}", raise_error=False)
    found = [cookie.partition(";")[0] for cookie in reply.headers.get_list("Set-Cookie")]
    login = await http_server_client.fetch(f"{jp_base_url}login", raise_error=False)
    return [*found, *(cookie.partition(";")[0] for cookie in login.headers.get_list("Set-Cookie"))]


async def test_a_cookie_alone_changes_nothing(api, home, jp_base_url, jp_serverapp, http_server_client):
    cookies = await _cookies(jp_base_url, jp_serverapp, http_server_client)
    assert any(cookie.startswith("username-") for cookie in cookies)
    (xsrf,) = {cookie.partition("=")[2] for cookie in cookies if cookie.startswith("_xsrf=")}
    url = f"{jp_base_url}grid-jupyter/api/runs"
    body = json.dumps({"words": ["train.py"], "cwd": ""})
    login = "; ".join(cookie for cookie in cookies if cookie.startswith("username-"))

    async def ask(headers):
        return await http_server_client.fetch(url, method="POST", body=body, headers=headers, raise_error=False)

    refused = await ask({"Cookie": login})
    assert refused.code == 403
    assert "_xsrf" in json.loads(refused.body)["message"]
    assert not (home / "runs").exists()
    assert (await http_server_client.fetch(url, headers={"Cookie": login})).code == 200
    signed = await ask({"Cookie": f"{login}; _xsrf={xsrf}", "X-XSRFToken": xsrf})
    assert signed.code == 201
    await api.until(f"/runs/{json.loads(signed.body)['run']}", lambda reply: reply.json["state"] == "succeeded")


@pytest.mark.parametrize("folder", ["..", "../..", "/", "/etc", "sub/../..", "out", "out/deeper", "a\0b"])
async def test_folders_outside_of_the_contents_root_are_refused(api, home, project, tmp_path, folder):
    outside = tmp_path / "outside"
    (outside / "deeper").mkdir(parents=True)
    (outside / "train.py").write_text("print(1)")
    (outside / "deeper" / "train.py").write_text("print(1)")
    (project / "out").symlink_to(outside)
    for path in ("/plan", "/runs"):
        reply = await api.post(path, {"words": ["train.py"], "cwd": folder})
        assert reply.code == 400
        assert "folder that Jupyter serves" in reply.message
    assert not (home / "runs").exists()


@pytest.mark.parametrize("words", [
    ["../outside.py"], ["link.py"], ["--config", "../outside.yml", "train.py"], ["--config", "/etc/passwd", "train.py"],
    ["--dependency_file", "link.py", "train.py"],
])  # fmt: skip
async def test_files_outside_of_the_contents_root_are_refused(api, home, project, tmp_path, words):
    (tmp_path / "outside.py").write_text("print(1)")
    (tmp_path / "outside.yml").write_text("secret: 1")
    (project / "link.py").symlink_to(tmp_path / "outside.py")
    for path in ("/plan", "/runs"):
        reply = await api.post(path, {"words": words, "cwd": ""})
        assert reply.code == 400, reply.body
        assert "secret" not in reply.message
        assert "outside of the project" in reply.message or "folder that Jupyter serves" in reply.message
    reply = await api.post("/check", {"words": words, "cwd": ""})
    assert reply.json["fault"]
    assert reply.json["plan"] is None
    assert not (home / "runs").exists()


async def test_text_stays_text(api, home, write, launch):
    write({"shout.py": SHOUT})
    name = await launch("shout.py", "--x", EVIL)
    run = await api.get(f"/runs/{name}")
    trials = await api.get(f"/runs/{name}/trials")
    log = await api.get(f"/runs/{name}/trials/0/log")
    assert log.json["text"] == f"{EVIL}\n"
    assert trials.json["rows"][0]["params"] == {"x": EVIL}
    assert EVIL in trials.json["rows"][0]["reason"]
    for reply in (run, trials, log):
        assert reply.headers["Content-Type"].startswith("application/json")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


async def test_files_are_saved_and_never_shown(api, home, write, launch):
    write({"shout.py": SHOUT})
    name = await launch("shout.py", "--x", "1")
    listed = (await api.get(f"/runs/{name}/artifacts")).json["files"]
    assert [file["path"] for file in listed] == ["page.html", 'sub/ü "; x.txt']
    for file, content in zip(listed, [b"<script>alert(1)</script>", b"text"], strict=True):
        reply = await api.get(f"/runs/{name}/artifacts/0/{file['path']}")
        assert reply.body == content
        assert reply.headers["Content-Disposition"].startswith("attachment; ")
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert reply.headers["Content-Disposition"] == (
        "attachment; filename=\"_ _; x.txt\"; filename*=UTF-8''%C3%BC%20%22%3B%20x.txt"
    )


async def test_all_files_come_as_one(api, home, write, launch):
    write({"make.py": MAKE})
    name = await launch("make.py", "range(2)")
    reply = await api.get(f"/runs/{name}/artifacts.zip")
    assert reply.headers["Content-Disposition"].startswith(f'attachment; filename="{name}.zip"')
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    with ZipFile(BytesIO(reply.body)) as packed:
        assert packed.testzip() is None
        folders = [f"{name}-exp0/", f"{name}-exp1/"]
        made = [folder + file for folder in folders for file in (".._.._bad", "empty", "sub/large")]
        assert sorted(packed.namelist()) == made
        assert [len(packed.read(file)) for file in made[:3]] == [3, 0, 3_000_000]
    some = await api.get(f"/runs/{name}/artifacts.zip", trial=1, match="*.bad")
    assert (some.code, some.message) == (404, f"{name} has no files that match *.bad")
    some = await api.get(f"/runs/{name}/artifacts.zip", trial=1, match="sub/*")
    assert ZipFile(BytesIO(some.body)).namelist() == [f"{name}-exp1/sub/large"]
    (home / "runs" / name / "trials" / "0" / "artifacts" / "empty").unlink()
    (home / "runs" / name / "trials" / "0" / "artifacts" / "empty").symlink_to("/etc/passwd")
    some = await api.get(f"/runs/{name}/artifacts.zip", trial=0)
    assert f"{name}-exp0/empty" not in ZipFile(BytesIO(some.body)).namelist()


@pytest.mark.parametrize("path", [
    "../stdout.1", "../../../run.db", "/etc/passwd", "sub/../../stdout.1", "nosuch", "link", "folder/passwd", "pipe",
])  # fmt: skip
async def test_only_what_the_store_knows_is_sent(api, home, write, launch, path):
    write({"make.py": "open('link', 'w').close(); open('pipe', 'w').close()\nimport os; os.mkdir('folder')\n"
                      "open('folder/passwd', 'w').close()"})  # fmt: skip
    name = await launch("make.py")
    folder = home / "runs" / name / "trials" / "0" / "artifacts"
    for known in ("link", "pipe"):
        (folder / known).unlink()
    (folder / "folder" / "passwd").unlink()
    (folder / "folder").rmdir()
    # What the trial's owner may have put there since.
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "folder").symlink_to("/etc")
    os.mkfifo(folder / "pipe")
    reply = await api.get(f"/runs/{name}/artifacts/0/{path}")
    assert reply.code == 404
    assert "has no file" in reply.message


@pytest.mark.parametrize("name", ["..", ".", "%2e%2e", "A", "a_b", "a%00", "x" * 300])
async def test_a_run_is_named_as_runs_are(home, jp_fetch, name):
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("grid-jupyter", "api", "runs", name)
    assert refused.value.code in {404, 400}


async def test_a_fault_of_ours_shows_no_traceback(api, home, monkeypatch):
    def broken():
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("grid_jupyter.server.forms.flags", broken)
    reply = await api.get("/flags")
    assert reply.code == 500
    assert reply.json == {"message": "grid-jupyter has a fault; the server's log tells which", "reason": None}


async def test_a_store_that_cannot_be_read_is_told(api, home, launch):
    name = await launch("train.py")
    (home / "runs" / name / "run.db").write_bytes(b"no database" * 1000)
    reply = await api.get(f"/runs/{name}")
    assert reply.code == 503
    assert "is not a readable database" in reply.message
    (home / "index.db").unlink()
    listed = (await api.get("/runs")).json["runs"]
    assert [(run["run"], run["state"]) for run in listed] == [(name, "interrupted")]


def test_every_route_tells_of_refusals():
    for path, method in OPERATIONS:
        assert "default" in description()["paths"][path][method]["responses"]
