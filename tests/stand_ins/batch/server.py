"""The server: AWS's requests, checked by the service's own model, and those of tests under ``/_sim``."""

import json
import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.session import Session
from botocore.validate import ParamValidator

from .control import Control
from .errors import Refused, Unanswered
from .simulation import Simulation


class Model:
    """botocore's model of the service."""

    def __init__(self):
        self._service = Session().get_service_model("batch")
        self._routes = []
        for name in self._service.operation_names:
            http = self._service.operation_model(name).http
            path = re.sub(r"\\\{\w+\\\}", "(.+)", re.escape(http["requestUri"]))
            labels = re.findall(r"\{(\w+)\}", http["requestUri"])
            self._routes.append((http["method"], re.compile(path), labels, name))

    def route(self, method, path):
        """Return the operation of a path, and what the path says of the request."""
        for wanted, pattern, labels, name in self._routes:
            if wanted == method and (match := pattern.fullmatch(path)):
                return name, dict(zip(labels, map(unquote, match.groups()), strict=True))
        raise Refused(f"no operation at {method} {path}", "UnknownOperationException", 404)

    def check(self, operation, request):
        """Refuse a request that the model does not allow."""
        report = ParamValidator().validate(request, self._service.operation_model(operation).input_shape)
        if report.has_errors():
            raise Refused(f"Error executing request, Exception : {report.generate_report()}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        try:
            if url.path.startswith("/_sim/"):
                status, content, headers = 200, self.server.control.handle(self.command, url, body, self.headers), {}
            else:
                status, content, headers = 200, self._operate(url, body), {}
        except Refused as refused:
            status, content = refused.status, {"message": str(refused)}
            headers = {"x-amzn-errortype": refused.code}
        except Unanswered:
            self.close_connection = True
            return
        self._send(status, content, headers)

    def _operate(self, url, body):
        simulation = self.server.simulation
        operation, request = self.server.model.route(self.command, url.path)
        dropped = simulation.switches.enter("batch", operation)
        request |= json.loads(body or b"{}")
        request |= {key: values for key, values in parse_qs(url.query).items() if key == "tagKeys"}
        self.server.model.check(operation, request)
        answer = simulation.call(operation, request)
        # Made now, since what it tells may change at once.
        content = json.dumps(answer).encode()
        simulation.switches.leave("batch", operation)
        if dropped:
            raise Unanswered
        return content

    def _send(self, status, content, headers):
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  (the library's names)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """The stand-in at a port of this machine.

    Args:
        folder: Where machines and containers have their files.
        settings: What differs from the defaults.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, folder, **settings):
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder, self._first = folder, settings
        self.control = Control(self)
        self._runs = 0
        self.model = Model()
        self.simulation = None
        self.reset()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self):
        """Begin anew: nothing runs, nothing is there."""
        if self.simulation:
            self.simulation.close()
        self._runs += 1
        self.simulation = Simulation(f"{self.folder}/{self._runs}", self.url, self._first)

    def server_close(self):
        self.simulation.close()
        super().server_close()
