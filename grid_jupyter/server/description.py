"""The description of the routes, and requests read by it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Mapping

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@cache
def description() -> Mapping[str, Any]:
    """Return ``openapi.yaml``."""
    data: Mapping[str, Any] = yaml.safe_load(files(__package__).joinpath("openapi.yaml").read_text("utf-8"))
    return data


@cache
def validator(reference: str) -> jsonschema.Draft202012Validator:
    """Return what checks data by a schema of the description, such as ``#/components/schemas/Plan``."""
    return jsonschema.Draft202012Validator({"$ref": reference, "components": description()["components"]})


@cache
def _parameters(path: str, method: str) -> tuple[Mapping[str, Any], ...]:
    """The parameters in the query of a route, by what they are."""
    there = description()["paths"][path]
    return tuple(
        parameter
        for reference in (*there.get("parameters", ()), *there[method].get("parameters", ()))
        if (parameter := _resolved(reference))["in"] == "query"
    )


def _resolved(item: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in item:
        return item
    found: Any = description()
    for part in item["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def read_query(path: str, method: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a route's query, those that are not given too.

    Raises:
        CommandError: One is not what the description asks for.
    """
    return {
        parameter["name"]: _read(parameter, given.get(parameter["name"])) for parameter in _parameters(path, method)
    }


def _read(parameter: Mapping[str, Any], text: str | None) -> Any:  # noqa: ANN401  (of the type that is described)
    name, schema = parameter["name"], parameter["schema"]
    if text is None:
        if parameter.get("required"):
            raise CommandError(f"{name} is missing in the query")
        return schema.get("default")
    value: object = text
    if schema["type"] == "integer" and text.isascii() and text.isdigit() and len(text) < 19:
        value = int(text)
    elif schema["type"] == "boolean":
        value = _BOOLEANS.get(text.lower(), text)
    _check(jsonschema.Draft202012Validator(schema), value, name)
    return value


def read_body(schema: str, body: object) -> dict[str, Any]:
    """Return a request's body.

    Raises:
        CommandError: It is not what the schema of that name asks for.
    """
    data: Any = {} if body is None else body
    _check(validator(f"#/components/schemas/{schema}"), data, "the request")
    return dict(data)


def _check(by: jsonschema.Draft202012Validator, value: object, name: str) -> None:
    fault = next(iter(by.iter_errors(value)), None)
    if fault is None:
        return
    place = ".".join(map(str, fault.absolute_path))
    said = fault.message if len(fault.message) <= 200 else f"{fault.message[:199]}…"
    raise CommandError(f"{name}{f': {place}' if place else ''}: {said}")
