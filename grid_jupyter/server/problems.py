"""What goes wrong, as HTTP: the core's sentence with a status."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tornado.web import HTTPError

from grid_jupyter.core.checking import Fault
from grid_jupyter.errors import GridError, RunError, UnknownRunError, UserError

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnansweredError(UserError):
    """What is asked for needs an answer first: questions, each with the flags that answer it."""

    def __init__(self, questions: Mapping[str, str]) -> None:
        super().__init__(" ".join(questions))
        self.questions = questions


class Problem(HTTPError):  # noqa: N818  (it carries an error)
    """An answer that says what is wrong."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        super().__init__(status, body["message"])
        self.body = body


def problem(error: GridError) -> Problem:
    """Return the answer to an error of the core."""
    body: dict[str, Any] = {"message": str(error), "reason": None}
    if isinstance(error, UnansweredError):
        return Problem(409, body | {"reason": "question", "questions": questions_json(error.questions)})
    if isinstance(error, RunError):
        return Problem(404 if isinstance(error, UnknownRunError) else 409, body)
    if isinstance(error, UserError):
        return Problem(400, body | {"reason": type(error).__name__, "fault": asdict(Fault.of(error))})
    return Problem(503, body | {"reason": type(error).__name__})


def questions_json(questions: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return questions as tick boxes need them."""
    return [
        {"question": question, "answer": answer, "flags": re.split(", | or ", answer)[0].split()}
        for question, answer in questions.items()
    ]
