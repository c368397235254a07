"""What one door begins the others show, by themselves."""

import json

import pytest

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

WATCH = """name => {
    window.seen = new Promise(resolve => {
        const look = () => document.querySelector(`.gj-RunItem-name[title="${name}"]`) && resolve(Date.now() / 1000);
        new MutationObserver(look).observe(document.getElementById('grid-sweeps'), {subtree: true, childList: true});
    });
}"""
LAUNCH = """async words => {
    const token = document.cookie.match(/_xsrf=([^;]+)/)[1];
    const body = JSON.stringify({words, cwd: ""});
    const reply = await fetch("/grid-jupyter/api/runs", {method: "POST", headers: {"X-XSRFToken": token}, body});
    return await reply.json();
}"""


@pytest.fixture
def script(lab):
    (lab.root / "train.py").write_text("import sys\nprint('loss=1')\n")
    return "train.py"


def test_what_a_terminal_begins_the_sidebar_shows(lab, page, script):
    page.open()
    page.sidebar().get_by_text("No sweeps yet").wait_for()
    took = []
    for number in range(5):
        name = f"run-{number}"
        page.evaluate(WATCH, name)
        lab.grid("run", "--name", name, script, "--lr", "[1, 2]")
        seen = page.evaluate("() => window.seen")
        took.append(seen - json.loads(lab.grid("status", name, "--format", "json"))["created"])
    print("seconds from a run's creation to the sidebar:", *(f"{each:.2f}" for each in took))  # noqa: T201
    assert page.locator(".gj-RunItem").count() == 5


def test_what_the_sidebar_launches_a_terminal_knows(lab, page, script):
    page.open()
    page.sidebar().get_by_text("No sweeps yet").wait_for()
    launched = page.evaluate(LAUNCH, ["--name", "from-the-sidebar", script, "--lr", "[1, 2]"])
    status = json.loads(lab.grid("status", launched["run"], "--format", "json"))
    assert (status["run"], status["trials"]) == ("from-the-sidebar", 2)
    lab.grid("wait", "from-the-sidebar")
    assert json.loads(lab.grid("status", "from-the-sidebar", "--format", "json"))["state"] == "succeeded"
