"""Random streams that are the same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import RandomState


def axis_generator(seed: int, axis_key: str) -> RandomState:
    """The stream of one axis, so that another axis on the line changes no value of this one."""
    return _generator(f"axis {seed} {axis_key}")


def picks_generator(seed: int) -> RandomState:
    """The stream that picks combinations."""
    return _generator(f"picks {seed}")


def sample_generator(seed: int) -> RandomState:
    """The stream that estimates; apart from the picks, which it must not change."""
    return _generator(f"sample {seed}")


def search_seed(seed: int, trial: int) -> int:
    """The seed by which a search chooses one trial's point: its own, whatever happened before."""
    from hashlib import sha256

    return int.from_bytes(sha256(f"search {seed} {trial}".encode()).digest()[:4], "big")


def _generator(purpose: str) -> RandomState:
    import hashlib

    from numpy.random import RandomState

    # RandomState, and not default_rng: NumPy promises that its stream stays as it is.
    digest = hashlib.sha256(purpose.encode("utf-8", "surrogatepass")).digest()
    return RandomState([int.from_bytes(digest[start : start + 4], "big") for start in range(0, len(digest), 4)])
