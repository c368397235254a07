"""A magic line to words: shell quotes, and brackets that keep together."""

from __future__ import annotations

from dataclasses import dataclass, field

from grid_jupyter.errors import SweepError

CLOSER_OF = {"[": "]", "(": ")", "{": "}"}
QUOTES = "'\""
_ESCAPABLE = frozenset("'\"\\[](){}#;")


@dataclass(frozen=True)
class MagicLine:
    """The words of a magic line.

    Attributes:
        words: What a shell would have passed, brackets kept together.
        silent: The line ended in ``;``, so nothing is displayed.
    """

    words: tuple[str, ...]
    silent: bool


def split_line(line: str) -> MagicLine:
    """Split the text behind ``%grid``.

    Raises:
        SweepError: A quote or a bracket is not closed; the position is the opening one's.
    """
    # As IPython joins lines: before quotes are looked at.
    return _Splitter(line.replace("\\\r\n", "").replace("\\\n", "")).split()


@dataclass
class _Splitter:
    text: str
    position: int = 0
    words: list[list[str]] = field(default_factory=list)
    pieces: list[str] | None = None  # of the current word; None between words
    ends_bare: bool = False  # the last piece is one unquoted character
    semicolon: bool = False  # the last word ends in an unquoted ";"

    def split(self) -> MagicLine:
        while self.position < len(self.text):
            self._step(self.text[self.position])
        self._end_word()
        if self.semicolon:
            self._drop_semicolon()
        return MagicLine(tuple(map("".join, self.words)), silent=self.semicolon)

    def _step(self, char: str) -> None:
        if char.isspace():
            self._end_word()
            self.position += 1
        elif char == "#" and self.pieces is None:
            self._comment()
        elif char in QUOTES:
            self._add(self._quoted(char))
        elif char in CLOSER_OF:
            self._add(self._bracketed())
        elif char == "\\":
            self._add(self._escaped())
        else:
            self.position += 1
            self._add(char, bare=True)

    def _comment(self) -> None:
        end = self.text.find("\n", self.position)
        self.position = len(self.text) if end < 0 else end

    def _quoted(self, quote: str) -> str:
        start = self.position
        content: list[str] = []
        self.position += 1
        while self.position < len(self.text):
            char = self.text[self.position]
            if char == quote:
                self.position += 1
                return "".join(content)
            if char == "\\" and quote == '"' and self.text[self.position + 1 : self.position + 2] in ('"', "\\"):
                self.position += 1
                char = self.text[self.position]
            content.append(char)
            self.position += 1
        raise SweepError(f"this {quote} is not closed: add the closing {quote}", self.text, start)

    def _bracketed(self) -> str:
        start = self.position
        self.position = skip_brackets(self.text, start)
        return self.text[start : self.position]

    def _escaped(self) -> str:
        following = self.text[self.position + 1 : self.position + 2]
        literal = following in _ESCAPABLE or following.isspace()
        self.position += 2 if literal else 1
        return following if literal else "\\"

    def _add(self, piece: str, *, bare: bool = False) -> None:
        if self.pieces is None:
            self.pieces = []
        self.pieces.append(piece)
        self.ends_bare = bare

    def _end_word(self) -> None:
        if self.pieces is None:
            return
        self.semicolon = self.ends_bare and self.pieces[-1] == ";"
        self.words.append(self.pieces)
        self.pieces = None

    def _drop_semicolon(self) -> None:
        self.words[-1].pop()
        if not self.words[-1]:
            self.words.pop()


def skip_brackets(text: str, start: int) -> int:
    """The index behind the bracket that closes the one at ``start``; quotes inside are Python's.

    A closing bracket of another kind is text.

    Raises:
        SweepError: A bracket or a quote is not closed.
    """
    waiting: list[int] = []
    position = start
    while position < len(text):
        char = text[position]
        if char in CLOSER_OF:
            waiting.append(position)
        elif char in QUOTES:
            position = skip_string(text, position)
            continue
        elif char == CLOSER_OF[text[waiting[-1]]]:
            waiting.pop()
        position += 1
        if not waiting:
            return position
    opener = text[waiting[-1]]
    raise SweepError(f"this {opener} is not closed: add {CLOSER_OF[opener]}", text, waiting[-1])


def skip_string(text: str, start: int) -> int:
    """The index behind the Python string that opens at ``start``.

    Raises:
        SweepError: The string is not closed.
    """
    position = start + 1
    while position < len(text):
        if text[position] == "\\":
            position += 1
        elif text[position] == text[start]:
            return position + 1
        position += 1
    raise SweepError(f"this {text[start]} is not closed: add the closing {text[start]}", text, start)
