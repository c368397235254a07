"""What helps to understand a run: plots, groups and comparisons."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .comparison import Comparison
    from .plots import Plot
    from .run import Run
    from .trial import Trial


class Understanding:
    """The part of ``Run`` that looks at results; what it needs is imported when it is used."""

    def plot(  # type: ignore[misc]  # noqa: PLR0913  (each is named at the call)
        self: Run,
        kind: str = "curves",
        *,
        metric: str | None = None,
        mode: str | None = None,
        trials: Sequence[int] = (),
        smooth: float = 0.0,
        log: bool | None = None,
        group_by: str | Sequence[str] | None = None,
        over: str | Sequence[str] | None = None,
        x: str = "step",
        width: int = 420,
        height: int = 240,
    ) -> Plot:
        """Draw the run as it is now; a notebook shows what is returned, and ``save`` writes it to a file.

        Args:
            kind: ``curves`` of a metric, ``parallel`` coordinates, or the ``importance`` of parameters.
            metric: Which one; the run's ``--metric``, a ``val_`` one or the first seen otherwise.
            mode: ``min`` or ``max``: which is best; the run's ``--mode``, or what the metric's name tells otherwise.
            trials: Those whose curves stand out, by number. At most 200 others are drawn, the best.
            smooth: How much of the former average each point keeps, 0 to below 1.
            log: Whether the metric's axis is logarithmic; it is where values span 100 times otherwise.
            group_by: One curve for all trials with the same values of these parameters: their mean and range.
            over: Likewise, for all trials that differ in these parameters alone, such as ``seed``.
            x: What curves go along: the script's own ``step``, or the ``time`` since a trial's first value.
            width: Of the chart without its margins, in pixels.
            height: Likewise.

        Raises:
            RunError: There is nothing to draw yet.
            CommandError: Something is named that there is not, or a package is missing.
        """
        from .plots import Options, make_plot

        options = Options(kind, metric, mode, tuple(trials), smooth, log, group_by, over, x, width, height)
        return make_plot(self, options)

    def compare(self: Run, *trials: int | Trial) -> Comparison:  # type: ignore[misc]
        """Return what differs between trials: parameters, metrics, times, code and files.

        Args:
            trials: Numbers of trials of this run, or trials of any run: ``run.compare(3, other[7])``.

        Raises:
            CommandError: They are fewer than two or too many, or there is no such trial.
        """
        from .comparison import compare

        return compare([_found(self, trial) for trial in trials])


def _found(run: Run, trial: int | Trial) -> Trial:
    from grid_jupyter.errors import CommandError

    from .addresses import as_number
    from .trial import Trial

    if isinstance(trial, Trial):
        return trial
    number = as_number(trial)
    if not 0 <= number < len(run):
        raise CommandError(f"{run.name} has trials 0 to {len(run) - 1}; got {number}")
    return run[number]
