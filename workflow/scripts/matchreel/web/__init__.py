"""What all pages share: their colours, by day and by night, and what they may load and run."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence

from matchreel.provenance import data_path

DATA_FILES = ("colours.css",)


def colours_css() -> str:
    """The style sheet that names them; a page's own comes after it."""
    return data_path(__file__, DATA_FILES[0]).read_text(encoding="utf-8")


def policy_meta(*, styles: Sequence[str], scripts: Sequence[str] = ()) -> str:
    """A page's content security policy: it runs these scripts and no other, and asks no other host.

    styles and scripts: the exact texts inside the page's elements. Pages are opened from disk, where a
    browser may not count the files beside a page as its own: file: allows them. Style attributes are
    allowed: they place bands and bars.
    """
    rules = {
        "default-src": "'none'",
        "script-src": _hashes(scripts),
        "style-src": _hashes(styles),
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' file: data:",
        "media-src": "'self' file:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    content = "; ".join(f"{name} {value}" for name, value in rules.items())
    return f'<meta http-equiv="Content-Security-Policy" content="{content}">'


def _hashes(texts: Sequence[str]) -> str:
    digests = [hashlib.sha256(text.encode()).digest() for text in dict.fromkeys(texts)]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests) or "'none'"
