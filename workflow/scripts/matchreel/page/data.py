"""What the page's script works on: the reel, the moments left out and all curves, as JSON inside the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import numpy as np

from matchreel.edit_list import PlannedHighlight
from matchreel.labels import ALL_LABELS, MOMENT, slug_of
from matchreel.page.curves import thinned_together
from matchreel.page.records import Highlight, PageFacts, PartCurve
from matchreel.page.words import tables, title_text
from matchreel.reel_frames import CLIP_PER_FADE, FEWEST_FADE_FRAMES, card_frames, full_fade_frames

SCORE = "score"
# 45 minutes of a part then have a point a second; both parts with ten curves stay below 0.3 MB.
MAX_POINTS = 2700
# All curves of all parts: with many classes each gets fewer points.
MAX_NUMBERS = 150_000
_UNITS = 1000  # a curve's highest value


def page_json(page: PageFacts) -> str:
    """All of it as one line that may stand in a script element: no "<", no "&"."""
    tops = curve_tops(page.parts)
    facts = {
        "game": page.game,
        "title": title_text(page),
        "budget": page.budget_seconds,
        "joins": _joins(page),
        "reelSeconds": page.reel_seconds,
        "highlights": [_cut_row(held, page.stills) for held in page.highlights],
        "leftOut": [_row(held) for held in page.left_out],
        "parts": [_part(curve, tops, max_points=_points_each(page.parts)) for curve in page.parts],
        "curves": [{"name": name, "top": round(top, 4)} for name, top in tops.items()],
        "labels": list(ALL_LABELS),
        "slugs": {label: slug_of(label) for label in ALL_LABELS if label != MOMENT},
        "words": tables()["words"],
        "labelWords": tables()["labels"],
    }
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _joins(page: PageFacts) -> dict[str, Any]:
    """What the reel's length is counted by, in frames."""
    return {
        "rate": [page.rate_fps.numerator, page.rate_fps.denominator],
        "card": card_frames(page.title_card_seconds, page.rate_fps),
        "fade": full_fade_frames(page.overlap_seconds, page.rate_fps),
        "leastFade": FEWEST_FADE_FRAMES,
        "clipPerFade": CLIP_PER_FADE,
    }


def curve_tops(parts: tuple[PartCurve, ...]) -> dict[str, float]:
    """Each curve's highest value in the whole match, by which it is drawn; the score's first."""
    tops = dict[str, float]()
    for curve in parts:
        for name, values in {SCORE: curve.values, **curve.reasons}.items():
            tops[name] = max(tops.get(name, 1e-6), float(np.max(values, initial=0.0)))
    return tops


def _points_each(parts: tuple[PartCurve, ...]) -> int:
    num_curves = sum(2 + len(curve.reasons) for curve in parts)
    return max(100, min(MAX_POINTS, MAX_NUMBERS // max(1, num_curves)))


def _part(curve: PartCurve, tops: dict[str, float], *, max_points: int) -> dict[str, Any]:
    curves = {SCORE: curve.values, **curve.reasons}
    times, held = thinned_together(curve.times_seconds, curves, max_points=max_points)
    return {
        "part": curve.part,
        "duration": round(curve.duration_seconds, 6),
        "kickoff": curve.kickoff_seconds,
        "source": quote(curve.source),
        "zero": round(curve.source_zero_seconds, 6),
        "times": np.round(times, 1).tolist(),
        "curves": {
            name: np.rint(_UNITS * np.clip(values / tops[name], 0, 1)).astype(int).tolist()
            for name, values in held.items()
        },
    }


def _cut_row(held: Highlight, stills: Mapping[str, str]) -> dict[str, Any]:
    return _row(held) | {
        "still": quote(stills.get(held.clip, "")),
        "clip": quote(held.clip),
        "reelStart": round(held.reel_start_seconds, 6),
        "reelEnd": round(held.reel_end_seconds, 6),
    }


def _row(held: Highlight | PlannedHighlight) -> dict[str, Any]:
    return {
        "id": held.id,
        "part": held.part,
        "start": round(held.start_seconds, 3),
        "end": round(held.end_seconds, 3),
        "event": held.event_seconds,
        "label": held.label or MOMENT,
        "score": round(held.score, 4),
        "why": {name: round(value, 4) for name, value in held.why.items()},
        "notes": [note.coded() for note in held.notes],
    }
