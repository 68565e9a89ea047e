"""The table of highlights as it reads without the script, which puts the review's list in its place."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from matchreel.page.records import Highlight, PageFacts, PartCurve
from matchreel.page.words import kind_of, label_text, minute_text, said, why_html, word
from matchreel.timeline import clock_text


def table_html(page: PageFacts) -> str:
    """All rows, with minute, label, score after it where the screen was read, confidence and reasons."""
    curves = {curve.part: curve for curve in page.parts}
    rows = "".join(
        _row(index, held, curves[held.part], page.score_after(held))
        for index, held in enumerate(page.highlights)
    )
    heads = "".join(said(f"col_{name}", tag="th") for name in ("minute", "moment", "score", "why"))
    return (
        f'<table id="highlights">{said("moments_caption", tag="caption", kind="hidden")}'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(index: int, held: Highlight, curve: PartCurve, score_after: str) -> str:
    clip = escape(quote(held.clip))
    line = f' <span class="result">{escape(score_after.replace("-", "–"))}</span>' if score_after else ""
    span = f"{clock_text(held.start_seconds)}–{clock_text(held.end_seconds)}"
    return (
        f'<tr data-start="{held.start_seconds:.6f}" data-end="{held.end_seconds:.6f}">'
        f'<td class="minute">{escape(minute_text(held.moment_seconds, curve))}</td>'
        f'<td><b class="{kind_of(held.label)}">{index + 1}</b> {escape(label_text(held.label))}{line}'
        f'<span class="muted span">{word(f"short_{held.part}")} {span}'
        f' · <a href="{clip}">clip<span class="hidden"> of highlight {index + 1}</span></a></span></td>'
        f"<td>{held.score:.2f}</td><td>{why_html(held.why)}</td></tr>"
    )
