"""The page's words: parts, match minutes, why a moment was chosen, and who chose it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from matchreel.labels import slug_of
from matchreel.page.records import PageFacts, PartCurve
from matchreel.timeline import clock_text, match_minute

PART_NAMES = {"1": "First half", "2": "Second half", "full": "Full match"}
SHORT_PART_NAMES = {"1": "1st half", "2": "2nd half", "full": "Match"}
_LISTED_GAMES = 6
_UNTRAINED = {
    "excitement": (
        "Untrained",
        "It has learnt from no match: it ranks loud crowds, long breaks in play and cameras turned to "
        "a goal, and cannot name what it finds.",
    ),
    "random": ("Random", "Windows were drawn by lot. This reel only serves to compare others with."),
}


def title_text(page: PageFacts) -> str:
    """The teams where they are known, else the game's slug."""
    return " – ".join(name for name in (page.home, page.away) if name) or page.game


def minute_text(seconds: float, curve: PartCurve) -> str:
    """The match minute, with "~" where the kick-off is not known and the part's start stands in for it."""
    if curve.kickoff_seconds is None:
        return "~" + match_minute(seconds, part=curve.part, kickoff_seconds=0.0)
    return match_minute(seconds, part=curve.part, kickoff_seconds=curve.kickoff_seconds)


def why_text(name: str) -> str:
    """A cue's or modality's name as people read it."""
    return name.replace("_", " ").strip().capitalize()


def kind_of(label: str) -> str:
    """The CSS class of the label's colour."""
    return f"kind-{slug_of(label)}"


def spoken_length(seconds: float) -> str:
    """Minutes and seconds without a leading zero: "3:05"."""
    return clock_text(seconds).removeprefix("0")


def provenance_html(page: PageFacts) -> str:
    """Which scorer chose the moments, and what it was trained on."""
    scorer = escape(page.scorer)
    if page.scorer in _UNTRAINED and not page.trained_on:
        badge, told = _UNTRAINED[page.scorer]
        return _provenance(badge, "untrained", f"Chosen by <strong>{scorer}</strong>. {told}")
    if not page.trained_on:
        told = f"Chosen by <strong>{scorer}</strong>. What it was trained on is not recorded."
        return _provenance("Trained", "trained", told)
    games = list(page.trained_on)
    count = f"{len(games)} game{'s' if len(games) > 1 else ''}"
    listed = f"Trained on: {escape(', '.join(games))}."
    if len(games) > _LISTED_GAMES:
        listed = f"<details><summary>Trained on: {count}</summary>{escape(', '.join(games))}</details>"
    return _provenance("Trained", "trained", f"Chosen by <strong>{scorer}</strong>. {listed}")


def _provenance(badge: str, kind: str, told: str) -> str:
    return f'<span class="badge {kind}">{badge}</span><div class="told">{told}</div>'


def why_html(why: Mapping[str, float]) -> str:
    """A bar per reason, each with its name and value for those who cannot see bars."""
    bars = [
        f'<li><span class="why-name">{escape(why_text(name))}</span>'
        f'<span class="bar"><i style="width:{_percent(value)}%"></i></span>'
        f'<span class="hidden"> {value:.2f}</span></li>'
        for name, value in why.items()
    ]
    return f'<ul class="why">{"".join(bars)}</ul>' if bars else '<span class="muted">–</span>'


def _percent(value: float) -> int:
    return round(100 * min(max(value, 0.0), 1.0))
