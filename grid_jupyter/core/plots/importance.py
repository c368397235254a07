"""Which parameters matter for a metric, by Optuna's evaluators, for runs of any strategy."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from grid_jupyter.core import text
from grid_jupyter.errors import CommandError, RunError

from .measured import read_for_plot
from .plot import Plot

if TYPE_CHECKING:
    from optuna.importance import BaseImportanceEvaluator

    from grid_jupyter.core.jobs import Launch
    from grid_jupyter.core.parallel import Parallel, ParallelAxis
    from grid_jupyter.core.run import Run

    from .options import Options
    from .theme import Theme

MOST = 1000
"""At most so many trials are looked at, spread evenly over all ranks."""

FEW = 10
"""With fewer trials the figures are a hint at best."""

_BAR = 22
_LABEL = 160


def importance_plot(run: Run, options: Options) -> Plot:
    """Draw how much of a metric's variance each parameter explains; of them all it is 1.

    fANOVA (Hutter, Hoos and Leyton-Brown, "An Efficient Approach for Assessing Hyperparameter Importance", 2014) where
    scikit-learn is there, else PED-ANOVA (Watanabe, Bansal and Hutter, "PED-ANOVA", 2023), which needs Optuna alone.

    Raises:
        CommandError: Optuna is not installed, or whether low or high is best is not known.
        RunError: There are too few trials, or nothing varies.
    """
    if find_spec("optuna") is None:
        raise CommandError('the importance of parameters needs Optuna: pip install "grid-jupyter[bayesian]"')
    metric, mode, found = read_for_plot(run, options, MOST)
    axes = _one_of_each_group(run.launch, found)
    if not axes:
        raise RunError(f"no parameter of {run.name} varies, so none can matter more than another")
    if found.measured < 2 or len(set(found.values)) < 2:
        raise RunError(f"importance needs two trials that ended with different {metric}; wait for more")
    method, shares = _evaluate(axes, found, mode)
    told = f"Importance for {metric}: {method} of {text.count(len(found.trials), 'trial')}"
    notes = [told.partition(": ")[2]]
    if found.measured < FEW:
        notes.append(f"{found.measured} trials are few: take it as a hint")
    if len(axes) == 1:
        notes.append(f"only {next(iter(axes))} varies, so all is due to it")
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    sentence = f"{told}. {', '.join(f'{name} {share:.2f}' for name, share in ranked)}."
    shown = ". ".join([told, *notes[1:]])
    return Plot(shown, sentence, lambda theme: _chart(metric, ranked, options, theme, sentence, notes))


def _one_of_each_group(launch: Launch, found: Parallel) -> dict[str, ParallelAxis]:
    """Axes that move together are one, since nothing can tell which of them it was."""
    known = {axis.label: axis for axis in found.axes}
    axes = {}
    for group in launch.space.groups:
        labels = [label for place in group if (label := launch.space.axes[place].label) in known]
        if labels:
            axes[" + ".join(labels)] = known[labels[0]]
    return axes


def _evaluate(axes: dict[str, ParallelAxis], found: Parallel, mode: str) -> tuple[str, dict[str, float]]:
    """Return the method's name, and each parameter's share."""
    import optuna
    from optuna.distributions import CategoricalDistribution, IntDistribution

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # A number is its place among those that occur: near places are near, on whatever scale they were spaced.
    distributions: dict[str, Any] = {
        name: IntDistribution(0, max(1, len(axis.values) - 1))
        if axis.numeric
        else CategoricalDistribution(range(len(axis.values)))
        for name, axis in axes.items()
    }
    study = optuna.create_study(direction="minimize" if mode == "min" else "maximize")
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={name: axis.places[number] for name, axis in axes.items()},
                distributions=distributions,
                value=value,
            )
            for number, value in enumerate(found.values)
        ]
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Optuna tells whoever writes against it what is experimental
        evaluator: BaseImportanceEvaluator
        if find_spec("sklearn") is None:
            method, evaluator = "PED-ANOVA", optuna.importance.PedAnovaImportanceEvaluator()
        else:
            method, evaluator = "fANOVA", optuna.importance.FanovaImportanceEvaluator(seed=0)
        return method, dict(optuna.importance.get_param_importances(study, evaluator=evaluator))


def _chart(
    metric: str,
    ranked: list[tuple[str, float]],
    options: Options,
    theme: Theme,
    sentence: str,
    notes: list[str],
) -> dict[str, Any]:
    rows = [{"n": name, "s": round(share, 4), "w": f"{share:.2f}"} for name, share in ranked]
    names = {"field": "n", "type": "nominal", "sort": None, "title": None}
    return theme.spec(
        sentence,
        f"What {metric} depends on",
        notes,
        width=max(options.width - _LABEL, _LABEL),
        height={"step": _BAR + 6},
        data={"values": rows},
        encoding={
            "y": {**names, "axis": {"labelLimit": _LABEL, "labelFontSize": 12, "labelColor": theme.text}},
            "x": {
                "field": "s",
                "type": "quantitative",
                "title": None,
                "axis": None,
                "scale": {"domain": [0, max(share for _, share in ranked) or 1]},
            },
        },
        layer=[
            {"mark": {"type": "bar", "color": theme.brand, "height": _BAR - 6, "tooltip": False}},
            {
                "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 12},
                "encoding": {"text": {"field": "w", "type": "nominal"}},
            },
        ],
    )
