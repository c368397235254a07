"""The first error of a log: the same line as a search line by line finds, however the log comes."""

import random
import re

import pytest

from grid_jupyter.core.log_errors import FirstError

PLAIN = [
    "epoch 3 loss=0.2",
    "val_error=0.31",
    "no errors: 0",
    "Errors were none",
    "my ErrorHandler: up",
    "an Exception",
    "",
]
WRONG = [
    "Traceback (most recent call last):",
    "ValueError: no",
    "torch.cuda.OutOfMemoryError",
    "KeyboardException",
    "[rank 3] error: gone",
    "2026-11-29 ERROR: gone",
    "FATAL: gone",
    "x" * 150 + " Error: gone",
]
TELLS = re.compile(
    r"Traceback \(most recent call last\):|[A-Za-z_][\w.]*(?:Error|Exception)\b|.{0,200}?\b(?:[Ee]rror|ERROR|FATAL): "
)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "stdout.1"


def found(log):
    hit = FirstError(log, "stdout").look()
    return hit and (hit.line, hit.text)


@pytest.mark.parametrize("line", WRONG)
def test_each_kind_is_found(log, line):
    log.write_text("\n".join([*PLAIN, line, *WRONG]) + "\n")
    assert found(log) == (len(PLAIN) + 1, line)


def test_what_looks_alike_is_none(log):
    assert found(log) is None
    log.write_text("\n".join(PLAIN) + "\n" + "x" * 300 + " Error: too far behind\n")
    assert found(log) is None


def test_it_is_the_line_that_a_search_by_line_finds(log):
    draw = random.Random(5)
    for _ in range(200):
        lines = draw.choices([*PLAIN, *WRONG[:2], "ü error", "Error", "see Error: here"], k=draw.randint(0, 12))
        log.write_text("\n".join(lines), encoding="utf-8")
        assert found(log) == next(((at, text) for at, text in enumerate(lines, 1) if TELLS.match(text)), None)


def test_a_log_that_grows_is_looked_at_where_it_is_new(log):
    first = FirstError(log, "stderr")
    assert first.look() is None
    with log.open("ab", buffering=0) as file:
        file.write(b"fine\n" * 400_000)  # two megabytes
        assert first.look() is None
        file.write(b"Value")
        assert first.look() is None
        file.write(b"Error: gone")
        assert first.look().text == "ValueError: gone"
        file.write(b" for good\nTypeError: later\n")
    hit = first.look()
    assert (hit.stream, hit.line, hit.offset, hit.text) == ("stderr", 400_001, 2_000_000, "ValueError: gone for good")
    assert first.look() == hit
    log.write_text("another log\nTypeError: another\n")
    assert first.look().line == 2
