"""What a real server refuses, and what stays text in a real browser."""

import http.client
import json
import re
import sqlite3

import pytest

from .lab import TOKEN, serving

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

API = "/grid-jupyter/api"
SECRET = "a secret that is nobody's business"
EVIL = "<img src=x onerror=window.fired=true>"
SCRIPT = f"""
import argparse, os, pathlib
parser = argparse.ArgumentParser(description="{EVIL}")
parser.add_argument("--lr", type=float, default=0.1, help="{EVIL}")
parser.add_argument("--note", default="{EVIL}", help="{EVIL}")
args = parser.parse_args()
print("{EVIL}", flush=True)
for step in range(3):
    print(f"loss={{args.lr / (step + 1)}}", flush=True)
pathlib.Path("{EVIL}.txt").write_text("text")
if args.lr > 5:
    raise ValueError(args.note)
"""


def ask(lab, path, method="GET", body=None, headers=None):
    """Send a request as it stands, without a client that tidies its path; return status and answer."""
    connection = http.client.HTTPConnection("127.0.0.1", lab.port, timeout=30)
    try:
        signed = {"Authorization": f"token {TOKEN}"} if headers is None else headers
        connection.request(method, API + path, body and json.dumps(body), signed)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


@pytest.fixture
def script(lab):
    (lab.root / "train.py").write_text(SCRIPT)
    return "train.py"


def test_another_site_and_a_stranger_change_nothing(lab, page, script):
    assert ask(lab, "/runs", headers={})[0] == 403
    assert ask(lab, "/runs", "POST", {"words": [script], "cwd": ""}, headers={})[0] == 403

    page.open()
    post = """async ([url, headers]) => {
        const body = JSON.stringify({words: ["train.py"], cwd: ""});
        const reply = await fetch(url, {method: "POST", body, headers});
        return [reply.status, await reply.text()];
    }"""
    # The browser has signed in by its cookie, and sends it along.
    assert page.evaluate(f"async () => (await fetch('{API}/runs')).status") == 200
    assert page.evaluate(f"async () => (await fetch('{API}/runs', {{credentials: 'omit'}})).status") == 403
    status, told = page.evaluate(post, [f"{API}/runs", {}])
    assert (status, "_xsrf" in told) == (403, True)
    assert page.evaluate(post, [f"{API}/runs", {"X-XSRFToken": "2|made|up|0"}])[0] == 403
    # A page of another origin sends the cookie along, too, but cannot read the token that belongs to it.
    other, elsewhere = page.context.new_page(), f"http://127.0.0.1:{lab.port + 1}/"
    form = f"<form method=post enctype=text/plain action='http://127.0.0.1:{lab.port}{API}/runs'>"
    field = """<input name='{"words": ["train.py"], "cwd": "", "flags": ["--description=' value='"]}'>"""
    other.route(elsewhere, lambda route: route.fulfill(body=form + field, content_type="text/html"))
    other.goto(elsewhere)
    with other.expect_response(f"**{API}/runs") as reply:
        other.evaluate("() => document.forms[0].submit()")
    assert "username-" in reply.value.request.all_headers()["cookie"]
    assert reply.value.status == 404  # as Jupyter answers to another origin
    assert json.loads(lab.grid("history", "--format", "json")) == []


@pytest.fixture
def ended(lab, script, tmp_path):
    """A run that has ended, in whose folder links were put afterwards; and one more in the folder of scripts."""
    (tmp_path / "outside.py").write_text(f"print({SECRET!r})\n# --{SECRET}")
    (lab.root / "link.py").symlink_to(tmp_path / "outside.py")
    (lab.root / "away").symlink_to(tmp_path)
    lab.grid("run", "--wait", "--name", "ended", script)
    trial = lab.home / "runs" / "ended" / "trials" / "0"
    for file in (trial / "stdout.1", trial / "artifacts" / f"{EVIL}.txt"):
        file.unlink()
        file.symlink_to(tmp_path / "outside.py")
    return "ended"


def test_no_path_leads_to_other_files(lab, ended, tmp_path):
    outside = str(tmp_path / "outside.py").replace("/", "%2F")
    parts = ["..%2F..%2Frun.db", "%2e%2e/%2e%2e/run.db", "../../run.db", "..%5c..%5crun.db", outside, f"%2F{outside}"]
    parts += [str(tmp_path / "outside.py"), "%3Cimg%20src=x%20onerror=window.fired=true%3E.txt"]
    paths = [f"/runs/ended/artifacts/0/{part}" for part in parts]
    paths += [f"/runs/{part}" for part in ("..%2F..", "%2e%2e", outside)]
    paths += [f"/runs/ended/trials/{part}/log" for part in ("..%2F0", "..", "0%2F..%2F0", outside, "-1", "0%00")]
    paths += [f"/runs/ended/trials/0/log?stream={part}" for part in ("..%2Frun.db", outside)]
    paths += [f"/runs/ended/trials/0/log{more}" for more in ("", "?number=true", "/outline", "/file")]
    paths += ["/runs/ended/trials/0/log/search?q=secret", "/runs/ended/trials/0/log/search?q=secret&regex=true"]
    paths += [
        f"/script?path={part}" for part in ("..%2Foutside.py", outside, "link.py", "away%2Foutside.py", "%00", "")
    ]
    for path in paths:
        status, told = ask(lab, path)
        assert status in {400, 404, 503}, (path, status, told)
        assert SECRET not in told
        assert "fault; the server's log" not in told
    status, told = ask(lab, "/runs/ended/trials/0/log/stream")  # begins before anything is read
    assert SECRET not in told
    # What is all right is not refused.
    assert ask(lab, "/script?path=train.py")[0] == 200
    assert ask(lab, "/runs/ended/trials/0/log?stream=stderr")[0] == 200


def everywhere(page, view):
    """Open each tab of a view of a run, and of one of its trials."""
    for tab in view.get_by_role("tab").all_inner_texts():
        view.get_by_role("tab", name=tab, exact=True).click()
        page.wait_for_timeout(300)
    view.get_by_role("tab", name="Trials", exact=True).click()
    view.locator(".gj-Grid-rows .gj-Row").first.click()
    detail = view.get_by_role("complementary")
    for tab in ("Artifacts", "Details", "Log"):
        detail.get_by_role("tab", name=tab, exact=True).click()
        detail.get_by_text(EVIL).first.wait_for()


def test_what_a_script_says_stays_text(lab, page, script):
    # Of one run all trials fail in the same way, so that it is held, and says why.
    lab.grid("run", "--name", "held", "--parallel", "1", script, "--lr", "[6, 7, 8, 9, 10, 11]", "--note", EVIL)
    lab.grid("run", "--name", "fine", "--wait", script, "--lr", "[0.1, 0.2]", "--note", f"[{EVIL!r}, b]")
    # No metric that is printed has such a name, but what writes into the store may be another program.
    with sqlite3.connect(lab.home / "runs" / "fine" / "run.db") as store:
        store.execute("UPDATE metrics SET name = ?", [EVIL])
        store.execute("UPDATE trials SET metrics = replace(metrics, 'loss', ?)", [EVIL])
    store.close()

    lab.notebook("evil.ipynb", "%load_ext grid_jupyter\nimport grid_jupyter", "grid_jupyter.Run('fine')")
    page.open_notebook("evil.ipynb")
    page.command("notebook:run-all-cells")
    sidebar = page.sidebar()
    sidebar.get_by_text(EVIL).wait_for()  # why it is held

    cell = page.locator(".jp-OutputArea-output .gj-RunView")
    cell.locator(".gj-Head", has_text=EVIL).wait_for()
    everywhere(page, cell)
    page.done("docmanager:save")
    page.done("grid:open-run", {"run": "held"})
    tab = page.locator(".gj-RunTab .gj-RunView:visible")
    tab.locator(".gj-Banner", has_text=EVIL).first.wait_for()
    tab.locator(".gj-Constants", has_text=EVIL).wait_for()
    everywhere(page, tab)
    page.done("grid:open-run", {"run": "fine"})
    tab.locator(".gj-Head", has_text=EVIL).wait_for()
    everywhere(page, tab)

    page.done("grid:new-sweep", {"path": script})
    form = page.get_by_role("region", name="New sweep")
    form.get_by_role("textbox", name="--note").fill(f"[{EVIL!r}, b]")
    form.get_by_text(f"2 values: {EVIL}, b").wait_for()
    form.get_by_role("button", name="Preview").click()
    page.locator(".jp-Dialog .gj-Plan", has_text=EVIL).wait_for()
    page.keyboard.press("Escape")

    # The picture of the kernel, which stands for the run when it is gone.
    lab.grid("delete", "--yes", "fine")
    page.done("docmanager:open", {"path": "evil.ipynb"})
    saved = page.locator(".jp-OutputArea-output", has_text="Below: as saved.")
    saved.locator(".jp-RenderedHTML", has_text=EVIL).wait_for()

    assert page.evaluate("() => window.fired") is None
    assert page.locator("img[src=x]").count() == 0


READ_ONLY = """
from jupyter_server.auth import Authorizer

class ReadOnly(Authorizer):
    def is_authorized(self, handler, user, action, resource):
        return action == "read" or resource != "grid-jupyter"

c = get_config()
c.ServerApp.authorizer_class = ReadOnly
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """A server whose users may look at runs, and no more."""
    with serving(tmp_path_factory.mktemp("guarded"), config=READ_ONLY) as lab:
        yield lab
        lab.clear()


def test_who_may_only_look_is_told_so(guarded, open_page):
    gate = guarded.root / "gate"
    (guarded.root / "train.py").write_text(
        "import argparse, os, sys, time\nparser = argparse.ArgumentParser()\nparser.add_argument('--gate')\n"
        "gate = parser.parse_args().gate\nwhile gate and not os.path.exists(gate):\n    time.sleep(0.05)\n"
    )
    guarded.grid("run", "--name", "theirs", "train.py", "--gate", gate)
    assert ask(guarded, "/runs")[0] == 200
    assert ask(guarded, "/plan", "POST", {"words": ["train.py"], "cwd": ""})[0] == 200
    changes = [("/runs", "POST"), ("/runs/theirs", "DELETE")]
    changes += [(f"/runs/theirs/{verb}", "POST") for verb in ("stop", "pause", "resume", "rerun")]
    changes += [(f"/runs/theirs/trials/0/{verb}", "POST") for verb in ("stop", "preempt")]
    for path, method in changes:
        status, told = ask(guarded, path, method, {"words": ["train.py"], "cwd": ""} if path == "/runs" else {})
        assert (status, "not authorized" in json.loads(told)["message"]) == (403, True), path

    page = open_page(guarded)
    page.open()
    page.command("grid:open-run", {"run": "theirs"})
    view = page.locator(".gj-RunTab .gj-RunView")
    view.get_by_role("button", name="Stop run…").click()
    page.get_by_role("button", name="Stop 1 trial").click()
    sentence = "User is not authorized to write on resource: grid-jupyter."
    view.get_by_role("alert").filter(has_text=sentence).wait_for()
    view.locator(".gj-Grid-rows .gj-Row").first.click()
    view.get_by_role("button", name="Stop trial").click()
    view.get_by_role("complementary").get_by_role("alert").filter(has_text=sentence).wait_for()
    sidebar = page.sidebar()
    sidebar.get_by_role("button", name=re.compile("theirs")).first.hover()
    sidebar.get_by_role("button", name="Stop theirs…").click()
    page.get_by_role("button", name="Stop 1 trial").click()
    sidebar.get_by_role("alert").filter(has_text=sentence).wait_for()
    page.command("grid:new-sweep", {"path": "train.py"})
    page.get_by_role("button", name="Launch 1 trial").click()
    sidebar.get_by_role("alert").filter(has_text="User is not authorized to execute").wait_for()

    (run,) = json.loads(guarded.grid("history", "--format", "json"))
    assert (run["run"], run["state"]) == ("theirs", "running")
    gate.touch()
