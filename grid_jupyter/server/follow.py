"""A log as it comes, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from .base import GridHandler
from .logs import STREAMED, Log
from .problems import Problem

POLL = 0.2
"""Seconds between two looks at a log that is followed."""

BREATH = 15.0
"""Seconds of silence after which a word is sent, so that nobody in between takes the connection for dead."""


class FollowHandler(GridHandler):
    """Follows one stream of one attempt until that is over, or the reader leaves."""

    path = "/runs/{run}/trials/{part}/log/stream"

    @authenticated
    @authorized
    async def get(self, run: str, part: str) -> None:
        """Send what there is and what comes."""
        query = self.query()
        log = await self.call(Log, run, part, query["stream"], query["attempt"])
        if self.manager.followed.locked():
            raise Problem(429, {"message": "too many logs are followed at once; close one", "reason": None})
        async with self.manager.followed:
            for name, value in _HEADERS.items():
                self.set_header(name, value)
            try:
                await self._follow(log, self._start(query["offset"]))
            except StreamClosedError:
                self.log.debug("a reader of the log of %s left", log.trial)
            except Problem as problem:  # such as that the run was deleted: too late for another answer
                self.log.debug("the log of %s is followed no longer: %s", log.trial, problem.log_message)

    def _start(self, offset: int | None) -> int | None:
        last = self.request.headers.get("Last-Event-ID", "")
        return int(last) if last.isascii() and last.isdigit() and len(last) < 19 else offset

    async def _follow(self, log: Log, offset: int | None) -> None:
        spoken = time.monotonic()
        await self._say(": the log follows\n\n")
        while not self.manager.closed:
            piece = await self.call(log.piece, offset, None, STREAMED)
            offset = piece["end"]
            if piece["text"]:
                await self._say(f"id: {offset}\ndata: {json.dumps(piece)}\n\n")
                spoken = time.monotonic()
            if piece["over"]:
                row = await self.call(lambda: log.trial.row)
                await self._say(f"event: end\ndata: {json.dumps({'state': row.state, 'attempts': row.attempts})}\n\n")
                return
            if offset == piece["size"] or not piece["text"]:
                await asyncio.sleep(POLL)
            if time.monotonic() - spoken > BREATH:
                await self._say(": still here\n\n")
                spoken = time.monotonic()

    async def _say(self, text: str) -> None:
        self.write(text)
        await self.flush()

    def finish(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (as tornado has it)
        """End the answer, as what it is."""
        kind = self._headers.get("Content-Type", "application/json")
        return super().finish(*args, **kwargs | {"set_content_type": kind})


_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",  # of proxies that would hold it back
}
