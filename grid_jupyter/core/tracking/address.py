"""The address of a tracking server: what it may be, and whether something answers there."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import TYPE_CHECKING
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

# A database's address may name a user, and holds the password there or among the options; a password may have a slash.
_USER = re.compile(r"(?<=://)[^/?#]*@")
_PASSWORD = re.compile(r"(?<=://)[^/?#@:]*:[^@]*@|(?<=[?&])(?:password|passwd|pwd)=[^&#]*", re.IGNORECASE)


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
    if not _is_address(text):
        raise CommandError(
            f"{origin}: is no address of a tracking server; write one such as http://localhost:5000, "
            f"or a database such as sqlite:///mlflow.db"
        )
    path = text.removeprefix(_SQLITE)
    if path != text and path and not path.startswith((":", "/")):
        return f"{_SQLITE}{cwd / path}"
    return text


def _is_address(text: str) -> bool:
    if text in _SERVICES:
        return True
    if _is_web(text):
        try:
            parts = urlsplit(text)
            return bool(parts.hostname) and parts.port != 0  # a port that is no number raises
        except ValueError:
            return False
    return "://" in text and _kind(text) in {*_SERVICES, *_DATABASES}


def refuse_password(address: str, origin: str) -> None:
    """Refuse an address with a password in it, without repeating it.

    Raises:
        CommandError: It has one.
    """
    if _is_web(address) and _USER.search(address):
        raise CommandError(
            f"{origin}: the address holds a name or password; set MLFLOW_TRACKING_USERNAME and "
            "MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN, and write the address without"
        )
    if _kind(address) in _DATABASES and _PASSWORD.search(address):
        raise CommandError(
            f"{origin}: the address holds a password; keep it where the database's client looks for it, such as "
            "~/.pgpass of PostgreSQL, and write the address without"
        )


def without_password(address: str) -> str:
    """Return an address as it may be shown."""
    return _USER.sub("", _PASSWORD.sub("", address))


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
    if _kind(address) in _DATABASES and not find_spec("sqlalchemy"):
        raise CommandError(f"{asking} {shown}: a database needs the whole of MLflow: pip install mlflow")
    if not _is_web(address):
        return
    refuse_password(address, asking)
    _ask(f"{address.rstrip('/')}/health", f"{asking} {shown}")


def _ask(url: str, asking: str) -> None:
    """See to it that something answers there, whatever it is."""
    import ssl
    from http.client import HTTPException
    from urllib.error import HTTPError
    from urllib.request import urlopen

    try:
        with urlopen(url, timeout=PATIENCE):  # noqa: S310  (http and https alone)
            pass
    except HTTPError:
        pass  # it answers; what it wants to know, MLflow tells it
    except (OSError, ValueError, HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLError):
            return  # MLflow has certificates of its own
        told = getattr(reason, "strerror", None) or reason
        raise CommandError(f"{asking}: no server answers there: {told}; start it, or correct the address") from None


def _kind(address: str) -> str:
    """The scheme of an address, without the name of a database's driver."""
    return address.partition(":")[0].partition("+")[0].lower()


def _is_web(address: str) -> bool:
    return _kind(address) in _WEB
