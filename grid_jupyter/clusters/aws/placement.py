"""Where the trials of a run would be at AWS: on which machines, on how many, and what these cost.

The catalogue of machines is shipped, so AWS need not be asked, unless for prices of now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.machines import load_catalogue, trials_per_machine
from grid_jupyter.core.machines.prices import wished_prices
from grid_jupyter.core.placement import Placement

if TYPE_CHECKING:
    from grid_jupyter.core.settings import Settings
    from grid_jupyter.core.spec import RunSpec

DEFAULT_MACHINE = "m5a.large"


def place(cluster: str, spec: RunSpec, trials: int, settings: Settings, *, launches: bool) -> Placement:
    """Return where so many trials run; all at once, as far as we are concerned: quotas and capacity are for AWS to say.

    Args:
        cluster: The cluster's name.
        spec: What is asked for.
        trials: How many trials.
        settings: The user's settings.
        launches: Whether a launch is to follow; then AWS is asked what interruptible machines cost.

    Raises:
        CommandError: There is no such machine, or a trial does not fit on it.
    """
    match = load_catalogue().find(spec.instance_type or DEFAULT_MACHINE)
    # Only AWS itself can tell what an interruptible machine costs.
    prices = wished_prices([match.machine], settings, spec.credential, live=launches and spec.use_spot)
    machine = prices.of(match.machine)
    gpus = spec.gpus or None
    per_machine = trials_per_machine(machine, gpus=gpus, cpus=spec.cpus, memory_gb=spec.memory)
    notes = [*match.notes, *([prices.note] if prices.note else [])]
    if spec.cpus and spec.cpus * per_machine >= machine.vcpus:
        notes.append(f"--cpus {spec.cpus} takes the last CPU of a {machine.name}; its own services need one too")
    return Placement(
        place=machine.name,
        cluster=cluster,
        fits=trials,
        gpus_per_trial=gpus or machine.gpus,
        machine=machine,
        per_machine=per_machine,
        prices=prices,
        wants_spot=spec.use_spot,
        warnings=tuple(notes),
    )
