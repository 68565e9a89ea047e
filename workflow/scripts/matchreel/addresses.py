"""Addresses in the config: none may carry a password, which would reach logs, metadata and manifests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from matchreel.errors import ConfigError

_SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|signature|^sig$|credential|^auth|^key|(api|access).?key", re.IGNORECASE
)


def check_address(address: str, *, where: str) -> None:
    """ConfigError for an address with a user, a password or a key in it; never says what it is."""
    if _has_secret(address):
        raise ConfigError(
            "this address carries a user name, password or key, which would be written into logs",
            where=where,
            remedy="Take it out; fetch what needs it by hand and name the file, or use a mirror without one",
        )


def check_addresses(value: object, *, where: str) -> None:
    """The same for every text of a config that is an address, whatever its key."""
    for path, text in _texts(value, where):
        if "://" in text or path.endswith("url"):
            check_address(text, where=path)


def _has_secret(address: str) -> bool:
    scheme, found, rest = address.strip().partition("://")
    host = re.split(r"[/?#\\]", rest if found else scheme, maxsplit=1)[0]
    if "@" in host:
        return True
    try:
        parts = urlsplit(address.strip())
        parts.port  # noqa: B018  ValueError where it is no number: half a password, as in user:pa/ss@host
    except ValueError:
        return True
    pairs = [*parse_qsl(parts.query, keep_blank_values=True), *parse_qsl(parts.fragment)]
    return any(_SECRET_NAME.search(name) for name, _ in pairs)


def _texts(value: object, where: str) -> Iterator[tuple[str, str]]:
    """(Key, text) of every text in nested dicts and lists."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict | list):
        children = value.items() if isinstance(value, dict) else enumerate(value)
        for key, held in children:
            yield from _texts(held, f"{where}, {key}" if where == "config" else f"{where}.{key}")
