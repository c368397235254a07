"""What is kept of a run, to be read here: what was told is here already, the rest is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.boto import told_plainly
from grid_jupyter.errors import CommandError
from grid_jupyter.remote.agent.problem import Problem

from .agent.layout import objects_folder, stays_there
from .agent.store import open_store
from .log_files import NodeGoneError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grid_jupyter.remote.agent.folder import Folder
    from grid_jupyter.remote.agent.objects import Objects

    from .client import Client


class Kept:
    """The objects of one run.

    Args:
        told: Those that are here.
        client: The cluster.
        label: The run's name on the cluster.
        store: Where large ones are kept, where that is not a node.
        node: The node that keeps them, where it is one.
    """

    def __init__(self, told: Folder, client: Client, label: str, store: Objects | None, node: str | None) -> None:
        self._told = told
        self._client = client
        self._label = label
        self._store = store
        self.node = node

    def get(self, key: str) -> bytes | None:
        """Return an object's content; ``None`` where there is none."""
        return self._told.get(key)

    def delete(self, keys: Sequence[str]) -> bool:
        """Delete objects that stay there, where this machine can; else the driver is to."""
        if self._store is None:
            return False
        with told_plainly():
            for key in keys:
                self._store.delete(key)
        return True

    def download(self, key: str, path: str) -> bool:
        """Write an object's content to a file; say whether there is one."""
        if not stays_there(key):
            return self._told.download(key, path)
        if self._store:
            with told_plainly():
                return self._store.download(key, path)
        place = f"{objects_folder(self._label)}/{key}"
        try:
            return self.node is not None and self._client.download_log(self.node, place, path)
        except NodeGoneError:  # and what it kept is gone with it
            return False


def store_here(address: str | None) -> Objects | None:
    """Return the store as this machine sees it.

    Raises:
        CommandError: It does not see it.
        CredentialError: AWS's own files on this machine are not in order.
    """
    if address is None:
        return None
    try:
        with told_plainly():
            return open_store(address)
    except Problem:
        raise CommandError(
            f"the store {address} is no folder of this machine, which brings results from it; mount it here too, or "
            "name another in the settings"
        ) from None
