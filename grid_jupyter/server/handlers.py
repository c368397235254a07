"""The routes: each handler hands its request on, and sends the answer."""

from __future__ import annotations

import re
from typing import Any

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from . import again, archive, files, forms, launching, logs, runs, trials, verbs
from .base import GridHandler, authorized_to
from .follow import FollowHandler


class CheckHandler(GridHandler):
    path = "/check"

    @authenticated
    @authorized_to("read")
    async def post(self) -> None:
        await self.answer(launching.check, self.body("PlanRequest"), self.manager.root)


class PlanHandler(GridHandler):
    path = "/plan"

    @authenticated
    @authorized_to("read")
    async def post(self) -> None:
        await self.answer(launching.plan, self.body("PlanRequest"), self.manager.root)


class FlagsHandler(GridHandler):
    path = "/flags"

    @authenticated
    @authorized
    async def get(self) -> None:
        await self.answer(forms.flags)


class ScriptHandler(GridHandler):
    path = "/script"

    @authenticated
    @authorized
    async def get(self) -> None:
        await self.answer(forms.script, self.query()["path"], self.manager.root)


class MachinesHandler(GridHandler):
    path = "/machines"

    @authenticated
    @authorized
    async def get(self) -> None:
        await self.answer(forms.machines, self.query())


class SettingsHandler(GridHandler):
    path = "/settings"

    @authenticated
    @authorized
    async def get(self) -> None:
        await self.answer(forms.settings)


class RunsHandler(GridHandler):
    path = "/runs"

    @authenticated
    @authorized
    async def get(self) -> None:
        await self.answer_for(None, runs.listing, self.manager, **self.query())

    @authenticated
    @authorized_to("execute")
    async def post(self) -> None:
        self.set_status(201)
        await self.answer(launching.launch, self.body("LaunchRequest"), self.manager.root)


class RunHandler(GridHandler):
    path = "/runs/{run}"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, runs.detail, self.manager, run, **self.query())

    @authenticated
    @authorized
    async def delete(self, run: str) -> None:
        await self.answer(verbs.act, ["delete", run, "--yes"])


class RunFormHandler(GridHandler):
    path = "/runs/{run}/form"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, again.form, run, self.manager.root)


class RunPlanHandler(GridHandler):
    path = "/runs/{run}/plan"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, runs.plan, run, **self.query())


class StopHandler(GridHandler):
    path = "/runs/{run}/stop"

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        self.set_status(202)
        await self.answer(verbs.act, ["stop", run])


class PauseHandler(GridHandler):
    path = "/runs/{run}/pause"

    @authenticated
    @authorized
    async def post(self, run: str) -> None:
        self.set_status(202)
        await self.answer(verbs.act, ["pause", run])


class ResumeHandler(GridHandler):
    path = "/runs/{run}/resume"

    @authenticated
    @authorized_to("execute")
    async def post(self, run: str) -> None:
        self.set_status(202)
        limits = [f"--{name}={value}" for name, value in self.body("ResumeRequest").items()]
        await self.answer(verbs.act, ["resume", run, *limits])


class RerunHandler(GridHandler):
    path = "/runs/{run}/rerun"

    @authenticated
    @authorized_to("execute")
    async def post(self, run: str) -> None:
        self.set_status(202)
        body = self.body("RerunRequest")
        flags = [f"--{name}" for name in ("failed", "missing", "from_snapshot", "yes") if body.get(name)]
        await self.answer(verbs.act, ["rerun", run, *map(str, body.get("trials", ())), *flags])


class TrialsHandler(GridHandler):
    path = "/runs/{run}/trials"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, trials.trials, self.manager, run, self.query())


class TrialHandler(GridHandler):
    path = "/runs/{run}/trials/{trial}"

    @authenticated
    @authorized
    async def get(self, run: str, trial: str) -> None:
        await self.answer_for(run, trials.trial, self.manager, run, int(trial), **self.query())


class StopTrialHandler(GridHandler):
    path = "/runs/{run}/trials/{trial}/stop"

    @authenticated
    @authorized
    async def post(self, run: str, trial: str) -> None:
        self.set_status(202)
        await self.answer(verbs.act, ["stop", f"{run}/{trial}"])


class PreemptHandler(GridHandler):
    path = "/runs/{run}/trials/{trial}/preempt"

    @authenticated
    @authorized_to("execute")
    async def post(self, run: str, trial: str) -> None:
        self.set_status(202)
        await self.answer(verbs.act, ["preempt", f"{run}/{trial}"])


class LogHandler(GridHandler):
    path = "/runs/{run}/trials/{part}/log"

    @authenticated
    @authorized
    async def get(self, run: str, part: str) -> None:
        await self.answer(logs.piece, run, part, self.query())


class LogOutlineHandler(GridHandler):
    path = "/runs/{run}/trials/{part}/log/outline"

    @authenticated
    @authorized
    async def get(self, run: str, part: str) -> None:
        await self.answer(logs.outline, self.manager, run, part, **self.query())


class LogSearchHandler(GridHandler):
    path = "/runs/{run}/trials/{part}/log/search"

    @authenticated
    @authorized
    async def get(self, run: str, part: str) -> None:
        await self.answer(logs.search, run, part, self.query())


class LogFileHandler(GridHandler):
    path = "/runs/{run}/trials/{part}/log/file"

    @authenticated
    @authorized
    async def get(self, run: str, part: str) -> None:
        await self.send(await self.call(files.log, run, part, self.query()))


class MetricsHandler(GridHandler):
    path = "/runs/{run}/metrics"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, trials.metrics, self.manager, run, self.query())


class ParallelHandler(GridHandler):
    path = "/runs/{run}/parallel"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, trials.parallel, self.manager, run, self.query())


class ArtifactsHandler(GridHandler):
    path = "/runs/{run}/artifacts"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.answer_for(run, files.artifacts, run, self.query())


class ArtifactHandler(GridHandler):
    path = "/runs/{run}/artifacts/{trial}/{path}"

    @authenticated
    @authorized
    async def get(self, run: str, trial: str, path: str) -> None:
        await self.send(await self.call(files.artifact, run, int(trial), path))


class ArchiveHandler(GridHandler):
    path = "/runs/{run}/artifacts.zip"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.send(await self.call(archive.archive, run, self.query()))


class ResultsHandler(GridHandler):
    path = "/runs/{run}/results"

    @authenticated
    @authorized
    async def get(self, run: str) -> None:
        await self.send(await self.call(files.results, run, self.query()["format"]))


HANDLERS: tuple[type[GridHandler], ...] = (
    CheckHandler, PlanHandler, FlagsHandler, ScriptHandler, MachinesHandler, SettingsHandler, RunsHandler, RunHandler,
    RunFormHandler, RunPlanHandler, StopHandler, PauseHandler, ResumeHandler, RerunHandler, TrialsHandler, TrialHandler,
    StopTrialHandler, PreemptHandler, LogHandler, LogOutlineHandler, LogSearchHandler, LogFileHandler,
    FollowHandler, MetricsHandler, ParallelHandler, ArtifactsHandler, ArtifactHandler, ArchiveHandler,
    ResultsHandler,
)  # fmt: skip

_PARTS = {
    "run": r"(?P<run>[a-z][a-z0-9-]{0,99})",
    "trial": r"(?P<trial>[0-9]{1,12})",
    "part": r"(?P<part>[0-9]{1,12}|build)",
    "path": r"(?P<path>.+)",
}


def routes() -> list[tuple[str, type[GridHandler], dict[str, Any]]]:
    """Return all routes, below the server's own base; what a name may hold is settled here."""
    return [
        (r"/grid-jupyter/api" + re.sub(r"\{(\w+)\}", lambda part: _PARTS[part[1]], handler.path), handler, {})
        for handler in HANDLERS
    ]
