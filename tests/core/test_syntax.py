import pytest

from grid_jupyter.core.language.syntax import Draw, Listing, Range, Text, closes, parse_value
from grid_jupyter.errors import SweepError


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ("[0.1, 1e-4, 1.0]", ("0.1", "1e-4", "1.0")),
        ("  [1,2]\n", ("1", "2")),
        ("[True, None, -0.01]", ("True", "None", "-0.01")),
        ("['hot dog', \"no dog\"]", ("hot dog", "no dog")),
        (r"['it\'s', 'a\"b', 'a\\b', 'a\nb\tc']", ("it's", 'a"b', "a\\b", "a\nb\tc")),
        (r"['\x41\u00e9', 'C:\data\q']", ("Aé", r"C:\data\q")),
        (r"['\\n', '\\\'']", (r"\n", "\\'")),
        ("[pear, apple]", ("pear", "apple")),
        ("[größe, 日本]", ("größe", "日本")),
        ("[a_b.c-d+e/f:g@h=i%j*k~l]", ("a_b.c-d+e/f:g@h=i%j*k~l",)),
        ("[1, 2,]", ("1", "2")),
        ("[1, 1]", ("1", "1")),
        ("['', 'a,b', ']']", ("", "a,b", "]")),
        ("[[1,  2], (3, 4), {'a': [5]}, 6]", ("[1,  2]", "(3, 4)", "{'a': [5]}", "6")),
        ("[[], ()]", ("[]", "()")),
        ("[['a]', \"b)\"]]", ("['a]', \"b)\"]",)),
    ],
)
def test_a_list_keeps_what_is_written(text, elements):
    assert parse_value(text) == Listing(elements)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "uniform",
        "foo(1, 2)",
        "(1, 2)",
        "{'a': [1, 2]}",
        "key=[1, 2]",
        "./data(1)/x",
        "bert-base-uncased",
        "'[1, 2]'",
        "uniform (0, 1)",
        "normalize(0.5, 0.5)",
        "x uniform(0, 1)",
        "unifrom(0, 1)/x",
        "1e-2",
    ],
)
def test_everything_else_is_text(text):
    assert parse_value(text) == Text(text)


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("[]", 0, "empty"),
        ("[ ]", 0, "empty"),
        ("[1,,2]", 3, "missing"),
        ("[,1]", 1, "missing"),
        ("[1, 2", 0, "add ]"),
        ("[1, 2,", 0, "add ]"),
        ("[1, (2]", 6, ") is expected"),
        ("[1, [2", 4, "not closed"),
        ("['a]", 1, "not closed"),
        ("['a' 'b', 'c']", 5, "comma"),
        ("['a'b]", 4, "comma"),
        ("[a b]", 3, "comma"),
        ("[1 + 2]", 3, "comma"),
        ("[it's]", 3, "comma"),
        ("[$x]", 1, "quotes"),
        ("[a<b]", 2, "quotes"),
        ("[(1, 2)[0]]", 7, "quotes"),
        ("[__import__('os').system('x')]", 1, "call"),
        ("[uniform(0, 1)]", 1, "call"),
        ("[1](2)", 3, '["…"]'),
        ("[1] + [2]", 4, "--strategy none"),
        ("range(1, 3)/x", 11, '["…"]'),
        (r"['\x00']", 1, "passed"),
        (r"['\ud83d']", 1, "passed"),
        ("a\0b", 1, "NUL"),
        ("range(3, 3)", 0, "empty"),
        ("range()", 0, "1 to 3"),
        ("range(1, 2, 3, 4)", 0, "1 to 3"),
        ("range(1, 2, 0)", 12, "0"),
        ("range(0, 1.5)", 9, "arange"),
        ("range(0, stop=2)", 9, "no names"),
        ("range(0, [2])", 9, "whole"),
        ("uniform(0, 1", 0, "add )"),
        ("uniform(0, 1,", 0, "add )"),
        ("uniform(low=", 0, "add )"),
        ("uniform(0, 1, 2, 3)", 17, "uniform(low, high, n)"),
        ("uniform(0, x, 3)", 11, "plain numbers"),
        ("uniform(0, 'a', 3)", 11, "plain numbers"),
        ("uniform(0, nan, 3)", 11, "finite"),
        ("uniform(0, -inf, 3)", 11, "finite"),
        ("uniform(0, 1e999, 3)", 11, "too large"),
        (f"uniform(0, {'9' * 301})", 11, "digits"),
        ("uniform(0, 1 2)", 13, "comma"),
        ("uniform(0, 1+2)", 12, "comma"),
        ("uniform(0, [1], 2)", 11, "no list"),
        ("uniform(0, 1, 0)", 14, "at least 1"),
        ("uniform(0, 1, -3)", 14, "at least 1"),
        ("uniform(0, 1, 2.0)", 14, "whole"),
        ("uniform(0, 1, 1e3)", 14, "whole"),
        ("uniform(0, 1, 1_000_001)", 14, "1,000,000"),
        ("uniform(0, 1, sise=3)", 14, "did you mean size?"),
        ("uniform(0, 1, loc=3)", 14, "low"),
        ("uniform(0, low=3)", 11, "twice"),
        ("uniform(low=0, 1)", 15, "without a name"),
        ("beta(2)", 0, "beta(a, b, n)"),
        ("randint(0.5, 3)", 8, "whole"),
        ("binomial(10.5, 0.5, 3)", 9, "whole"),
        ("choice(3, 2)", 7, "list"),
        ("choice([], 2)", 7, "empty"),
        ("zipf(1.0001, 3)", 5, "between 1.01"),
        ("vonmises(0, 1e200)", 12, "between 0"),
        ("arange(0, 1, 0)", 0, "0"),
        ("arange(1, 0)", 0, "empty"),
        ("arange(0, 1, 1e-9)", 0, "1,000,000"),
        ("arange(0, 1, 1e-320)", 0, "too large"),
        ("multinomial(3, [0.1, 0.9])", 0, "vectors"),
        ("unifrom(0, 1, 3)", 0, "write uniform"),
        ("Uniform(0, 1, 3)", 0, "write uniform"),
        ("log_uniform(1e-4, 1, 3)", 0, "write loguniform"),
        ("np.random.uniform(0, 1, 3)", 0, "write uniform"),
    ],
)
def test_a_refusal_points_at_the_fault(text, position, said):
    with pytest.raises(SweepError) as caught:
        parse_value(text)
    assert said in caught.value.problem
    assert (caught.value.text, caught.value.position) == (text, position)


def test_a_range_is_pythons():
    assert parse_value("range(0, 5, 2)") == Range(range(0, 5, 2))
    assert parse_value("range(5, 0, -2,)") == Range(range(5, 0, -2))
    assert list(parse_value("range(+1_0)").values())[-1] == "9"


def test_a_range_may_be_longer_than_python_can_tell():
    value = parse_value(f"range(0, {10**40}, 3)")
    assert value.count == -(-(10**40) // 3)
    assert value.values()[10**30] == str(3 * 10**30)


def test_a_draw_knows_its_function():
    value = parse_value("uniform(0, high=2.5, size=4)")
    assert value == Draw("uniform", {"low": 0, "high": 2.5}, 4)
    assert value.random
    assert not parse_value("linspace(0, 1, 3)").random
    assert parse_value("choice([a, 'b c'], 3)").options == ("a", "b c")


def test_numpys_defaults_and_one_value_without_a_size():
    assert parse_value("uniform()") == Draw("uniform", {"low": 0.0, "high": 1.0}, 1)
    assert parse_value("uniform(3)") == Draw("uniform", {"low": 3, "high": 1.0}, 1)
    assert parse_value("standard_normal(5)").count == 5
    assert parse_value("randint(5)").arguments == {"low": 5}
    assert parse_value("randint(0, 1e6, 3)").arguments == {"low": 0, "high": 1_000_000}


@pytest.mark.parametrize(
    ("text", "whether"), [("[1, 2]", True), ("[0,", False), ("uniform(0,", False), ("a", False), ("['a]", False)]
)
def test_closes(text, whether):
    assert closes(text) is whether


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[" + "(" * 50_000 + ")" * 50_000 + "]",
        "[" + "1," * 50_000 + "]",
        "['" + "\\x41" * 25_000 + "']",
        "['" + "\\" * 99_999,
        "uniform(" + "1" * 100_000,
        "uniform(" + "1_" * 50_000,
        "uniform(" + "1," * 50_000 + ")",
        "uniform(" + "a" * 100_000 + "=1)",
        "choice([" + "a, " * 30_000 + "b], 3)",
        "a" * 100_000 + "(1)",
        "uniform(0, 1)" + " " * 100_000 + "x",
        "[" + " " * 100_000,
        "[" + "a" * 100_000 + "(",
    ],
)
@pytest.mark.timeout(20)  # a cost that grows faster than the text would take hours
def test_a_long_text_is_read_quickly(text):
    try:
        parse_value(text)
    except SweepError as error:
        assert len(str(error)) < 300  # noqa: PT017
