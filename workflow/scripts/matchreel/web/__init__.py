"""What all pages share: their colours, by day and by night."""

from __future__ import annotations

from pathlib import Path

DATA_FILES = ("colours.css",)


def colours_css() -> str:
    """The style sheet that names them; a page's own comes after it."""
    return (Path(__file__).parent / DATA_FILES[0]).read_text(encoding="utf-8")
