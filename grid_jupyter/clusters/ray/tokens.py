"""The token that a Ray cluster asks for: found where Ray's own programs find it, and never shown."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from grid_jupyter.errors import CredentialError


@dataclass(frozen=True)
class Token:
    """What lets a request in.

    Attributes:
        source: Where it was found, in words.
    """

    text: str = field(repr=False)
    source: str


def find_token(file: str | None) -> Token | None:
    """Return the token that there is: of the settings, else as Ray finds it; ``None`` where there is none.

    Ray looks at ``RAY_AUTH_TOKEN``, at the file that ``RAY_AUTH_TOKEN_PATH`` names, and at ``~/.ray/auth_token``, in
    this order, and with ``RAY_AUTH_MODE=disabled`` at none of them.

    Args:
        file: The setting ``token_file``.

    Raises:
        CredentialError: A file is named and holds none.
    """
    if file:
        return _of_file(Path(file).expanduser(), "token_file")
    if os.environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        return None
    if text := os.environ.get("RAY_AUTH_TOKEN", "").strip():
        return _checked(text, "RAY_AUTH_TOKEN")
    if named := os.environ.get("RAY_AUTH_TOKEN_PATH"):
        return _of_file(Path(named).expanduser(), "RAY_AUTH_TOKEN_PATH")
    usual = Path.home() / ".ray" / "auth_token"
    return _of_file(usual, "Ray's usual file") if usual.exists() else None


def _of_file(path: Path, who: str) -> Token:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise CredentialError(f"{who}: {path} cannot be read: {reason}; name the file that holds Ray's token") from None
    if not text:
        raise CredentialError(f"{who}: {path} is empty; it is to hold Ray's token, which ray get-auth-token prints")
    return _checked(text, str(path))


def _checked(text: str, source: str) -> Token:
    if not text.isascii() or not text.isprintable() or " " in text:
        raise CredentialError(f"{source} holds something else than a token: a token is one word")
    return Token(text, source)
