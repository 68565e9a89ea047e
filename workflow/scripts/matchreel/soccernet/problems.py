"""What can go wrong with a download, and how secrets are kept out of every message."""

from __future__ import annotations

import base64
import os
import urllib.parse

from matchreel.errors import InputError

SECRET_OF_SOURCE = {"HuggingFace": "HF_TOKEN", "EXRCSDrive": "SOCCERNET_PASSWORD"}
_HOW_TO_GET = {
    "HF_TOKEN": (
        "Accept SoccerNet's terms on huggingface.co, then `export HF_TOKEN=...` with that account's token"
    ),
    "SOCCERNET_PASSWORD": (
        "Sign SoccerNet's agreement on soccer-net.org, then `export SOCCERNET_PASSWORD=...` with its password"
    ),
}


class TransientError(Exception):
    """A failure that may pass by itself: worth another attempt. The text is one sentence."""


class RefusedError(Exception):
    """The server understood and said no: another attempt cannot help. The text is one sentence."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(what)


def secret_of(source: str) -> str | None:
    """The secret of a source from the environment, without blanks around it; None where it is not set."""
    return os.environ.get(SECRET_OF_SOURCE[source], "").strip() or None


def required_secret(source: str, where: object) -> str:
    """The secret of a source, or InputError saying how to get it. No network is touched."""
    secret = secret_of(source)
    if secret is None:
        name = SECRET_OF_SOURCE[source]
        raise InputError(f"the environment variable {name} is not set", where=where, remedy=_HOW_TO_GET[name])
    return secret


def how_to_get_access(source: str) -> str:
    """The remedy for a refused secret."""
    return _HOW_TO_GET[SECRET_OF_SOURCE[source]]


def redacted(text: str) -> str:
    """The text without any secret of the environment, in whichever form a message may carry it."""
    for name in SECRET_OF_SOURCE.values():
        raw = os.environ.get(name, "")
        for secret in {raw, raw.strip()} - {""}:
            encoded = base64.b64encode(secret.encode()).decode()
            for form in (secret, urllib.parse.quote(secret, safe=""), repr(secret)[1:-1], encoded):
                text = text.replace(form, f"<{name}>")
    return " ".join(text.split())
