"""Where a Ray cluster is asked: its dashboard, whose address is often taken for one of Ray's others."""

from __future__ import annotations

from urllib.parse import urlsplit

PORT = 8265
"""Where a dashboard listens unless it was told otherwise."""

_STORE, _CLIENT = 6379, 10001


def dashboard_address(text: str) -> str:
    """Return the address of a dashboard, ``http://HOST:PORT`` and what may follow, without a slash at its end.

    Raises:
        ValueError: It is none; the text says what it takes.
    """
    told = text.strip()
    if told.lower() in {"auto", "local"}:
        raise ValueError(_instead(told, "means whatever runs on this machine", "127.0.0.1"))
    has_scheme = "://" in told
    try:
        parts = urlsplit(told if has_scheme else f"http://{told}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not told.isprintable() or " " in told:
        raise ValueError(f'takes the address of a Ray dashboard, such as "http://127.0.0.1:{PORT}"')
    if parts.username is not None or parts.password is not None:
        raise ValueError("holds a name or a password; remove it, and name a token's file with token_file")
    if parts.scheme == "ray" or (not has_scheme and port == _CLIENT):
        raise ValueError(_instead(told, "is the address of Ray Client", host))
    if parts.scheme not in {"http", "https"}:
        raise ValueError(f'starts with {parts.scheme}://; a Ray dashboard\'s starts with "http://" or "https://"')
    if not has_scheme and port == _STORE:
        raise ValueError(_instead(told, "is where the nodes of a Ray cluster meet", host))
    if parts.query or parts.fragment:
        raise ValueError("holds more than an address; end it before the ? or #")
    where = parts.netloc if port or has_scheme else f"{parts.netloc}:{PORT}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"


def _instead(told: str, what: str, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f'is {told}, which {what}; write the dashboard\'s address instead, such as "http://{shown}:{PORT}"'
