"""Whatever trials answer and whenever the watcher dies: a search runs no point twice and forgets none."""

import math
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grid_jupyter.core import store as stores
from grid_jupyter.core.arguments import parse_arguments
from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.language.splitter import split_line
from grid_jupyter.core.selection import select
from grid_jupyter.core.space import build_space
from grid_jupyter.core.states import TrialState
from grid_jupyter.core.store import Point, Store, TrialRow
from grid_jupyter.core.where import parse_where
from grid_jupyter.core.words import Word
from grid_jupyter.watcher.books import Books

study = pytest.importorskip("grid_jupyter.search.study")

AXES = st.sampled_from(
    ["[a, b]", "[1, 1, 2]", "range(4)", "range(0, 3000)", "uniform(0, 1)", "loguniform(1e-5, 1)", "randint(0, 7)",
     "linspace(0, 1, 5)", "linspace(1, 1, 3)", "poisson(2, 6)", "choice([x, y, x])", "randint(0, 10000000000)", "text"]
)  # fmt: skip
NUMBERS = st.one_of(st.floats(-10, 10), st.sampled_from([math.nan, math.inf, -math.inf]))
ANSWERS = st.tuples(
    st.sampled_from([TrialState.SUCCEEDED, TrialState.SUCCEEDED, TrialState.FAILED, TrialState.PRUNED]),
    st.one_of(st.none(), NUMBERS, NUMBERS, NUMBERS),
)


class Searched:
    """A run that is searched without its trials: the test says what becomes of them."""

    def __init__(self, folder, line, trials, *, where=None, rule=None, mode="min"):
        words = [Word(word) for word in split_line(line).words]
        self.space = build_space(parse_arguments(words, keep_dashes=lambda _: False), 7, searched=True)
        labels = [axis.label for axis in self.space.axes]
        condition = parse_where(where, labels) if where else None
        self._begins = select(self.space, where=condition, strategy="bayesian", trials=trials, seed=3).to_json()
        self._spec = SimpleNamespace(metric="loss", mode=mode, early_stop=rule, where=where, strategy="bayesian")
        stores.create(RunFolder(folder), {})
        self._store = Store(RunFolder(folder), write=True)
        self.watch()

    def watch(self):
        """What a watcher begins with, be it the first or the next after one that was killed."""
        selection = select(self.space, where=None, strategy="grid_search", trials=None, seed=0)
        self.selection = type(selection).from_json(self._begins, self.space)
        self.trials = self.selection.count
        launch = SimpleNamespace(space=self.space, selection=self.selection, seed=3, trials=self.trials)
        self._books = Books(self._store.folder, self._store)
        self.search = study.Study(self._store, self._books, launch, self._spec)
        self.search.learn()

    def start(self, trial):
        self.search.choose(trial)
        self._books.add(TrialRow(trial, TrialState.RUNNING, attempts=1, started=1.0))
        self._books.write()
        return self.selection.combination(trial)

    def end(self, trial, state, value):
        points = [] if value is None else [Point(trial, "loss", 1.0, value, 1.0)]
        self.search.told(trial, points)
        metrics = {point.name: point.value for point in points}
        row = TrialRow(trial, state, attempts=1, started=1.0, ended=2.0, metrics=metrics)
        self._books.add(row, points)
        self._books.write()
        self.search.ended(row)


@pytest.fixture(scope="module")
def fresh():
    """Return a function that makes a folder."""
    with tempfile.TemporaryDirectory() as folder:
        yield lambda: Path(tempfile.mkdtemp(dir=folder))


few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# None of those that went before has a number, which NumPy warns of.
NOTHING_TO_COMPARE = [
    *[(TrialState.SUCCEEDED, None)] * 18,
    *[(TrialState.SUCCEEDED, math.nan)] * 5,
    (TrialState.SUCCEEDED, 0.0),
]


@few
@example(axes=["range(0, 3000)"], answers=NOTHING_TO_COMPARE, deaths=set(), at_once=1, rule="median", mode="min")
@given(
    axes=st.lists(AXES, min_size=1, max_size=3),
    answers=st.lists(ANSWERS, min_size=24, max_size=24),
    deaths=st.sets(st.integers(0, 23), max_size=4),
    at_once=st.integers(1, 4),
    rule=st.sampled_from([None, "asha", "median"]),
    mode=st.sampled_from(["min", "max"]),
)
def test_no_point_is_run_twice_and_none_is_forgotten(fresh, axes, answers, deaths, at_once, rule, mode):
    line = " ".join(f"--x{place} {axis}" for place, axis in enumerate(axes))
    run = Searched(fresh(), line, len(answers), rule=rule, mode=mode)
    pending, points = [], {}
    for trial in range(run.trials):
        points[trial] = run.start(trial)
        pending.append(trial)
        if trial in deaths:
            run.watch()
            assert {one: run.selection.combination(one) for one in points} == points
            assert run.start(trial) == points[trial]
        if len(pending) == at_once:
            over = pending.pop(0)
            run.end(over, *answers[over])
    texts = [tuple(run.space.argv(point)) for point in points.values()]
    assert len(set(texts)) == len(texts) == min(len(answers), run.space.size)


@few
@given(
    axis=AXES,
    answers=st.lists(ANSWERS, min_size=16, max_size=16),
    deaths=st.sets(st.integers(0, 15), min_size=1, max_size=4),
)
def test_a_search_that_is_cut_off_goes_on_as_it_would_have(fresh, axis, answers, deaths):
    def points(deaths):
        run = Searched(fresh(), f"--a {axis} --b loguniform(1e-3, 10)", len(answers))
        for trial in range(run.trials):
            yield run.start(trial)
            run.end(trial, *answers[trial])
            if trial in deaths:
                run.watch()

    assert list(points(deaths)) == list(points(()))


@settings(few, max_examples=10)
@given(answers=st.lists(ANSWERS, min_size=20, max_size=20), at_once=st.integers(1, 3))
def test_a_condition_holds_for_all_points(fresh, answers, at_once):
    run = Searched(fresh(), "--a uniform(0, 4) --b range(5)", len(answers), where="a < b")
    for trial in range(run.trials):
        a, b = run.space.values(run.start(trial))
        assert float(a) < int(b)
        if trial >= at_once:
            run.end(trial - at_once, *answers[trial - at_once])


def test_a_search_in_a_huge_space_finds_what_is_good(fresh):
    """What comes later is nearer to the best of 10^9 numbers than what came at random."""
    run = Searched(fresh(), "--a randint(0, 1000000000) --b [x, y, z]", 60)
    distances = []
    for trial in range(60):
        a, b = run.space.values(run.start(trial))
        distances.append(abs(int(a) / 1e9 - 0.7) + (b != "y"))
        run.end(trial, TrialState.SUCCEEDED, distances[-1])
    assert min(distances) < 0.05
    assert sorted(distances[20:])[20] < sorted(distances[:20])[10]


def test_values_side_by_side_that_come_twice_are_one_point():
    words = [Word(word) for word in split_line("--a [1, 1, 2, 1] --b [x, x, y, z] --c [5, 6]").words]
    arguments = parse_arguments(words, keep_dashes=lambda _: False)
    assert build_space(arguments, 7, ["a,b"], searched=True).size == 6
    assert build_space(arguments, 7, ["a,b"]).size == 8
