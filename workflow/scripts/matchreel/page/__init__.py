"""index.html: one self-contained page to watch the reel, see why each moment is in it, and change it."""

from __future__ import annotations

import re
from html import escape
from typing import Any
from urllib.parse import quote

from matchreel.notices import NOTHING_FOUND, Notice
from matchreel.page.curves import curve_values, part_curves
from matchreel.page.data import SCORE, curve_tops, page_json
from matchreel.page.records import POSTER_NAME, Highlight, PageFacts, PartCurve
from matchreel.page.table import table_html
from matchreel.page.timeline import part_html
from matchreel.page.words import count_html, provenance_html, said, spoken_length, title_text, word
from matchreel.provenance import data_path
from matchreel.web import colours_css, policy_meta

__all__ = [
    "Highlight",
    "PageFacts",
    "PartCurve",
    "curve_values",
    "part_curves",
    "render_page",
]

DATA_FILES = (
    "page.html",
    "player.html",
    "base.css",
    "player.css",
    "moments.css",
    "timeline.css",
    "small.css",
    "core.js",
    "edits.js",
    "player.js",
    "curves.js",
    "timeline.js",
    "zoom.js",
    "moments.js",
    "dialogs.js",
    "keys.js",
    "main.js",
)
_MARK = re.compile(r"\{\{(\w+)\}\}")


def render_page(page: PageFacts) -> str:
    """The page as HTML with its style, script and data inside; videos are named relative to it."""
    style = f"\n{colours_css()}{_joined('.css')}\n"
    script = f'\n(() => {{\n"use strict";\n{_joined(".js")}\n}})();\n'
    fills = {
        "policy": policy_meta(styles=[style], scripts=[script]),
        "title": escape(title_text(page)),
        "document": escape(word("page_title", title=title_text(page))),
        "style": style,
        "script": script,
        "data": page_json(page),
        "summary": _summary(page),
        "provenance": provenance_html(page),
        "warnings": _warnings(page.notices),
        "player": _player(page),
        "nothing": "" if page.highlights else _nothing_html(),
        "table": table_html(page) if page.highlights else "",
        "timelines": _timelines(page),
        "notes": _notes(page),
        "files": _files(page.files),
    }
    return _MARK.sub(lambda match: fills[match[1]], _data_file("page.html"))


def _data_file(name: str) -> str:
    return data_path(__file__, name).read_text(encoding="utf-8")


def _joined(suffix: str) -> str:
    return "\n".join(_data_file(name).rstrip() for name in DATA_FILES if name.endswith(suffix))


def _player(page: PageFacts) -> str:
    player = _data_file("player.html")
    if not page.highlights:
        # There is still the recording to look at and to add moments from.
        return player.replace(' src="reel.mp4"', "").replace("<video", "<video hidden")
    if POSTER_NAME not in page.files:
        return player
    return player.replace("<video", f'<video poster="{POSTER_NAME}"')


def _nothing_html() -> str:
    head, text = said("nothing_title", tag="h2"), said("nothing_text", tag="p")
    return f'<div class="nothing" role="status">{head}{text}</div>'


def _summary(page: PageFacts) -> str:
    played = sum(curve.duration_seconds for curve in page.parts)
    facts = [escape(page.date)] if page.date else []
    facts += [count_html(len(page.highlights))]
    lengths = {"reel": spoken_length(page.reel_seconds), "played": spoken_length(played)}
    facts += [said("out_of", **lengths)] if page.highlights else []
    return " · ".join(facts)


def _timelines(page: PageFacts) -> str:
    top = curve_tops(page.parts)[SCORE]
    return "".join(
        part_html(curve, [held for held in page.highlights if held.part == curve.part], top=top)
        for curve in page.parts
    )


def _warnings(notices: tuple[Notice, ...]) -> str:
    # The panel in the reel's place already says that there is nothing.
    shown = [notice for notice in notices if notice.code != NOTHING_FOUND]
    rows = "".join(
        said(f"notice_{notice.code}", tag="li", **dict[str, Any](notice.values)) for notice in shown
    )
    return f'<ul class="warnings" data-label="warnings" aria-label="Warnings">{rows}</ul>' if rows else ""


def _notes(page: PageFacts) -> str:
    counted = [curve for curve in page.parts if not curve.halves]
    if any(curve.kickoff_seconds is None for curve in counted):
        return said("kickoff_unknown", tag="p")
    return said("kickoff_estimated", tag="p") if any(curve.is_estimate for curve in counted) else ""


def _files(files: tuple[str, ...]) -> str:
    links = " · ".join(f'<a href="{escape(quote(path))}">{escape(path)}</a>' for path in files)
    return f'<p class="files muted">{said("files")}: {links}</p>' if links else ""
