"""One container for one attempt, should AWS Batch ever be asked twice for the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .objects import Objects
    from .task import Task


def claim(objects: Objects, task: Task) -> bool:
    """Take the attempt; say whether it is this container's, also where an earlier try did it and heard no answer."""
    key = task.keys.claim(task.trial, task.attempt)
    content = task.name.encode()
    return objects.put_once(key, content) or objects.get(key) == content
