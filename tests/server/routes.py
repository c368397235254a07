"""The routes as the description tells of them."""

import re

from grid_jupyter.server.description import description

TEMPLATES = {
    path: re.compile(re.sub(r"\{(\w+)\}", lambda part: ".+" if part[1] == "path" else "[^/]+", path))
    for path in sorted(description()["paths"], key=lambda path: path.count("{"))
}
OPERATIONS = sorted(
    (path, method) for path, there in description()["paths"].items() for method in there if method != "parameters"
)
BODIES = {path: {"words": ["train.py"], "cwd": ""} for path in ("/check", "/plan", "/runs")}
"""What routes need in their body."""

NEEDED = {"/runs/{run}/trials/{part}/log/search": {"q": "a"}, "/script": {"path": "train.py"}}
"""What routes need in their query."""


def template(path):
    """Return the path of the description that a path is of."""
    return next(template for template, pattern in TEMPLATES.items() if pattern.fullmatch(path))
