"""A gate before a cluster's dashboard: it hands requests on, and can be held shut for some of them."""

import re
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_DROPPED = {"connection", "transfer-encoding", "content-length", "server", "date", "host", "accept-encoding"}


class Gate:
    """The gate.

    Args:
        address: The dashboard's, where requests go.

    Attributes:
        address: Its own, ``http://127.0.0.1:PORT``.
        seen: What was asked so far: ``METHOD PATH`` each.
    """

    def __init__(self, address):
        self._behind = address
        self._held, self._when = None, "before"
        self._is_cut = False
        self._open = threading.Event()
        self._open.set()
        self.came = threading.Event()
        self.seen = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold(self, pattern, when):
        """Keep requests that match, ``before`` they reach the dashboard, or ``after`` that, so that no answer comes."""
        self.came.clear()
        self._open.clear()
        self._held, self._when = re.compile(pattern), when

    def release(self):
        """Let all through."""
        self._held = None
        self._open.set()

    def cut(self):
        """Hang up on whoever asks, from now on."""
        self._is_cut = True

    def close(self):
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def wait_at(self, asked, when):
        """Let a request wait, where it is one that is held."""
        if self._held and when == self._when and self._held.match(asked):
            self.came.set()
            self._open.wait(60)

    def ask(self, method, path, headers, content):
        """Ask the dashboard; return status, headers and content."""
        sent = {name: value for name, value in headers.items() if name.lower() not in _DROPPED}
        request = urllib.request.Request(f"{self._behind}{path}", content, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read()

    def _handler(gate):  # noqa: N805  (a handler's self is another)
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _do(self):
                asked = f"{self.command} {self.path}"
                if gate._is_cut:
                    self.close_connection = True
                    return
                gate.seen.append(asked)
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
                gate.wait_at(asked, "before")
                status, headers, content = gate.ask(self.command, self.path, self.headers, content)
                gate.wait_at(asked, "after")
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        if name.lower() not in _DROPPED:
                            self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:  # whoever asked is gone
                    self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = _do  # noqa: N815  (names of http.server)

            def log_message(self, *_):
                pass

        return Handler


@contextmanager
def open_gate(address):
    """Give a gate that goes with the context."""
    gate = Gate(address)
    try:
        yield gate
    finally:
        gate.close()
