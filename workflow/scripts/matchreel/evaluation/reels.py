"""Recall against the length of the reel: the best spots of a whole game, up to so much of its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matchreel.edit_list import PlannedHighlight
from matchreel.evaluation.ratios import Ratio
from matchreel.events import Event
from matchreel.finding import FindingRules
from matchreel.records import Scores
from matchreel.selection import best_reels
from matchreel.spotting import Shape
from matchreel.untrained import SPACING_SHARE, Spacing

# Shares of a game's time at which its curve is drawn; they serve games of any length.
CURVE_SHARES = (0.05, 0.1, 0.2, 0.3, 0.5)
# A reel of more than one over this of its game would say little about what was chosen.
_LEAST_GAME_PER_REEL = 2
_MINUTE_SECONDS = 60


@dataclass(frozen=True)
class ReelRules:
    """How a reel is chosen (see config, section selection), and the lengths at which recall is read."""

    minutes: tuple[float, ...]
    min_apart_seconds: float
    merge_gap_seconds: float
    pad_before_seconds: float
    pad_after_seconds: float

    def shape(self, duration_seconds: Mapping[str, float]) -> Shape:
        """How spots become highlights in parts of this length."""
        return Shape(
            self.pad_before_seconds, self.pad_after_seconds, self.merge_gap_seconds, duration_seconds
        )


def share_recall_name(share: float) -> str:
    """For example reel_recall_at_20pct."""
    return f"reel_recall_at_{share * 100:g}pct"


def minutes_recall_name(minutes: float) -> str:
    """For example reel_recall_at_3min."""
    return f"reel_recall_at_{minutes:g}min"


def reel_counts(
    scores: Mapping[str, Scores],
    events: Mapping[str, Sequence[Event]],
    finding: FindingRules,
    rules: ReelRules,
    *,
    classes: Sequence[str],
) -> dict[str, Ratio]:
    """How many of a game's shown events lie in its reel, by the reel's length; scores and events by part.

    A game shorter than twice a reel of so many minutes has no such figure.
    """
    shape = rules.shape({part: own.duration_seconds for part, own in scores.items()})
    total_seconds = sum(shape.duration_seconds.values())
    budgets = {share_recall_name(share): share * total_seconds for share in CURVE_SHARES}
    for minutes in rules.minutes:
        if total_seconds >= _LEAST_GAME_PER_REEL * minutes * _MINUTE_SECONDS:
            budgets[minutes_recall_name(minutes)] = minutes * _MINUTE_SECONDS
    shown = [
        (part, event.position_seconds)
        for part, held in events.items()
        for event in held
        if event.label in classes and event.visibility == "visible"
    ]
    reels = best_reels(
        scores,
        finding,
        shape=shape,
        budgets_seconds=list(budgets.values()),
        spacing=Spacing(rules.min_apart_seconds, SPACING_SHARE),
    )
    return {name: _inside(shown, reel) for name, reel in zip(budgets, reels, strict=True)}


def _inside(shown: Sequence[tuple[str, float]], reel: Sequence[PlannedHighlight]) -> Ratio:
    hits = sum(
        any(part == row.part and row.interval.contains(seconds) for row in reel) for part, seconds in shown
    )
    return Ratio(hits, len(shown), len(shown))
