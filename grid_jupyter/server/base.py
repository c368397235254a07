"""What all handlers share."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from grid_jupyter.errors import GridError

from .description import read_body, read_query
from .problems import Problem, problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from .files import Sent
    from .manager import Manager

    P = ParamSpec("P")
    T = TypeVar("T")
    F = TypeVar("F", bound=Callable[..., Any])


def authorized_to(action: str) -> Callable[[F], F]:
    """Ask the server's authorizer for an action that the method of the request does not tell."""
    return cast("Callable[[F], F]", authorized(action))


class GridHandler(APIHandler):
    """A route of the description.

    Attributes:
        path: Its path there.
    """

    auth_resource = "grid-jupyter"
    path: str
    _etag: str | None = None

    @property
    def manager(self) -> Manager:
        """What holds all state."""
        manager: Manager = self.settings["grid_jupyter"]
        return manager

    def query(self) -> dict[str, Any]:
        """Return the values of the query, as the description has them."""
        given = {name: self.get_query_argument(name, strip=False) for name in self.request.query_arguments}
        return self._told(read_query, self.path, self.request.method.lower(), given)

    def body(self, schema: str) -> dict[str, Any]:
        """Return the body, which fits a schema of the description."""
        return self._told(read_body, schema, self.get_json_body())

    @staticmethod
    def _told(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except GridError as error:
            raise problem(error) from error

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what takes time beside the loop; an error of the core becomes an answer."""
        try:
            return await self.manager.call(function, *args, **kwargs)
        except GridError as error:
            raise problem(error) from error

    async def answer(self, function: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Answer with what a function returns."""

        def text() -> str:
            return json.dumps(function(*args, **kwargs), allow_nan=False)

        self.finish(await self.call(text))

    async def answer_for(self, run: str | None, function: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Answer likewise, unless neither the run (or any run) nor the question has changed since the last answer."""
        version = await self.call(self.manager.version, run)
        self._etag = f'"{version}-{zlib.crc32(self.request.query.encode()):08x}"'
        self.set_etag_header()
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        await self.answer(function, *args, **kwargs)

    async def send(self, file: Sent) -> None:
        """Send a file to be saved, piece by piece."""
        self._etag = ""
        try:
            for name, value in file.headers.items():
                self.set_header(name, value)
            self.set_header("Content-Type", file.kind)
            while piece := await self.manager.call(file.next):
                self.write(piece)
                await self.flush()
            self.finish(set_content_type=file.kind)
        except StreamClosedError:
            self.log.debug("a download of %s was broken off", file.name)
        finally:
            file.close()

    def compute_etag(self) -> str | None:
        """Return the version that the answer is of; where it has none, the content's digest."""
        return super().compute_etag() if self._etag is None else self._etag or None

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401  (as tornado has it)
        """Answer with one sentence, whatever went wrong; a fault of ours is told by the server's log alone."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, Problem):
            body = error.body
        else:
            message = error.get_message() if status_code < 500 and isinstance(error, HTTPError) else None
            body = {"message": message or _UNKNOWN.get(status_code, self._reason), "reason": None}
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps(body))


_UNKNOWN = {500: "grid-jupyter has a fault; the server's log tells which"}
