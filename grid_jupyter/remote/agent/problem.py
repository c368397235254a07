"""What keeps a script from being run."""

from __future__ import annotations


class Problem(Exception):  # noqa: N818  (it is what it says)
    """One sentence that a person can act on.

    Args:
        sentence: What is wrong, and what to do.
        details: What a program said about it, for the trial's standard error.
    """

    def __init__(self, sentence: str, details: bytes = b"") -> None:
        super().__init__(sentence)
        self.details = details
