from contextlib import suppress

import pytest

from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.errors import SweepError


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", ()),
        ("run a.py --lr 0.1", ("run", "a.py", "--lr", "0.1")),
        ("--lr [0.1, 0.01] x", ("--lr", "[0.1, 0.01]", "x")),
        ('--lr "[0.1, 0.01]"', ("--lr", "[0.1, 0.01]")),
        ("--lr=[0.1, 0.01]", ("--lr=[0.1, 0.01]",)),
        ("--food '['pear', 'apple']'", ("--food", "[pear, apple]")),
        ("--food ['pear', 'hot dog']", ("--food", "['pear', 'hot dog']")),
        (r'''--x "['it\'s']"''', ("--x", r"['it\'s']")),
        (r"""--x ['it\'s', "a]b"] y""", ("--x", r"""['it\'s', "a]b"]""", "y")),
        (r'"a\"b\\c\d"', (r"a\"b\c\d".replace('\\"', '"'),)),
        (r"'a\b'", (r"a\b",)),
        ("uniform(0, 1, 3) foo(1, [2])", ("uniform(0, 1, 3)", "foo(1, [2])")),
        ("{'a': 1} {name}", ("{'a': 1}", "{name}")),
        ("./data(1)/x a]b c)", ("./data(1)/x", "a]b", "c)")),
        ("[(1]) x] y", ("[(1]) x]", "y")),
        ("a # b [", ("a",)),
        ("a#b '#c' [1, #2]", ("a#b", "#c", "[1, #2]")),
        ("a # b\nc", ("a", "c")),
        ("a \\\n  --x [1, \\\n 2]", ("a", "--x", "[1,  2]")),
        ("a \\\r\n b", ("a", "b")),
        (r"a\ b \[ \# \; \' C:\data \\", ("a b", "[", "#", ";", "'", r"C:\data", "\\")),
        ("'' \"\"a b''", ("", "a", "b")),
        ("$VAL/train-*.tfrecords ~ 255:0 vv,vh", ("$VAL/train-*.tfrecords", "~", "255:0", "vv,vh")),
        ("a; b", ("a;", "b")),
        ("a ';' \\", ("a", ";", "\\")),
    ],
)
def test_words(line, words):
    assert split_line(line).words == words
    assert not split_line(line).silent


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("a 1;", ("a", "1")),
        ("a 1 ;", ("a", "1")),
        ("a 1;  # why", ("a", "1")),
        ("a [1, 2]; ", ("a", "[1, 2]")),
        ("a '';", ("a", "")),
        ("a 1;;", ("a", "1;")),
        (";", ()),
    ],
)
def test_a_final_semicolon_silences(line, words):
    split = split_line(line)
    assert split.words == words
    assert split.silent


@pytest.mark.parametrize("line", ["a ';'", r"a \;", "a '1;'", "a [;]", "a # b;", "a ; b"])
def test_another_semicolon_is_text(line):
    assert not split_line(line).silent


@pytest.mark.parametrize(
    ("line", "position"), [("a 'b c", 2), ('a "b', 2), ("a [1, 2", 2), ("a [1, (2]", 6), ("x ['a, 1]", 3)]
)
def test_an_unclosed_opener_is_pointed_at(line, position):
    with pytest.raises(SweepError) as caught:
        split_line(line)
    assert caught.value.position == position


@pytest.mark.parametrize("part", ["[", "'", " ;", "\\", "a ", "[1, 2] ", '"" ', " #", "\\\n"])
@pytest.mark.timeout(20)  # a cost that grows faster than the text would take hours
def test_a_long_line_is_split_quickly(part):
    with suppress(SweepError):
        split_line(part * (100_000 // len(part)))
