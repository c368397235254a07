"""A stand-in for the services of AWS that know prices and hand out roles, over HTTP: boto3 talks to it as to AWS.

It speaks the protocols that botocore's models describe, EC2's in XML and the price list's in JSON, both in pages.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

PAGE = 2
SPOT = """\
<item><instanceType>{}</instanceType><productDescription>Linux/UNIX</productDescription>\
<spotPrice>{}</spotPrice><timestamp>2026-11-01T12:00:00.000Z</timestamp>\
<availabilityZone>{}</availabilityZone></item>"""


def product(name, price, unit="Hrs"):
    """An entry of the price list, as the service sends it: JSON in a text."""
    dimension = {"unit": unit, "pricePerUnit": {"USD": f"{price:.10f}"}}
    terms = {"OnDemand": {"SKU.TERM": {"priceDimensions": {"SKU.TERM.RATE": dimension}}}}
    return json.dumps({"product": {"attributes": {"instanceType": name}}, "terms": terms})


class StandIn:
    """Prices that a test sets, and the requests that came.

    Attributes:
        on_demand: Entries of the price list, by region.
        spot: Machine, price and zone.
        refuse: A code of AWS's with which every request is refused.
        asked: The service and region of each request.
        keys: The access keys that each service saw.
        silent: Set while requests are left without an answer.
    """

    def __init__(self):
        self.on_demand = {}
        self.spot = []
        self.refuse = ""
        self.asked = []
        self.keys = set()
        self.silent = False
        self.over = threading.Event()
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if stand_in.silent:
                    stand_in.over.wait(60)
                    self.close_connection = True
                    return
                scope = self.headers["Authorization"].partition("Credential=")[2].split("/")
                stand_in.asked.append((scope[3], scope[2]))
                answer = {"pricing": stand_in.price_list, "ec2": stand_in.spot_history, "sts": stand_in.role}[scope[3]]
                stand_in.keys.add((scope[3], scope[0]))
                status, kind, content = answer(body)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content.encode())))
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def price_list(self, body):
        kind = "application/x-amz-json-1.1"
        if self.refuse:
            return 400, kind, json.dumps({"__type": self.refuse, "Message": "arn:aws:iam::123456789012:user/ada"})
        request = json.loads(body)
        wanted = {entry["Field"]: entry["Value"] for entry in request["Filters"]}
        products = [
            product(name, price)
            for name, price in self.on_demand.get(wanted["regionCode"], {}).items()
            if wanted.get("instanceType", name) == name
        ]
        start = int(request.get("NextToken", 0))
        answer = {"FormatVersion": "aws_v1", "PriceList": products[start : start + PAGE]}
        if start + PAGE < len(products):
            answer["NextToken"] = str(start + PAGE)
        return 200, kind, json.dumps(answer)

    def spot_history(self, body):
        if self.refuse:
            told = f"<Error><Code>{self.refuse}</Code><Message>arn:aws:iam::123456789012:user/ada</Message></Error>"
            return 403, "text/xml", f"<Response><Errors>{told}</Errors><RequestID>1</RequestID></Response>"
        request = parse_qs(body)
        wanted = {value for key, (value,) in request.items() if key.startswith("InstanceType.")}
        entries = [entry for entry in self.spot if entry[0] in wanted]
        start = int(request.get("NextToken", ["0"])[0])
        items = "".join(SPOT.format(*entry) for entry in entries[start : start + PAGE])
        following = str(start + PAGE) if start + PAGE < len(entries) else ""
        history = f"<nextToken>{following}</nextToken><spotPriceHistorySet>{items}</spotPriceHistorySet>"
        return 200, "text/xml", f"<DescribeSpotPriceHistoryResponse>{history}</DescribeSpotPriceHistoryResponse>"

    def role(self, body):
        assert parse_qs(body)["ExternalId"] == ["agreed"]
        keys = "".join(f"<{name}>role</{name}>" for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
        result = f"<Credentials>{keys}<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
        return (
            200,
            "text/xml",
            f"<AssumeRoleResponse><AssumeRoleResult>{result}</AssumeRoleResult></AssumeRoleResponse>",
        )

    def close(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()
