"""index.html: one self-contained page that plays reel and clips beside the scores they were chosen by."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from matchreel.page.records import Highlight, PageFacts, PartCurve, curve_values
from matchreel.page.table import table_html
from matchreel.page.timeline import part_html
from matchreel.page.words import provenance_html, spoken_length, title_text

__all__ = ["NOTHING_FOUND", "Highlight", "PageFacts", "PartCurve", "curve_values", "render_page"]

NOTHING_FOUND = "No highlights: nothing in this game passed the selection, so there is no reel"
DATA_FILES = ("page.html", "player.html", "page.css", "page.js")
_MARK = re.compile(r"\{\{(\w+)\}\}")


def render_page(page: PageFacts) -> str:
    """The page as HTML with its style and script inside; videos are named relative to it."""
    curves = {curve.part: curve for curve in page.parts}
    numbered = list(enumerate(page.highlights))
    fills = {
        "title": escape(title_text(page)),
        "style": _data_file("page.css"),
        "script": _data_file("page.js"),
        "summary": _summary(page),
        "provenance": provenance_html(page),
        "warnings": _warnings(page.warnings),
        "player": _data_file("player.html") if page.highlights else _NOTHING,
        "table": table_html(page.highlights, curves) if page.highlights else "",
        "timelines": "".join(
            part_html(curve, [pair for pair in numbered if pair[1].part == curve.part])
            for curve in page.parts
        ),
        "notes": _notes(page),
    }
    return _MARK.sub(lambda match: fills[match[1]], _data_file("page.html"))


_NOTHING = (
    '<div class="nothing" role="status"><h2>No highlights</h2><p>Nothing in this game passed the selection, '
    "so there is no reel. The scores below show what there was.</p></div>"
)


def _data_file(name: str) -> str:
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _summary(page: PageFacts) -> str:
    count = len(page.highlights)
    played = sum(curve.duration_seconds for curve in page.parts)
    facts = [page.date] if page.date else []
    facts += [f"{count} highlight{'' if count == 1 else 's'}"]
    facts += [f"{spoken_length(page.reel_seconds)} out of {spoken_length(played)} min"] if count else []
    return " · ".join(map(escape, facts))


def _warnings(warnings: tuple[str, ...]) -> str:
    # The panel in the reel's place already says that there is nothing.
    rows = "".join(f"<li>{escape(text)}</li>" for text in warnings if text != NOTHING_FOUND)
    return f'<ul class="warnings" aria-label="Warnings">{rows}</ul>' if rows else ""


def _notes(page: PageFacts) -> str:
    if any(curve.kickoff_seconds is None for curve in page.parts):
        return "<p>~ The kick-off is not known: these minutes count from the start of the recording.</p>"
    return ""
