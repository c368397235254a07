"""Which operation a request to AWS is for, and how each protocol tells of an error."""

import json
import re
from functools import cache
from urllib.parse import parse_qs, parse_qsl, unquote
from xml.sax.saxutils import escape


def operation_of(service, environ, body):
    """Return the operation's name as in the service's model."""
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return target.rpartition(".")[2]
    path = environ["PATH_INFO"]
    if "/operation/" in path:
        return path.rpartition("/")[2]
    if service == "s3":
        return _s3_operation(environ)
    form = parse_qs(body.decode(errors="replace")) if body else {}
    query = parse_qs(environ.get("QUERY_STRING", ""))
    return (form.get("Action") or query.get("Action") or [path])[0]


@cache
def _s3_routes():
    """Return method, number of labels, what the query must say, and name; the most particular first."""
    from botocore.session import Session

    model = Session().get_service_model("s3")
    routes = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        needed = dict(parse_qsl(query, keep_blank_values=True))
        if (members := operation.input_shape) is not None:
            for member in members.required_members:
                shape = members.members[member]
                if shape.serialization.get("location") == "querystring":
                    needed.setdefault(shape.serialization["name"], None)
        routes.append((operation.http["method"], len(re.findall(r"\{", path)), needed, name))
    return sorted(routes, key=lambda route: -len(route[2]))


def _s3_operation(environ):
    labels = len([part for part in unquote(environ["PATH_INFO"]).lstrip("/").split("/", 1) if part])
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    copied = "HTTP_X_AMZ_COPY_SOURCE" in environ
    for method, count, needed, name in _s3_routes():
        fits = all(key in query and (not value or query[key] == value) for key, value in needed.items())
        if method == environ["REQUEST_METHOD"] and count == labels and fits and ("Copy" in name) == copied:
            return name
    return environ["REQUEST_METHOD"]


def error(service, refused):
    """Return status, type and text of an error, in the service's own protocol."""
    told, denied = escape(str(refused)), refused.code == "AccessDeniedException"
    status = "403 Forbidden" if denied else "400 Bad Request"
    if service == "ec2":
        code = "UnauthorizedOperation" if denied else refused.code
        text = f"<Errors><Error><Code>{code}</Code><Message>{told}</Message></Error></Errors>"
        return status, "text/xml", f"<Response>{text}<RequestID>1</RequestID></Response>"
    code = "AccessDenied" if denied else refused.code
    if service == "s3":
        return status, "text/xml", f"<Error><Code>{code}</Code><Message>{told}</Message></Error>"
    if service in {"iam", "sts"}:
        text = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{told}</Message></Error>"
        return status, "text/xml", f"<ErrorResponse>{text}</ErrorResponse>"
    content = {"__type": refused.code, "message": str(refused)}
    return "400 Bad Request", "application/x-amz-json-1.1", json.dumps(content)
