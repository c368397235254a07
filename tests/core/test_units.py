import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grid_jupyter.core import units
from grid_jupyter.core.units import Budget, Datastore
from grid_jupyter.errors import CommandError

TIMES = "\N{MULTIPLICATION SIGN}"
PARSERS = (
    units.parse_memory,
    units.parse_duration,
    units.parse_budget,
    units.parse_datastore,
    units.parse_run_name,
)


@pytest.mark.parametrize(
    ("text", "gb"),
    [("1G", 1), ("60GB", 60), ("2T", 2048), ("512M", 0.5), ("1.5g", 1.5), ("10 GiB", 10), ("1048576K", 1)],
)
def test_memory(text, gb):
    assert units.parse_memory("--memory", text) == gb


@pytest.mark.parametrize(
    ("text", "told"), [("10", "write 10G"), ("0G", "above 0"), ("G", "K, M, G or T"), ("-1G", "K, M")]
)
def test_memory_that_is_none(text, told):
    with pytest.raises(CommandError, match=f"^--memory .*{told}"):
        units.parse_memory("--memory", text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45s", 45), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("1h30m", 5400), ("1.5H", 5400)],
)
def test_duration(text, seconds):
    assert units.parse_duration("--max_time", text) == seconds


@pytest.mark.parametrize(
    ("text", "told"),
    [("2", "2m or 2h"), ("", "such as 2h"), ("30m1h", "such as"), ("0s", "above 0"), ("h", "such as")],
)
def test_duration_that_is_none(text, told):
    with pytest.raises(CommandError, match=f"^--max_time .*{told}"):
        units.parse_duration("--max_time", text)


@given(st.integers(1, 10**9))
def test_a_written_duration_is_read_as_it_was(milliseconds):
    text = units.write_duration(milliseconds / 1000)
    assert units.parse_duration("--max_time", text) == pytest.approx(milliseconds / 1000, abs=0.001)


@pytest.mark.parametrize(("seconds", "text"), [(7200, "2h"), (5400, "1h30m"), (45, "45s"), (0.5, "0.5s")])
def test_a_duration_as_it_is_typed(seconds, text):
    assert units.write_duration(seconds) == text


def test_budget():
    assert units.parse_budget("--budget", "20") == Budget(dollars=20)
    assert units.parse_budget("--budget", "$2.50") == Budget(dollars=2.5)
    assert units.parse_budget("--budget", "2h") == Budget(seconds=7200)
    for text in ("0", "$", "$2h", "0h", "many", "-1", "nan"):
        with pytest.raises(CommandError, match=r"^--budget "):
            units.parse_budget("--budget", text)


def test_datastore():
    assert units.parse_datastore("--datastore_name", "faces") == Datastore("faces")
    assert units.parse_datastore("--datastore_name", "ada:faces") == Datastore("faces", "ada")
    for text in ("", ":", "a:", ":a", "a:b:c", "a b"):
        with pytest.raises(CommandError, match="USER:NAME"):
            units.parse_datastore("--datastore_name", text)


@pytest.mark.parametrize("name", ["my-fancy-name", "abc-123", "a", "my--name", "a" * 50, "exp", "exp1-a"])
def test_run_names(name):
    assert units.parse_run_name("--name", name) == name


@pytest.mark.parametrize(
    "name",
    [
        "My-name",
        "name_1",
        "-name",
        "name-",
        "my name",
        "",
        "1name",
        "foo-exp1",
        "exp12",
        "a" * 51,
        "é",
        "a\n",
        "a\u0661",
    ],
)
def test_texts_that_are_no_run_name(name):
    with pytest.raises(CommandError, match=r"^--name "):
        units.parse_run_name("--name", name)


@given(st.sampled_from(PARSERS), st.text())
def test_a_text_is_read_or_refused(parse, text):
    try:
        parse("--flag", text)
    except CommandError as error:
        told = str(error)
        assert told.startswith("--flag")


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, ""),
        (math.nan, ""),
        (-1, "0.0 s"),
        (0.8, "0.8 s"),
        (9.96, "10 s"),
        (42, "42 s"),
        (59.6, "1 m 00 s"),
        (187, "3 m 07 s"),
        (3599.7, "1 h 00 m"),
        (3840, "1 h 04 m"),
        (86399.9, "1 d 00 h"),
        (183600, "2 d 03 h"),
    ],
)
def test_durations_shown(seconds, shown):
    assert units.format_duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "1 min"),
        (1021, "18 min"),
        (3600, "1 h"),
        (3601, "1 h 10 min"),
        (8900, "2 h 30 min"),
        (86000, "1 day"),
        (86400, "1 day"),
        (180000, "3 days"),
    ],
)
def test_time_left_is_rounded_up(seconds, shown):
    assert units.format_time_left(seconds) == shown


@pytest.mark.parametrize(
    ("ago", "shown"),
    [
        (-5, "just now"),
        (30, "just now"),
        (250, "4 min ago"),
        (3 * 3600, "3 h ago"),
        (86400, "yesterday"),
        (30 * 86400, "2026-10-04"),
    ],
)
def test_when(monkeypatch, ago, shown):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    noon = 1793707200.0  # 2026-11-03 12:00 UTC
    assert units.format_when(noon - ago, noon) == shown


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [
        (0, "$0.00"),
        (0.004, "< $0.01"),
        (1.836, "$1.84"),
        (999.994, "$999.99"),
        (999.996, "$1,000"),
        (1204.4, "$1,204"),
    ],
)
def test_money(dollars, shown):
    assert units.format_money(dollars) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1000, "1.0 KB"),
        (82_000, "82 KB"),
        (1.2e9, "1.2 GB"),
        (10e9, "10 GB"),
        (5000e12, "5,000 TB"),
    ],
)
def test_bytes(size, shown):
    assert units.format_bytes(size) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (7, "7"),
        (12480112, "12,480,112"),
        (10**15, "1,000,000,000,000,000"),
        (12 * 10**17, f"1.2 {TIMES} 10^18"),
        (999 * 10**16, f"1.0 {TIMES} 10^19"),
    ],
)
def test_counts(number, shown):
    assert units.format_count(number) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.18151234, "0.1815"),
        (0.012345, "0.01235"),
        (12.3456, "12.35"),
        (12345.6, "12346"),
        (3, "3"),
        (0.0, "0"),
        (1.2341e-7, "1.234e-7"),
        (-0.5, "-0.5000"),
        (9.99999, "10.00"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (1e300, "1.000e300"),
    ],
)
def test_metrics(value, shown):
    assert units.format_metric(value) == shown


def test_a_column_of_metrics_has_the_same_decimals():
    column = [0.1815, 12.3456, 2e-5, math.nan]
    decimals = units.metric_decimals(column)
    assert [units.format_metric(value, decimals) for value in column] == ["0.18", "12.35", "2.000e-5", "nan"]
    assert units.metric_decimals([]) == 0


@given(st.floats())
def test_any_number_can_be_shown(value):
    assert units.format_metric(value)
    assert len(units.format_duration(abs(value))) < 400
