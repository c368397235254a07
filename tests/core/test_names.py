import pytest

from grid_jupyter.core.names import new_name
from grid_jupyter.core.units import parse_run_name


def test_a_made_up_name_is_a_run_name():
    for _ in range(200):
        name = new_name(lambda _: False)
        assert parse_run_name("--name", name) == name
        assert 1 <= int(name.split("-")[2]) <= 999


def test_a_taken_name_is_not_given():
    seen = []

    def taken(name):
        seen.append(name)
        return len(seen) < 5

    assert new_name(taken) == seen[4]


def test_it_gives_up_when_all_are_taken():
    with pytest.raises(RuntimeError):
        new_name(lambda _: True)
