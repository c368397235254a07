"""The verbs that clusters bring: ``grid aws setup``.

A cluster brings verbs by a module ``verbs`` in its package:

* ``VERB``: the first word of them all, the cluster's name, with the verbs below it (see ``flags.family``);
* ``answer(command, around)``: does what one of them asks and returns its ``Reply``.

Help, completion and the documentation import it, and so does loading the extension in a notebook: it imports nothing
of weight before it is asked for an answer, and neither does the ``__init__`` of its package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .cluster_packages import has_part, is_cluster_type, load_part, our_types

if TYPE_CHECKING:
    from collections.abc import Callable

    from .command import Command
    from .flags import Verb
    from .plan import Surroundings
    from .reply import Reply

_PART = "verbs"


def cluster_verbs() -> tuple[Verb, ...]:
    """Return the first words of the verbs that our clusters bring.

    Those of other packages are found once they are said: help need not read the entry points of all that is installed.
    """
    return tuple(_verb(kind) for kind in our_types() if has_part(kind, _PART))


def find_cluster_verb(word: str) -> Verb | None:
    """Return the first word of the verbs that the clusters of that type bring."""
    return _verb(word) if is_cluster_type(word) and has_part(word, _PART) else None


def cluster_answer(verb: Verb) -> Callable[[Command, Surroundings], Reply]:
    """Return what answers a verb that a cluster brings."""
    answer: Callable[[Command, Surroundings], Reply] = load_part(verb.name.split()[0], _PART).answer
    return answer


def _verb(kind: str) -> Verb:
    verb: Verb = load_part(kind, _PART).VERB
    return verb
