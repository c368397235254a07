"""Coming to a cluster with what the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grid_jupyter.core.settings_file import settings_path
from grid_jupyter.errors import ConfigError

from .address import PORT
from .tokens import find_token

if TYPE_CHECKING:
    from .client import Client
    from .options import Options
    from .picture import Picture


def connect(options: Options) -> Client:
    """Return a client of the cluster; it has asked nothing yet.

    Raises:
        ConfigError: Nothing tells where the cluster is.
        CredentialError: A file is named for the token and holds none.
    """
    from .client import Client

    if options.address is None:
        raise ConfigError(
            f'nothing tells where the Ray cluster is: write address = "http://HOST:{PORT}" below '
            f"[clusters.{options.cluster}] in {settings_path()}, with the host of its head, or set RAY_ADDRESS to that"
        )
    return Client(options.address, find_token(options.token_file))


def looked_at(options: Options) -> Picture:
    """Return how the cluster is just now.

    Raises:
        UserError: Nothing tells where it is, it wants another token, or its Ray is too old.
        ServiceError: It does not answer.
    """
    from .picture import look

    client = connect(options)
    try:
        return look(options.cluster, client)
    finally:
        client.close()
