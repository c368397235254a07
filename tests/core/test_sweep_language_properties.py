from hypothesis import given, settings
from hypothesis import strategies as st

from grid_jupyter.core.arguments import argv, parse_arguments
from grid_jupyter.core.language.distributions import FUNCTIONS
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.language.streams import axis_generator, picks_generator
from grid_jupyter.core.language.syntax import Listing, parse_value
from grid_jupyter.core.shuffle import shuffled
from grid_jupyter.core.space import Space, build_space
from grid_jupyter.core.where import parse_where
from grid_jupyter.core.words import Word
from grid_jupyter.errors import GridError, SweepError

WORDS = [
    "range",
    "np.random.",
    "0",
    "1",
    "-1",
    "1e9",
    "1e400",
    "0.5",
    "nan",
    "size",
    "num",
    "a",
    "é",
    "--",
    "--a-b",
    "and",
    "or",
    "not",
    "in",
    "lr",
    "1_0",
    "\\x00",
    "\\u",
]
PIECES = st.sampled_from([*"[](){}'\"\\,;#=+-*/%<>! \n\0.:_$\ud800", *WORDS, *FUNCTIONS])
JUNK = st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60)
CALLS = st.builds(
    "{}({})".format,
    st.sampled_from([*FUNCTIONS, "range"]),
    st.lists(
        st.sampled_from(
            ["0", "1", "2", "-1", "0.5", "3.5", "1e9", "1e300", "1e-300", "10", "999999", "size=3", "[a, 'b']"]
        )
        | st.integers().map(str)
        | st.floats(allow_nan=False, allow_infinity=False).map(repr),
        max_size=5,
    ).map(", ".join),
)
LISTS = st.lists(
    st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    min_size=1,
    max_size=5,
)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


@given(JUNK | CALLS)
@settings(max_examples=600, deadline=1000)
def test_no_text_makes_the_parser_raise_anything_else(text):
    try:
        value = parse_value(text)
    except SweepError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017
        assert error.detail  # noqa: PT017
        return
    assert value.count >= 1


@given(CALLS)
@settings(max_examples=300, deadline=None)
def test_every_call_that_is_read_is_drawn_or_refused(text):
    try:
        value = parse_value(text)
        values = value.values(axis_generator(1, "x"))
    except SweepError:
        pass
    else:
        assert value.count < 10**7 or not value.random
        assert isinstance(values[0], str)
        assert "nan" not in values[0]


@given(JUNK)
@settings(max_examples=400, deadline=1000)
def test_no_line_makes_the_splitter_raise_anything_else(line):
    try:
        words = split_line(line).words
        parse_arguments([Word(word) for word in words], keep_dashes=lambda _name: False)
    except GridError:
        pass


@given(JUNK)
@settings(max_examples=400, deadline=1000)
def test_no_text_makes_a_condition_raise_anything_else(text):
    try:
        parse_where(text, ["lr", "a"]).holds({"lr": "0.1", "a": "x"})
    except SweepError as error:
        assert 0 <= error.position <= len(text)  # noqa: PT017


@given(LISTS)
def test_a_quoted_list_reads_back(elements):
    assert parse_value(f"[{', '.join(map(quoted, elements))}]") == Listing(tuple(elements))


@given(LISTS)
def test_a_list_in_a_magic_line_is_one_word(elements):
    text = f"[{', '.join(map(quoted, elements))}]".replace("\\\n", "\\\\n").replace("\\\r\n", "")
    if "\n" in text or "\r" in text:
        return
    assert split_line(f"a --x {text} b").words == ("a", "--x", text, "b")


@given(st.lists(LISTS, max_size=4), st.booleans())
def test_a_space_holds_each_combination_once(lists, zipped):
    words = [word for i, one in enumerate(lists) for word in (Word(f"--a{i}"), Word("", values=tuple(one)))]
    arguments = parse_arguments(words, keep_dashes=lambda _name: False)
    zips = ["a0,a1"] if zipped and len(lists) > 1 and len(lists[0]) == len(lists[1]) else []
    space = build_space(arguments, 1, zips)
    places = [space.indices(i) for i in range(space.size)]
    assert len(set(places)) == space.size == len(places)
    assert places == sorted(places)
    assert Space.from_json(space.to_json()).to_json() == space.to_json()
    assert all(space.argv(i) == argv(arguments, space.values(i)) for i in range(space.size))


@given(st.integers(1, 300), st.integers(0, 2**32))
def test_a_shuffle_of_everything_is_a_permutation(size, seed):
    assert sorted(shuffled(size, picks_generator(seed))) == list(range(size))
