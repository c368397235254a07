"""The language of ``--where``: comparisons over the labels of a sweep. Parsed, never evaluated as Python."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grid_jupyter.errors import SweepError

from .language.scanner import Scanner, shorten
from .where_nodes import (
    Calculation,
    Comparison,
    Constant,
    Label,
    Logic,
    Membership,
    Not,
    bounded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from typing import NoReturn

    from .where_nodes import Node

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w))"
    r"|(?P<name>[^\W\d]\w*(?:\.\w+)*)"
    r"|`(?P<exact>[^`]+)`"
    r"|(?P<quote>['\"])"
    r"|(?P<sign><=|>=|==|!=|//|[<>+\-*/%()\[\],])"
    r"|(?P<end>$))"
)
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "in", "not in"})
_CONSTANTS = {"True": True, "False": False, "None": None}
_WORDS = frozenset({"and", "or", "not", "in"})
_MAX_TEXT = 2000
_MAX_DEPTH = 40
_MAX_CALCULATIONS = 100


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    position: int


def parse_condition(text: str, labels: Collection[str], texts: Collection[str] = ()) -> Node:
    """Read a condition; ``labels`` are the names that it may mention, ``texts`` those that mean themselves.

    Raises:
        SweepError: The text is no condition, or names what is no label.
    """
    try:
        if len(text) > _MAX_TEXT:
            Scanner(text).fail(f"a condition has at most {_MAX_TEXT} characters: shorten it", _MAX_TEXT)
        return _Parser(_tokens(text), text, labels, texts).condition()
    except SweepError as error:
        raise SweepError(error.problem, error.text, error.position, "--where") from None


def _tokens(text: str) -> list[_Token]:
    scanner = Scanner(text)
    tokens: list[_Token] = []
    while not tokens or tokens[-1].kind != "end":
        found = _TOKEN.match(text, scanner.position)
        if found is None:
            scanner.skip_blanks()
            scanner.fail(_advice(text, scanner.position))
        kind = found.lastgroup or "end"
        start = found.start(kind)
        scanner.position = start if kind == "quote" else found.end()
        content = scanner.take_string() if kind == "quote" else found.group(kind)
        kind = "word" if kind == "name" and content in _WORDS else kind
        tokens.append(_Token(kind, content, start))
    return tokens


def _advice(text: str, position: int) -> str:
    wanted = {"=": "==", "&": "and", "|": "or", "!": "not"}.get(text[position])
    return f"write {wanted} here" if wanted else f"{text[position]!r} has no meaning in a condition: leave it out"


class _Parser:
    """Recursive descent, lowest precedence first; ``depth`` bounds the nesting."""

    def __init__(self, tokens: list[_Token], text: str, labels: Collection[str], texts: Collection[str]) -> None:
        self.tokens = tokens
        self.text = text
        self.labels = labels
        self.texts = texts
        self.place = 0
        self.depth = 0
        self.calculations = 0

    def condition(self) -> Node:
        node = self._either()
        if self._token.kind != "end":
            self._fail("a comparison, and, or the end is expected here")
        return node

    @property
    def _token(self) -> _Token:
        return self.tokens[self.place]

    def _take(self, *signs: str) -> str:
        """The next token's text where it is one of ``signs``, else an empty string."""
        token = self._token
        if token.kind not in {"sign", "word"} or token.text not in signs:
            return ""
        self.place += 1
        return token.text

    def _fail(self, problem: str, token: _Token | None = None) -> NoReturn:
        raise SweepError(problem, self.text, (token or self._token).position)

    def _nested(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._fail(f"a condition nests at most {_MAX_DEPTH} deep: simplify it")
        node = read()
        self.depth -= 1
        return node

    def _either(self) -> Node:
        return self._logic("or", self._both, stops_at=True)

    def _both(self) -> Node:
        return self._logic("and", self._negation, stops_at=False)

    def _logic(self, word: str, read: Callable[[], Node], *, stops_at: bool) -> Node:
        position = self._token.position
        parts = [read()]
        while self._take(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Logic(tuple(parts), stops_at, position)

    def _negation(self) -> Node:
        position = self._token.position
        return Not(self._nested(self._negation), position) if self._take("not") else self._comparison()

    def _comparison(self) -> Node:
        left = self._sum()
        position = self._token.position
        parts: list[Node] = []
        while sign := self._comparison_sign():
            if sign in {"in", "not in"}:
                parts.append(Membership(left, self._options(sign), negated=sign == "not in"))
                break
            right = self._sum()
            parts.append(Comparison(sign, left, right, position))
            left, position = right, self._token.position
        if len(parts) > 1:
            return Logic(tuple(parts), stops_at=False, position=position)
        return parts[0] if parts else left

    def _options(self, sign: str) -> tuple[Node, ...]:
        opener = self._take("(", "[")
        if not opener:
            self._fail(f"{sign} needs a list behind it: write {sign} [1, 2]")
        closer = ")" if opener == "(" else "]"
        options: list[Node] = []
        while not self._take(closer):
            options.append(self._sum())
            if not self._take(",") and self._token.text != closer:
                self._fail(f"a comma or {closer} is expected here")
        return tuple(options)

    def _comparison_sign(self) -> str:
        if self._take("not"):
            return "not in" if self._take("in") else self._fail("in is expected behind not")
        return self._take(*_COMPARISONS)

    def _sum(self) -> Node:
        return self._calculation(("+", "-"), self._product)

    def _product(self) -> Node:
        return self._calculation(("*", "/", "//", "%"), self._signed)

    def _calculation(self, signs: tuple[str, ...], read: Callable[[], Node]) -> Node:
        node = read()
        position = self._token.position
        while sign := self._take(*signs):
            # A long chain is a tree as deep as it is long.
            self.calculations += 1
            if self.calculations > _MAX_CALCULATIONS:
                self._fail(f"a condition calculates at most {_MAX_CALCULATIONS} times: simplify it")
            node = Calculation(sign, node, read(), position)
            position = self._token.position
        return node

    def _signed(self) -> Node:
        position = self._token.position
        if self._take("-"):
            return Calculation("-", Constant(0), self._nested(self._signed), position)
        return self._nested(self._signed) if self._take("+") else self._atom()

    def _atom(self) -> Node:
        token = self._token
        if self._take("("):
            node = self._nested(self._either)
            return node if self._take(")") else self._fail("a ) is expected here")
        if token.kind not in {"number", "quote", "name", "exact"}:
            self._fail("a name, a number or a quoted text is expected here")
        self.place += 1
        if token.kind == "number":
            return Constant(_number(token.text))
        if token.kind == "quote":
            return Constant(token.text)
        if token.kind == "exact":
            return self._label(token)
        if token.text in self.texts and token.text not in self.labels:
            return Constant(token.text)
        return Constant(_CONSTANTS[token.text]) if token.text in _CONSTANTS else self._label(token)

    def _label(self, token: _Token) -> Label:
        if self._token.kind == "sign" and self._token.text in {"(", "["}:
            self._fail("calls and subscripts are no part of a condition: compare the values themselves")
        if token.text in self.labels:
            return Label(token.text, token.position)
        near = difflib.get_close_matches(token.text, self.labels, 1)
        advice = f"did you mean {near[0]}?" if near else f'as a text, write "{shorten(token.text)}"'
        return self._fail(f"there is no argument {shorten(token.text)}: {advice}", token)


def _number(text: str) -> int | float:
    return bounded(int(text)) if text.isdigit() else float(text)
