import math
import subprocess
import sys

import numpy as np
import pytest

from grid_jupyter.core.language.distributions import FUNCTIONS, VECTOR_VALUED
from grid_jupyter.core.language.streams import axis_generator
from grid_jupyter.core.language.syntax import parse_value
from grid_jupyter.errors import SweepError

NUMPY = {
    "beta(2, 5, 20)": lambda r: r.beta(2, 5, 20),
    "binomial(10, 0.5, 20)": lambda r: r.binomial(10, 0.5, 20),
    "chisquare(3, 20)": lambda r: r.chisquare(3, 20),
    "exponential(2, 20)": lambda r: r.exponential(2, 20),
    "f(3, 4, 20)": lambda r: r.f(3, 4, 20),
    "gamma(2, 3, 20)": lambda r: r.gamma(2, 3, 20),
    "geometric(0.3, 20)": lambda r: r.geometric(0.3, 20),
    "gumbel(0, 1, 20)": lambda r: r.gumbel(0, 1, 20),
    "hypergeometric(5, 6, 7, 20)": lambda r: r.hypergeometric(5, 6, 7, 20),
    "laplace(0, 1, 20)": lambda r: r.laplace(0, 1, 20),
    "logistic(0, 1, 20)": lambda r: r.logistic(0, 1, 20),
    "lognormal(-7, 1, 20)": lambda r: r.lognormal(-7, 1, 20),
    "logseries(0.5, 20)": lambda r: r.logseries(0.5, 20),
    "negative_binomial(3, 0.5, 20)": lambda r: r.negative_binomial(3, 0.5, 20),
    "noncentral_chisquare(3, 1, 20)": lambda r: r.noncentral_chisquare(3, 1, 20),
    "noncentral_f(3, 4, 1, 20)": lambda r: r.noncentral_f(3, 4, 1, 20),
    "normal(1, 2, 20)": lambda r: r.normal(1, 2, 20),
    "pareto(3, 20)": lambda r: r.pareto(3, 20),
    "poisson(4, 20)": lambda r: r.poisson(4, 20),
    "power(3, 20)": lambda r: r.power(3, 20),
    "rayleigh(2, 20)": lambda r: r.rayleigh(2, 20),
    "standard_cauchy(20)": lambda r: r.standard_cauchy(20),
    "standard_exponential(20)": lambda r: r.standard_exponential(20),
    "standard_gamma(2, 20)": lambda r: r.standard_gamma(2, 20),
    "standard_normal(20)": lambda r: r.standard_normal(20),
    "standard_t(3, 20)": lambda r: r.standard_t(3, 20),
    "triangular(0, 1, 2, 20)": lambda r: r.triangular(0, 1, 2, 20),
    "uniform(1e-5, 1e-1, 20)": lambda r: r.uniform(1e-5, 1e-1, 20),
    "vonmises(0, 4, 20)": lambda r: r.vonmises(0, 4, 20),
    "wald(1, 2, 20)": lambda r: r.wald(1, 2, 20),
    "weibull(2, 20)": lambda r: r.weibull(2, 20),
    "zipf(2, 20)": lambda r: r.zipf(2, 20),
    "randint(0, 10, 20)": lambda r: r.randint(0, 10, 20),
}


def drawn(text, key="x"):
    return list(parse_value(text).values(axis_generator(7, key)))


@pytest.mark.parametrize("text", NUMPY)
def test_the_values_are_numpys(text):
    assert drawn(text) == [str(value) for value in NUMPY[text](axis_generator(7, "x")).tolist()]


def test_every_scalar_distribution_of_numpy_is_known():
    assert {text.partition("(")[0] for text in NUMPY} <= set(FUNCTIONS)
    assert len(NUMPY) == 32 + 1
    assert not VECTOR_VALUED & set(FUNCTIONS)


def test_integers_print_as_integers_and_floats_read_back():
    assert all(value.isdigit() for value in drawn("binomial(10, 0.5, 9)"))
    assert all(repr(float(value)) == value for value in drawn("uniform(0, 1, 9)"))


def test_an_axis_has_a_stream_of_its_own():
    assert drawn("uniform(0, 1, 3)", "lr") == drawn("uniform(0, 1, 3)", "lr")
    assert drawn("uniform(0, 1, 3)", "lr") != drawn("uniform(0, 1, 3)", "wd")
    assert drawn("uniform(0, 1, 3)") == drawn("uniform(0, 1, 5)")[:3]


def test_the_streams_are_pinned():
    """A change here changes what a stored seed means."""
    assert drawn("uniform(0, 1, 2)") == ["0.781899573741226", "0.37504448921103395"]
    assert drawn("randint(0, 1000, 3)") == ["528", "908", "622"]


def test_every_process_draws_the_same():
    code = (
        "from grid_jupyter.core.language.syntax import parse_value as p\n"
        "from grid_jupyter.core.language.streams import axis_generator as g\n"
        "print(*p('uniform(0, 1, 3)').values(g(7, 'x')), *p('choice([a, b, c], 9)').values(g(7, 'größe')))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
    assert outputs.pop().startswith(" ".join(drawn("uniform(0, 1, 3)")))


def test_spaced_values_are_numpys():
    assert drawn("linspace(0, 1, 7)") == list(map(repr, np.linspace(0, 1, 7).tolist()))
    assert drawn("linspace(3, -1.5, num=1)") == ["3.0"]
    assert len(drawn("linspace(0, 1)")) == 50
    assert drawn("logspace(-4, -1, 4)") == ["0.0001", "0.001", "0.01", "0.1"]
    assert drawn("logspace(0, 3, 4, base=2)") == ["1.0", "2.0", "4.0", "8.0"]
    assert drawn("geomspace(1e-4, 1, 5)") == ["0.0001", "0.001", "0.01", "0.1", "1.0"]
    assert drawn("geomspace(-1, -100, 3)") == ["-1.0", "-10.0", "-100.0"]
    assert drawn("geomspace(1e-300, 1e-200, 2)") == ["1e-300", "1e-200"]
    assert drawn("arange(5)") == ["0", "1", "2", "3", "4"]
    assert drawn("arange(0, 10, 3)") == ["0", "3", "6", "9"]


@pytest.mark.parametrize("arguments", [(0, 1, 0.1), (0.5, 3), (1, 0, -0.3), (0, 0.3, 0.1), (1e-5, 1e-4, 1e-5)])
def test_arange_is_numpys(arguments):
    assert drawn(f"arange{arguments}") == list(map(repr, np.arange(*arguments).tolist()))


def test_loguniform_is_even_over_the_magnitudes():
    values = np.array(drawn("loguniform(1e-4, 1, 4000)"), float)
    assert values.min() >= 1e-4
    assert values.max() <= 1
    assert abs(np.log10(values).mean() + 2) < 0.1
    assert drawn("loguniform(1, 1, 2)") == ["1.0", "1.0"]


def test_choice_is_with_replacement():
    assert set(drawn("choice([a, 'b c'], 50)")) == {"a", "b c"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("beta(-1, 2, 3)", "a <= 0"),
        ("binomial(10, 1.5, 3)", "p"),
        ("randint(3, 3, 3)", "low >= high"),
        ("uniform(-1e308, 1e308, 3)", "Range"),
        ("loguniform(0, 1, 3)", "above 0"),
        ("geomspace(-1, 1, 3)", "above 0"),
        ("logspace(0, 1, 3, base=-2)", "above 0"),
        ("logspace(0, 999, 3)", "not finite"),
        ("lognormal(1e5, 1, 3)", "not finite"),
        ("linspace(-1e308, 1e308, 3)", "not finite"),
        ("geometric(1e-300, 3)", "64 bits"),
        ("f(1e-300, 1e-300, 9)", "not finite"),
    ],
)
def test_what_cannot_be_drawn_is_refused_at_the_call(text, said):
    value = parse_value(f" {text}")
    with pytest.raises(SweepError, match=said) as caught:
        value.values(axis_generator(7, "x"))
    assert caught.value.position == 1


@pytest.mark.parametrize(
    "call",
    [
        "zipf(1.01",
        "zipf(1000",
        "vonmises(0, 1e15",
        "vonmises(1e300, 1",
        "noncentral_chisquare(0.5, 1e300",
        "hypergeometric(1000000000, 10, 1000000000",
        "binomial(58, 0.5",
        "poisson(9.9",
        "loguniform(1e-9, 1",
    ],
)
@pytest.mark.timeout(20)  # a loop that rarely draws would take hours
def test_a_million_values_are_drawn(call):
    values = parse_value(f"{call}, 1000000)").values(axis_generator(7, "x"))
    assert math.isfinite(float(values[-1]))
