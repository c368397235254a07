"""What answers instead of a dashboard: one sentence each, and the token goes nowhere else."""

import http.server
import socket
import threading
from contextlib import contextmanager

import pytest

from grid_jupyter.clusters.ray.client import Client
from grid_jupyter.clusters.ray.log_files import NodeGoneError
from grid_jupyter.clusters.ray.tokens import Token
from grid_jupyter.errors import ServiceError

TOKEN = Token("planted", "a test")


@contextmanager
def _server(answer):
    """A server that answers each request by a function of its handler, and remembers what came."""
    seen = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append((self.path, dict(self.headers)))
            answer(self)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.seen, server.address = seen, f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def _says(status, body="", **headers):
    def answer(handler):
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body.encode())

    return answer


def _breaks_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"{")
    handler.close_connection = True


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (_says(404, "not found"), "is no Ray dashboard that takes jobs: .* 8265"),
        (_says(200, "<html>"), "is no Ray dashboard that takes jobs: .* 8265"),
        (_says(200, "[1]"), "is no Ray dashboard that takes jobs: .* 8265"),
        (_says(500, "Traceback\n  File\nValueError: so\n.\n"), "answered 500: ValueError: so$"),
        (_says(502), "answered 502: Bad Gateway"),
        (_breaks_off, "broke off"),
    ],
)
def test_another_server_is_told(answer, told):
    with _server(answer) as server, pytest.raises(ServiceError, match=told) as caught:
        Client(server.address, TOKEN).version()
    assert "\n" not in str(caught.value)
    assert "planted" not in str(caught.value)


def test_only_ray_itself_says_that_there_is_no_such_job():
    """Something before the dashboard, or in its place, answers with the same status."""
    with _server(_says(404, "Job grid-x-0 does not exist")) as server:
        assert Client(server.address, TOKEN).job("grid-x-0") is None
    with _server(_says(404, "<html>no back end")) as server, pytest.raises(ServiceError, match="answered 404"):
        Client(server.address, TOKEN).job("grid-x-0")


def test_where_nobody_listens_the_sentence_says_what_to_look_at():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    told = f"no Ray dashboard answers at http://127.0.0.1:{port}: connection refused; see that the cluster and a tunnel"
    with pytest.raises(ServiceError, match=told):
        Client(f"127.0.0.1:{port}").version()


def test_a_name_that_nobody_knows_is_told():
    with pytest.raises(ServiceError, match=r"no Ray dashboard answers at http://nowhere.invalid:8265: .*; see that"):
        Client("nowhere.invalid").version()


def test_what_speaks_another_protocol_is_told():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def speak():
            there, _ = listening.accept()
            with there:
                there.recv(1000)
                there.sendall(b"\x00\x00\x18\x04\x00\x00\x00\x00\x00\x00\x04\x00\x40\x00\x00")  # as gRPC does

        thread = threading.Thread(target=speak)
        thread.start()
        port = listening.getsockname()[1]
        with pytest.raises(ServiceError, match=r"it does not speak HTTP; see that .* 8265"):
            Client(f"127.0.0.1:{port}").version()
        thread.join()


def test_one_that_is_silent_is_told(monkeypatch):
    monkeypatch.setattr("grid_jupyter.clusters.ray.client._UPLOADING", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(ServiceError, match=r"has not answered for 0\.1 seconds"):
            Client(f"127.0.0.1:{port}").put_package("x", b"")


def test_a_token_does_not_follow_to_another_place():
    with _server(_says(200, "{}")) as other:
        leads = _says(302, Location=f"{other.address}/api/version")
        with _server(leads) as server, pytest.raises(ServiceError, match="leads to another page"):
            Client(server.address, TOKEN).version()
    assert not other.seen


def test_a_token_is_not_shown_to_a_proxy(monkeypatch):
    with _server(_says(200, "{}")) as proxy, _server(_says(200, '{"ray_version": "2.60.0"}')) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.address)
        assert Client(server.address, TOKEN).version().ray == "2.60.0"
    assert not proxy.seen


def test_a_password_for_that_host_takes_the_place_of_no_token(tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with _server(_says(200, '{"ray_version": "2.60.0"}')) as server:
        Client(server.address, TOKEN).version()
        Client(server.address).version()
    assert [headers.get("Authorization") for _, headers in server.seen] == ["Bearer planted", None]


def test_an_address_below_a_path_is_asked_there():
    with _server(_says(200, '{"ray_version": "2.60.0"}')) as server:
        Client(f"{server.address}/lab/").version()
    assert server.seen[0][0] == "/lab/api/version"


# Ray 2.40 says 200 before it looks for a file, and tells of a failure in the body


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("12", b"12"),
        ("", None),
        ("[get_logs] Fetch log error: A file is not found at: /tmp/x", None),
        ("[get_logs] Fetch log error: Agent for node id: 0a doesn't exist.", NodeGoneError),
        ("12[get_logs] Fetch log error: <AioRpcError>", ServiceError),
    ],
)
def test_an_older_dashboard_is_read_too(body, found, tmp_path):
    target = tmp_path / "target"
    with _server(_says(200, body)) as server:
        client = Client(server.address)
        if isinstance(found, type):
            with pytest.raises(found):
                client.log_file("0a", "x")
            with pytest.raises(found):
                client.download_log("0a", "x", str(target))
        else:
            assert client.log_file("0a", "x") == found
            assert client.download_log("0a", "x", str(target)) == (found is not None)
    assert target.exists() == (found == b"12")
    assert "format=text" in server.seen[0][0]  # else it writes a 1 in front of each piece


def test_a_file_that_breaks_off_is_not_left_here(tmp_path):
    with _server(_breaks_off) as server, pytest.raises(ServiceError, match="broke off in the middle"):
        Client(server.address).download_log("0a", "x", str(tmp_path / "target"))
    assert not list(tmp_path.iterdir())
