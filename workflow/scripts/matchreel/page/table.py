"""The table of highlights: a row per moment of the reel, whose button plays it."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from matchreel.page.records import Highlight, PartCurve
from matchreel.page.words import SHORT_PART_NAMES, kind_of, minute_text, why_html
from matchreel.timeline import clock_text


def table_html(highlights: tuple[Highlight, ...], curves: dict[str, PartCurve]) -> str:
    """All rows, with minute, label, score and reasons."""
    rows = "".join(_row(index, held, curves[held.part]) for index, held in enumerate(highlights))
    return (
        '<div class="rows" tabindex="0" role="region" aria-label="Highlights"><table id="highlights">'
        '<caption class="hidden">Highlights in the order of the reel</caption>'
        '<thead><tr><th scope="col">Minute</th><th scope="col">Moment</th>'
        '<th scope="col" class="number">Score</th><th scope="col">Why</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _row(index: int, held: Highlight, curve: PartCurve) -> str:
    minute, clip = minute_text(held.moment_seconds, curve), escape(quote(held.clip))
    span = f"{clock_text(held.start_seconds)}–{clock_text(held.end_seconds)}"
    return (
        f'<tr data-index="{index}" data-part="{held.part}" data-start="{held.start_seconds:.6f}"'
        f' data-end="{held.end_seconds:.6f}" data-reel-start="{held.reel_start_seconds:.6f}"'
        f' data-reel-end="{held.reel_end_seconds:.6f}" data-clip="{clip}" data-minute="{escape(minute)}"'
        f' data-label="{escape(held.label)}">'
        f'<td class="minute">{escape(minute)}</td>'
        f'<td><button type="button" class="moment" data-play="{index}">'
        f'<b class="{kind_of(held.label)}">{index + 1}</b>{escape(held.label)}</button>'
        f'<span class="muted span" title="In the recording">{SHORT_PART_NAMES[held.part]} {span}'
        f' · <a href="{clip}">clip<span class="hidden"> of highlight {index + 1}</span></a></span></td>'
        f'<td class="number">{held.score:.2f}</td><td>{why_html(held.why)}</td></tr>'
    )
