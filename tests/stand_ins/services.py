"""The services of AWS but Batch: moto's server, with what it lacks, and with switches at its door.

``python -m stand_ins.services --port-file FILE``. Under ``/_sim`` tests ask for ``switches`` and ``calls`` as of the
stand-in for Batch, set ``quotas`` and ``prices``, and see the access ``keys`` of those who asked.

What is answered here since moto does not: EC2's spot prices, the price list, Service Quotas, and IAM's simulation of
policies, by which everything is allowed that is not denied by a switch. What is done otherwise:

- A policy of a bucket is kept and not applied: moto knows no conditions, such as that of an encrypted connection.
- A PUT to S3 that says If-None-Match is done by one caller at a time: moto looks, and then writes.
- A security group cannot be deleted while an instance runs in it.
"""

import argparse
import contextlib
import io
import json
import os
import signal
import socket
import threading
import time
from collections import defaultdict
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs

from stand_ins.aws import SPOT, product
from stand_ins.batch.account import SERVICE_KEY
from stand_ins.batch.errors import Refused, Unanswered
from stand_ins.batch.settings import ACCOUNT
from stand_ins.batch.switches import Switches
from stand_ins.operations import error, operation_of
from stand_ins.process import end_with_parent, tell

MOTO = {
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
    "MOTO_PORT": "0",
    # moto asks itself as an account of its own.
    "AWS_ACCESS_KEY_ID": "moto",
    "AWS_SECRET_ACCESS_KEY": "moto",
}
# Those of AWS's 1,582 managed policies that there are: moto makes all of them anew in each of five partitions.
POLICIES = {
    "AWSBatchServiceRole",
    "AmazonEC2ContainerServiceforEC2Role",
    "AmazonEC2SpotFleetTaggingRole",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonS3ReadOnlyAccess",
    "AmazonSSMManagedInstanceCore",
}
QUOTA = 10_000.0
SPOT_SHARE = 0.35
XML, JSON = "text/xml", "application/x-amz-json-1.1"


@cache
def _catalogue():
    text = resources.files("grid_jupyter.core.machines").joinpath("catalogue.json").read_text()
    return {one["name"]: one["on_demand"] for one in json.loads(text)["machines"] if one["on_demand"]}


class Services:
    """The WSGI application around moto's."""

    def __init__(self, moto):
        self._moto = moto
        self._put = threading.Lock()
        self._clear()

    def _clear(self):
        self.switches = Switches(SimpleNamespace())
        self.quotas, self.prices, self.bucket_policies = {}, {}, {}
        self.keys = defaultdict(set)

    def __call__(self, environ, start):
        path = environ["PATH_INFO"]
        if path.startswith("/_sim/"):
            return self._control(path.removeprefix("/_sim/"), environ, start)
        service, key = _scope(environ)
        # What Batch does by itself is neither counted nor refused.
        if not service or key == SERVICE_KEY:
            return self._moto(environ, start)
        self.keys[service].add(key)
        body = b"" if service == "s3" else _body(environ)
        operation = operation_of(service, environ, body)
        try:
            dropped = self.switches.enter(service, operation)
        except Refused as refused:
            return _send(start, *error(service, refused))
        except Unanswered:
            return _hang_up(environ, start)
        answer = self._answer(service, operation, environ, start, body)
        self.switches.leave(service, operation)
        return _hang_up(environ, start) if dropped else answer

    def _answer(self, service, operation, environ, start, body):
        own = {
            ("ec2", "DescribeSpotPriceHistory"): self._spot_prices,
            ("iam", "SimulatePrincipalPolicy"): self._simulate,
            ("pricing", "GetProducts"): self._products,
            ("servicequotas", "GetServiceQuota"): self._quota,
            ("servicequotas", "ListServiceQuotas"): self._all_quotas,
        }.get((service, operation))
        if own:
            kind, content = own(body.decode())
            return _send(start, "200 OK", kind, content)
        if operation == "DeleteSecurityGroup" and _in_use(body.decode()):
            # "If you attempt to delete a security group that is associated with an instance …, the operation fails with
            # DependencyViolation." – model of EC2
            return _send(start, *error("ec2", Refused("resource has a dependent object", "DependencyViolation", 400)))
        if service == "s3" and operation.endswith("BucketPolicy"):
            return self._bucket_policy(operation, environ, start)
        if "HTTP_IF_NONE_MATCH" in environ and environ["REQUEST_METHOD"] == "PUT":
            # The body may be slow to come; it is not what is waited for under the lock.
            _body(environ)
            with self._put:
                return list(self._moto(environ, start))
        return self._moto(environ, start)

    # What moto lacks

    def _spot_prices(self, body):
        asked = parse_qs(body)
        wanted = {value for key, (value,) in asked.items() if key.startswith("InstanceType.")}
        items = "".join(
            SPOT.replace("2026-11-01T12:00:00.000Z", time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())).format(
                name, f"{self.prices.get(f'{name}/SPOT', price * SPOT_SHARE) * factor:.4f}", f"us-east-1{zone}"
            )
            for name, price in _catalogue().items()
            if name in wanted
            for zone, factor in (("a", 1.0), ("b", 1.1))
        )
        history = f"<nextToken></nextToken><spotPriceHistorySet>{items}</spotPriceHistorySet>"
        return XML, f"<DescribeSpotPriceHistoryResponse>{history}</DescribeSpotPriceHistoryResponse>"

    def _products(self, body):
        asked = {entry["Field"]: entry["Value"] for entry in json.loads(body).get("Filters", [])}
        prices = _catalogue() | {name: price for name, price in self.prices.items() if "/" not in name}
        found = [product(name, price) for name, price in prices.items() if asked.get("instanceType", name) == name]
        return JSON, json.dumps({"FormatVersion": "aws_v1", "PriceList": found})

    def _quota(self, body):
        return JSON, json.dumps({"Quota": self._told(json.loads(body)["QuotaCode"])})

    def _all_quotas(self, _):
        return JSON, json.dumps({"Quotas": [self._told(code) for code in self.quotas]})

    def _told(self, code):
        value = self.quotas.get(code, QUOTA)
        return {"ServiceCode": "ec2", "QuotaCode": code, "Value": value, "Adjustable": True, "Unit": "None"}

    def _simulate(self, body):
        asked = parse_qs(body)
        actions = [values[0] for key, values in asked.items() if key.startswith("ActionNames.member.")]
        results = "".join(
            f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>*</EvalResourceName>"
            f"<EvalDecision>{self._decision(action)}</EvalDecision></member>"
            for action in actions
        )
        result = f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults>"
        wrapped = f"<SimulatePrincipalPolicyResult>{result}</SimulatePrincipalPolicyResult>"
        name = 'SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"'
        return XML, f"<{name}>{wrapped}</SimulatePrincipalPolicyResponse>"

    def _decision(self, action):
        return "implicitDeny" if {action, f"{action.partition(':')[0]}:*"} & self.switches.denied else "allowed"

    def _bucket_policy(self, operation, environ, start):
        bucket = environ["PATH_INFO"].strip("/")
        if operation == "PutBucketPolicy":
            self.bucket_policies[bucket] = _body(environ).decode()
            return _send(start, "204 No Content", XML, "")
        if operation == "DeleteBucketPolicy":
            self.bucket_policies.pop(bucket, None)
            return _send(start, "204 No Content", XML, "")
        if bucket in self.bucket_policies:
            return _send(start, "200 OK", "application/json", self.bucket_policies[bucket])
        return self._moto(environ, start)

    # What tests ask

    def _control(self, verb, environ, start):
        asked = json.loads(_body(environ) or b"{}")
        answer = {}
        if verb == "switches":
            self.switches.change(asked)
        elif verb == "reset":
            self._clear()
        elif verb in {"quotas", "prices"}:
            getattr(self, verb).update(asked)
        elif verb == "calls":
            seconds = parse_qs(environ.get("QUERY_STRING", "")).get("seconds")
            answer = self.switches.counted(seconds and float(seconds[0]))
        elif verb == "keys":
            answer = {service: sorted(keys) for service, keys in self.keys.items()}
        else:
            return _send(start, "404 Not Found", JSON, "{}")
        return _send(start, "200 OK", JSON, json.dumps(answer))


def _in_use(body):
    """Whether an instance runs in the security group that a request is about."""
    from moto.ec2.models import ec2_backends

    group = parse_qs(body).get("GroupId", [""])[0]
    reservations = [one for backend in ec2_backends[ACCOUNT].values() for one in backend.all_reservations()]
    instances = [instance for reservation in reservations for instance in reservation.instances]
    running = [instance for instance in instances if instance.state == "running"]
    return any(group == one.id for instance in running for one in instance.security_groups)


def _scope(environ):
    """Return the service that a request is signed for, and the access key."""
    parts = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    return (parts[3], parts[0]) if len(parts) == 5 else ("", "")


def _body(environ):
    """Return the body, which stays readable."""
    if environ.get("HTTP_TRANSFER_ENCODING") == "chunked":
        return b""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _send(start, status, kind, content):
    data = content.encode()
    start(status, [("Content-Type", kind), ("Content-Length", str(len(data)))])
    return [data]


def _hang_up(environ, start):
    """Close the connection instead of an answer."""
    with contextlib.suppress(OSError):
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    start("500 Gone", [("Content-Length", "0"), ("Connection", "close")])
    return []


def _few_policies():
    from moto.iam import models

    policies = json.loads(models.aws_managed_policies_data)
    models.aws_managed_policies_data = json.dumps({name: policies[name] for name in POLICIES})


def _warm_up():
    """Import what takes seconds before it is asked for."""
    for name in ("iam", "ec2", "s3", "logs", "sts"):
        import_module(f"moto.{name}.urls")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", required=True, type=Path)
    args = parser.parse_args()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= MOTO
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    _few_policies()
    MotoRequestHandler.log = lambda *_: None
    MotoRequestHandler.disable_nagle_algorithm = True
    moto = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, Services(moto), threaded=True, request_handler=MotoRequestHandler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    tell(args.port_file, server.server_port)
    end_with_parent()
    threading.Thread(target=_warm_up, daemon=True).start()
    server.serve_forever()


if __name__ == "__main__":
    main()
