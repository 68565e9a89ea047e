"""A part's timeline as it reads without the script: its scores as an inline SVG, its highlights as bands."""

from __future__ import annotations

from html import escape

from matchreel.page.curves import thinned
from matchreel.page.records import Highlight, PartCurve
from matchreel.page.words import count_html, kind_of, said, word

_WIDTH, _HEIGHT = 1000, 100
_MAX_POINTS = 1000


def part_html(curve: PartCurve, highlights: list[Highlight], *, top: float) -> str:
    """The figure of one part. top: the match's highest score, which the curve is drawn up to."""
    name = f"part_{curve.part}"
    bands = "".join(_band(held, curve) for held in highlights)
    return (
        f'<figure class="part" data-part="{curve.part}">'
        f'<figcaption>{said(name, tag="h3")}<span class="muted count">{count_html(len(highlights))}</span>'
        f'</figcaption><div class="track">{curve_svg(curve, word(name), top=top)}{bands}</div></figure>'
    )


def curve_svg(curve: PartCurve, name: str, *, top: float) -> str:
    """The scores as a filled curve."""
    times, values = thinned(curve.times_seconds, curve.values, max_points=_MAX_POINTS)
    points = [
        f"{_WIDTH * time / curve.duration_seconds:.1f},{_HEIGHT - (_HEIGHT - 4) * value / top:.1f}"
        for time, value in zip(times, values, strict=True)
    ]
    first, last = points[0].split(",")[0], points[-1].split(",")[0]
    line = " ".join(points)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(word("scores_of", part=name))}">'
        f'<polygon class="area" points="{first},{_HEIGHT} {line} {last},{_HEIGHT}"/>'
        f'<polyline class="line" points="{line}"/></svg>'
    )


def _band(held: Highlight, curve: PartCurve) -> str:
    left = 100 * held.start_seconds / curve.duration_seconds
    width = 100 * (held.end_seconds - held.start_seconds) / curve.duration_seconds
    return f'<span class="band {kind_of(held.label)}" style="left:{left:.3f}%;width:{width:.3f}%"></span>'
