"""What tests ask under ``/_sim``, and what containers and machines of AWS's have besides its services.

::

    POST settings      {NAME: VALUE}                  see ``settings.py``
    POST switches      {"denied": […], "failing": {OPERATION: N}, "dropping": {OPERATION: N}}
    POST reset                                        begin anew
    POST interrupt     {"machine": ID, "seconds": N}  the notice of a spot instance, and N s later its loss
    POST lose          {"machine": ID}                its loss with no notice
    POST memory        {"job": ID}                    the container is killed for what memory it uses
    GET  machines      those that there are and were
    GET  calls?seconds=N                              calls by operation, of the last seconds or of all time
    GET  log?job=ID&attempt=N                         what a container wrote
    GET  jobs                                         id and status of all jobs
"""

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

from .errors import Refused


class Control:
    """The routes under ``/_sim``."""

    def __init__(self, server):
        self._server = server

    @property
    def _simulation(self):
        return self._server.simulation

    def handle(self, method, url, body, headers):
        """Return the answer to one request."""
        verb, _, rest = url.path.removeprefix("/_sim/").partition("/")
        route = getattr(self, f"{method.lower()}_{verb}", None)
        if route is None:
            raise Refused(f"no such thing: {url.path}", "NotFound", 404)
        if verb == "imds" and method == "GET" and not headers.get("X-aws-ec2-metadata-token"):
            # HttpTokens "required": "IMDSv1 is no longer available" – EC2 user guide
            raise Refused("Unauthorized", "Unauthorized", 401)
        if verb in {"imds", "credentials"}:
            return route(rest)
        if method == "POST":
            asked = json.loads(body or b"{}")
        else:
            asked = {key: values[0] for key, values in parse_qs(url.query).items()}
        try:
            return route(**asked) or {}
        except (AttributeError, KeyError, TypeError) as error:
            raise Refused(f"{type(error).__name__}: {error}") from error

    def post_settings(self, **wanted):
        with self._simulation.lock:
            self._simulation.settings.change(wanted)

    def post_switches(self, **wanted):
        self._simulation.switches.change(wanted)

    def post_reset(self):
        self._server.reset()

    def post_interrupt(self, machine, seconds=120):
        self._simulation.interrupt(machine, seconds)

    def post_lose(self, machine):
        self._simulation.lose(machine)

    def post_memory(self, job):
        self._simulation.run_out_of_memory(job)

    def get_machines(self):
        return self._simulation.machines()

    def get_calls(self, seconds=None):
        return self._simulation.switches.counted(seconds and float(seconds))

    def get_log(self, job, attempt=1):
        return {"text": self._simulation.log(job, int(attempt))}

    def get_jobs(self):
        with self._simulation.lock:
            return {job.id: job.status for job in self._simulation.jobs.all.values()}

    def get_credentials(self, token):
        """Hand a container its role's credentials, as the container agent does."""
        if not self._simulation.credentials(token):
            raise Refused("no such task", "NotFound", 404)
        until = datetime.now(UTC) + timedelta(hours=6)
        return {
            "AccessKeyId": "ASIATASK" + token[:12].upper(),
            "SecretAccessKey": f"task-secret-{token}",
            "Token": f"task-token-{token}",
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    # The instance metadata of machines

    def put_imds(self, path):
        """A session of version 2: "PUT /latest/api/token" – EC2 user guide."""
        if path.partition("/")[2] != "latest/api/token":
            raise Refused("Not Found", "NotFound", 404)
        return b"token"

    def get_imds(self, path):
        """The notice, which is not there before there is one: "404 … not marked for interruption" – EC2 user guide."""
        machine_id, _, path = path.partition("/")
        with self._simulation.lock:
            machine = self._simulation.fleet.machines.get(machine_id)
            known = {"latest/meta-data/instance-id": machine_id.encode()}
            if machine:
                known["latest/meta-data/instance-type"] = machine.type.encode()
            if machine and machine.notice:
                known["latest/meta-data/spot/instance-action"] = json.dumps(machine.notice).encode()
                known["latest/meta-data/spot/termination-time"] = machine.notice["time"].encode()
        if path not in known:
            raise Refused("Not Found", "NotFound", 404)
        return known[path]
