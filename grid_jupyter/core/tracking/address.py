"""The address of a tracking server: what it may be, and whether something answers there."""

from __future__ import annotations

import ssl
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from pathlib import Path

OFF = "off"
"""What is said in place of an address to write a run nowhere, whatever the settings say."""

PATIENCE = 5.0
"""Seconds in which a server must answer before a launch."""

_WEB = ("http", "https")
_SERVICES = ("databricks", "databricks-uc", "uc")
_DATABASES = ("sqlite", "postgresql", "mysql", "mssql")
_SQLITE = "sqlite:///"


def tracking_address(asked: str | None, default: str | None, cwd: Path) -> str | None:
    """Return the address that a run is written to, complete; ``None`` for nowhere.

    Args:
        asked: What ``--mlflow`` says.
        default: What the settings say.
        cwd: Where the path of a SQLite file starts.

    Raises:
        CommandError: It is no address, or holds a password.
    """
    text, origin = (asked, f"--mlflow {asked}") if asked else (default, f"the setting mlflow ({default})")
    if text is None or text == OFF:
        return None
    refuse_password(text, "--mlflow" if asked else "the setting mlflow")
    kind = urlsplit(text).scheme.partition("+")[0]
    known = text in _SERVICES or ("://" in text and kind in {*_WEB, *_SERVICES, *_DATABASES})
    if not known or (kind in _WEB and not urlsplit(text).hostname):
        raise CommandError(
            f"{origin}: is no address of a tracking server; write one such as http://localhost:5000, "
            f"or a database such as sqlite:///mlflow.db"
        )
    path = text.removeprefix(_SQLITE)
    if path != text and path and not path.startswith((":", "/")):
        return f"{_SQLITE}{cwd / path}"
    return text


def refuse_password(address: str, origin: str) -> None:
    """Refuse an address with a password in it, without repeating it.

    Raises:
        CommandError: It has one.
    """
    if _is_web(address) and without_password(address) != address:
        raise CommandError(
            f"{origin}: the address holds a name or password; set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, and write the address without"
        )


def without_password(address: str) -> str:
    """Return an address as it may be shown."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if "@" in parts.netloc else address


def require_mlflow(asking: str) -> None:
    """See to it that MLflow is installed.

    Raises:
        CommandError: It is not.
    """
    if not find_spec("mlflow"):
        raise CommandError(f'{asking} needs MLflow: pip install "grid-jupyter[mlflow]"')


def require_server(address: str, asking: str) -> None:
    """See to it that something can be written there, as far as that can be told in a moment.

    Raises:
        CommandError: MLflow is not installed, or nothing answers.
    """
    require_mlflow(asking)
    shown = without_password(address)
    if urlsplit(address).scheme.partition("+")[0] in _DATABASES and not find_spec("sqlalchemy"):
        raise CommandError(f"{asking} {shown}: a database needs the whole of MLflow: pip install mlflow")
    if not _is_web(address):
        return
    from urllib.request import urlopen

    try:
        with urlopen(f"{address.rstrip('/')}/health", timeout=PATIENCE):  # noqa: S310  (http and https alone)
            pass
    except HTTPError:
        pass  # it answers; what it wants to know, MLflow tells it
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return  # MLflow has certificates of its own
        told = getattr(reason, "strerror", None) or reason
        raise CommandError(
            f"{asking} {shown}: no server answers there: {told}; start it, or correct the address"
        ) from None


def _is_web(address: str) -> bool:
    return urlsplit(address).scheme in _WEB
