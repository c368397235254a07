"""The verbs that clusters bring: ``grid aws setup``.

A cluster of ours brings verbs by a module ``verbs`` in its package:

* ``VERB``: the first word of them all, the cluster's name, with the verbs below it (see ``flags.family``);
* ``answer(command, around)``: does what one of them asks and returns its ``Reply``.

Help, completion and the documentation import it, and so does loading the extension in a notebook: it imports nothing
of weight before it is asked for an answer, and neither does the ``__init__`` of its package.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from .command import Command
    from .flags import Verb
    from .plan import Surroundings
    from .reply import Reply

_OURS = "grid_jupyter.clusters"


def cluster_verbs() -> tuple[Verb, ...]:
    """Return the first words of the verbs that clusters bring."""
    folders = importlib.import_module(_OURS).__path__
    names = sorted(file.parent.name for folder in folders for file in Path(folder).glob("*/verbs.py"))
    return tuple(_module(name).VERB for name in names)


def cluster_answer(verb: Verb) -> Callable[[Command, Surroundings], Reply]:
    """Return what answers a verb that a cluster brings."""
    answer: Callable[[Command, Surroundings], Reply] = _module(verb.name.split()[0]).answer
    return answer


def _module(cluster: str) -> Any:  # noqa: ANN401  (each cluster has its own)
    return importlib.import_module(f"{_OURS}.{cluster}.verbs")
