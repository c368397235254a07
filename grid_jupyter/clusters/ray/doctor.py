"""Whether runs can work on a Ray cluster: one check after another, each with what to do."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from grid_jupyter.core.finding import Finding, Level
from grid_jupyter.core.text import count
from grid_jupyter.errors import CommandError, CredentialError, GridError, UserError

from .door import connect
from .kept import store_here
from .options import read_options
from .picture import LABELS_SINCE, look
from .probe import find_python
from .traits import names_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from grid_jupyter.core.settings import Settings

    from .client import Client
    from .options import Options
    from .picture import Picture


def examine(cluster: str, settings: Settings, tell: Callable[[str], None]) -> Sequence[Finding]:
    """Return what was found.

    Args:
        cluster: The cluster's name.
        settings: The user's settings.
        tell: Shows what is being looked at.
    """
    try:
        options = read_options(settings, cluster)
        client = connect(options)
    except UserError as error:
        return [Finding("settings", Level.PROBLEM, str(error))]
    try:
        return [*_examine(options, settings, client, tell)]
    finally:
        client.close()


def _examine(options: Options, settings: Settings, client: Client, tell: Callable[[str], None]) -> Iterator[Finding]:
    tell(f"Looking at {client.address}")
    try:
        picture = look(options.cluster, client)
    except CredentialError as error:
        yield Finding("dashboard", Level.OK, f"answers at {client.address}")
        yield Finding("token", Level.PROBLEM, str(error))
        return
    except CommandError as error:
        yield Finding("Ray", Level.PROBLEM, str(error))
        return
    except GridError as error:
        yield Finding("dashboard", Level.PROBLEM, str(error))
        return
    yield Finding("dashboard", Level.OK, f"answers at {picture.address}")
    yield _ray(picture)
    yield _token(picture, client)
    yield from _nodes(picture)
    tell("Looking at the cluster's Python")
    yield _python(options, client)
    tell("Looking at the store")
    yield _store(options, settings)


def _ray(picture: Picture) -> Finding:
    if picture.is_at_least(LABELS_SINCE):
        return Finding("Ray", Level.OK, f"version {picture.ray}")
    since = ".".join(map(str, LABELS_SINCE))
    told = f"version {picture.ray}: --instance_type can mean resources alone and --use_spot nothing before Ray {since}"
    return Finding("Ray", Level.WARNING, told)


def _token(picture: Picture, client: Client) -> Finding:
    if picture.lets_all_in:
        return Finding("token", Level.WARNING, picture.open_warning)
    source = client.token.source if client.token else ""
    return Finding("token", Level.OK, f"that of {source} is taken, and nobody is let in without one")


def _nodes(picture: Picture) -> Iterator[Finding]:
    nodes, total = picture.nodes, picture.total
    told = f"{count(len(nodes), 'node')} with {total('CPU'):g} CPUs and {total('GPU'):g} GPUs"
    told += f"; the largest trial gets {picture.most('CPU'):g} CPUs and {picture.most('GPU'):g} GPUs"
    if picture.status is None:
        told += "; what is free is not told yet"
    elif picture.status.waiting:
        waiting = picture.status.waiting
        told += f"; {count(waiting, 'task')} {'waits' if waiting == 1 else 'wait'} for room now"
    if picture.autoscales:
        told += "; the cluster may start more"
    if total("CPU") or picture.autoscales:
        yield Finding("nodes", Level.OK, told)
    else:
        yield Finding("nodes", Level.PROBLEM, f"{told}; start a node with CPUs, on which trials can run")
    names = names_of(nodes)
    yield Finding("names", Level.OK, f"--instance_type can be {', '.join(names)}" if names else "all nodes are alike")


def _python(options: Options, client: Client) -> Finding:
    try:
        found = find_python(client, options)
    except GridError as error:
        return Finding("python", Level.PROBLEM, str(error))
    return Finding("python", Level.OK, f"{found.path}, version {found.version}, with Ray {found.ray}")


def _store(options: Options, settings: Settings) -> Finding:
    store = options.store
    if store is None:
        told = "checkpoints and large files lie on the disk of the head, and are lost with it"
        return Finding("store", Level.OK, f"{told}; store in the settings names a shared folder or a bucket instead")
    if store.startswith("s3://"):
        return _bucket(store, settings)
    try:
        store_here(store)
    except CommandError as error:
        return Finding("store", Level.PROBLEM, str(error))
    if not os.access(store, os.R_OK | os.W_OK | os.X_OK):
        return Finding("store", Level.PROBLEM, f"{store} may not be written here; let its owner give you the right to")
    return Finding("store", Level.OK, f"{store} can be written from here; each node must see it by the same path")


def _bucket(store: str, settings: Settings) -> Finding:
    from grid_jupyter.core.boto import make_client, open_session, told_plainly

    bucket, _, prefix = store.removeprefix("s3://").partition("/")
    try:
        with told_plainly():
            s3 = make_client(open_session(settings), "s3")
            s3.list_objects_v2(Bucket=bucket, Prefix=f"{prefix}/" if prefix else "", MaxKeys=1)
    except GridError as error:
        return Finding("store", Level.PROBLEM, f"{store} cannot be read from here: {error}")
    return Finding("store", Level.OK, f"{store} can be read from here; nodes must be allowed to write to it")
