"""A part's timeline: its scores as an inline SVG, its highlights as pins that play them."""

from __future__ import annotations

from html import escape

from matchreel.page.records import Highlight, PartCurve, thinned
from matchreel.page.words import PART_NAMES, kind_of, minute_text
from matchreel.timeline import clock_text

_WIDTH, _HEIGHT = 1000, 100
_MAX_POINTS = 1000
_MAX_TICKS = 10
_TICK_STEPS_SECONDS = (10, 30, 60, 120, 300, 600, 900, 1800, 3600)
# Pins nearer than this share of the width step up a row, so that their numbers stay readable: on wide
# screens, and on phones.
_CROWDED = 0.024
_CROWDED_NARROW = 0.075
_NUM_ROWS = 3


def part_html(curve: PartCurve, highlights: list[tuple[int, Highlight]]) -> str:
    """The figure of one part; highlights come with their number in the reel, from 0."""
    name = PART_NAMES[curve.part]
    highlights = sorted(highlights, key=lambda pair: pair[1].moment_seconds)
    shares = [held.moment_seconds / curve.duration_seconds for _, held in highlights]
    wide, narrow = (pin_rows(shares, crowded=share) for share in (_CROWDED, _CROWDED_NARROW))
    pins = "".join(
        _pin(index, held, curve, f"row{row} narrow{narrow_row}")
        for (index, held), row, narrow_row in zip(highlights, wide, narrow, strict=True)
    )
    height = f"--rows:{max(wide, default=0)};--narrow-rows:{max(narrow, default=0)}"
    count = f"{len(highlights)} highlight{'' if len(highlights) == 1 else 's'}"
    return (
        f'<figure class="part" data-part="{curve.part}" data-duration="{curve.duration_seconds:.3f}"'
        f' data-zero="{_zero_minute(curve)}" data-kickoff="{curve.kickoff_seconds or 0:.3f}">'
        f'<figcaption><h3>{name}</h3><span class="muted">{count}</span>'
        '<span class="readout"></span></figcaption>'
        f'<div class="track" style="{height}">{curve_svg(curve, name)}<div class="pins">{pins}</div>'
        '<div class="cursor" hidden></div><div class="playhead" hidden></div></div>'
        f'<div class="axis" aria-hidden="true">{_ticks(curve)}</div></figure>'
    )


def curve_svg(curve: PartCurve, name: str) -> str:
    """The scores as a filled curve."""
    times, values = thinned(curve.times_seconds, curve.values, max_points=_MAX_POINTS)
    points = [
        f"{_WIDTH * time / curve.duration_seconds:.1f},{_HEIGHT - (_HEIGHT - 4) * value:.1f}"
        for time, value in zip(times, values, strict=True)
    ]
    first, last = points[0].split(",")[0], points[-1].split(",")[0]
    line = " ".join(points)
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img"'
        f' aria-label="Scores of the {name.lower()}">'
        f'<polygon class="area" points="{first},{_HEIGHT} {line} {last},{_HEIGHT}"/>'
        f'<polyline class="line" points="{line}"/></svg>'
    )


def pin_rows(shares: list[float], *, crowded: float) -> list[int]:
    """The row of each pin, given where it lies (0 to 1, rising): a crowded one steps up."""
    rows, last = list[int](), dict[int, float]()
    for share in shares:
        free = (row for row in range(_NUM_ROWS) if share - last.get(row, -1.0) >= crowded)
        row = next(free, len(rows) % _NUM_ROWS)
        last[row] = share
        rows.append(row)
    return rows


def _pin(index: int, held: Highlight, curve: PartCurve, rows: str) -> str:
    left = 100 * held.start_seconds / curve.duration_seconds
    width = 100 * (held.end_seconds - held.start_seconds) / curve.duration_seconds
    told = f"Play highlight {index + 1}: {held.label}, {minute_text(held.moment_seconds, curve)}"
    return (
        f'<span class="band {kind_of(held.label)}" style="left:{left:.3f}%;width:{width:.3f}%"></span>'
        f'<button type="button" class="pin {rows} {kind_of(held.label)}" data-play="{index}"'
        f' style="left:{left + width / 2:.3f}%" aria-label="{escape(told)}"><b>{index + 1}</b></button>'
    )


def _ticks(curve: PartCurve) -> str:
    step = next(
        (step for step in _TICK_STEPS_SECONDS if curve.duration_seconds / step <= _MAX_TICKS),
        _TICK_STEPS_SECONDS[-1],
    )
    start = curve.kickoff_seconds or 0.0
    marks = [start + k * step for k in range(int(max(0.0, curve.duration_seconds - start) / step) + 1)]
    return "".join(
        f'<span class="{_edge(mark / curve.duration_seconds)}"'
        f' style="left:{100 * mark / curve.duration_seconds:.3f}%">'
        f"{_tick_text(mark - start, step, curve)}</span>"
        for mark in marks
    )


def _edge(share: float) -> str:
    return "first" if share < 0.02 else "last" if share > 0.98 else ""


def _tick_text(played_seconds: float, step_seconds: int, curve: PartCurve) -> str:
    if step_seconds < 60:
        return clock_text(played_seconds)
    return f"{_zero_minute(curve) + round(played_seconds / 60)}'"


def _zero_minute(curve: PartCurve) -> int:
    return 45 if curve.part == "2" else 0
