"""Where the trials of a run would be on a Ray cluster, and how busy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.placement import Placement
from grid_jupyter.core.shares import RENTED_ONLY, unused
from grid_jupyter.core.text import count

from .door import looked_at
from .options import in_words, read_options
from .share import share_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.spec import RunSpec

    from .picture import Picture
    from .share import Share

AT_ONCE = 1000
"""Trials that wait in Ray's line at once, at most; the watcher keeps the others back."""


def place(cluster: str, spec: RunSpec, trials: int, settings: Settings, *, launches: bool) -> Placement:
    """Return where so many trials run.

    Args:
        cluster: The cluster's name.
        spec: What is asked for.
        trials: How many trials.
        settings: The user's settings.
        launches: Whether a launch is to follow; then the cluster is asked what it has.

    Raises:
        CommandError: The cluster could never run such a trial.
        GridError: It does not answer, or wants another token.
    """
    options = read_options(settings, cluster)
    picture = looked_at(options) if launches else None
    share = share_of(spec, options, picture)
    words = in_words(cluster)
    warnings = [*unused(spec, (*RENTED_ONLY, "credential"), words)]
    if 0 < share.gpus < 1:
        warnings.append(f"--gpus {share.gpus:g}: trials that share a GPU share its memory too, and one may take it all")
    if picture:
        warnings += _warnings(share, spec, picture)
    return Placement(
        place=words,
        cluster=cluster,
        fits=max(1, min(trials, AT_ONCE)),
        gpus_per_trial=share.gpus,
        per_machine=max((share.fits_on(node) for node in picture.nodes), default=0) if picture else 0,
        wants_spot=spec.use_spot,
        warnings=tuple(warnings),
        facts=tuple(_facts(share, picture)) if picture else (),
    )


def _warnings(share: Share, spec: RunSpec, picture: Picture) -> Iterator[str]:
    if picture.lets_all_in:
        yield picture.open_warning
    gpus = picture.total("GPU")
    if gpus and spec.gpus is None:
        yield f"trials see no GPU unless --gpus says how many each gets; {in_words(picture.name)} has {gpus:g}"
    if not any(share.fits_on(node) for node in picture.nodes):
        yield "no node that is there could hold a trial; all wait until the cluster starts one that can"


def _facts(share: Share, picture: Picture) -> Iterator[tuple[str, str]]:
    told = str(len(picture.nodes))
    if picture.status:
        free = picture.status.free
        kinds = [("GPU", "GPUs")] if share.gpus else [("CPU", "CPUs")]
        parts = [f"{free[name]:g} of {picture.total(name):g} {unit}" for name, unit in kinds if name in free]
        told += f", {' and '.join(parts)} free" if parts else ""
        # No more than all nodes hold that are meant, whatever is free on others.
        room = min(share.fits_in(free), sum(share.fits_on(node) for node in picture.nodes))
        told += f", room for {count(room, 'trial')} now"
    if picture.autoscales:
        told += ", more may be started"
    yield "Nodes", told
    if picture.status and picture.status.waiting:
        waiting = picture.status.waiting
        yield "Queue", f"{count(waiting, 'task')} {'waits' if waiting == 1 else 'wait'} for room"
