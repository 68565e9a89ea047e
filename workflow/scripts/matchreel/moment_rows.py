"""A scorer's spot as a row of the edit list: clip, action, label and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from matchreel.edit_list import PlannedHighlight
from matchreel.labels import LABELS, MOMENT
from matchreel.records import Scores
from matchreel.spotting import Shape, Spot
from matchreel.timeline import Interval

# ASSUME a found moment is understood from 4 s before it (the last pass) to 2 s after it (the ball is in).
ACTION_BEFORE_SECONDS = 4.0
ACTION_AFTER_SECONDS = 2.0
# ASSUME a window that stands out holds its moment in the middle four fifths: of 18 events in windows picked
# without training, 17 did, and reels of such middles held no fewer events than reels of whole windows.
WINDOW_EDGE_SHARE = 1 / 10


@dataclass(frozen=True)
class Laying:
    """Seconds before and after an event: of its clip, and of its action."""

    before_seconds: float
    after_seconds: float
    action_before_seconds: float
    action_after_seconds: float

    def unsure(self, seconds: float) -> Laying:
        """The same for events that may be so much earlier or later: what must be shown is longer."""
        before, after = self.action_before_seconds + seconds, self.action_after_seconds + seconds
        return replace(self, action_before_seconds=before, action_after_seconds=after)

    def around(
        self, row: PlannedHighlight, event_seconds: float, duration_seconds: float
    ) -> PlannedHighlight:
        """The row at an event."""
        at = Interval(event_seconds, event_seconds)
        clip = at.padded(self.before_seconds, self.after_seconds).clamped(duration_seconds)
        action = at.padded(self.action_before_seconds, self.action_after_seconds)
        return replace(
            row,
            id="",
            start_seconds=round(clip.start_seconds, 6),
            end_seconds=round(clip.end_seconds, 6),
            event_seconds=round(event_seconds, 3),
            action_start_seconds=round(max(action.start_seconds, clip.start_seconds), 6),
            action_end_seconds=round(min(action.end_seconds, clip.end_seconds), 6),
        )


def row_of(spot: Spot, scores: Mapping[str, Scores], shape: Shape, *, is_moment: bool) -> PlannedHighlight:
    """The row; is_moment: whether the scorer tells moments rather than windows."""
    own = scores[spot.part]
    interval, action = shape.interval_of(spot), _action(spot, is_moment=is_moment)
    return PlannedHighlight(
        part=spot.part,
        start_seconds=round(interval.start_seconds, 6),
        end_seconds=round(interval.end_seconds, 6),
        event_seconds=round(spot.event_seconds, 3) if own.trained_on else None,
        label=label_of(spot, scores),
        score=round(spot.score, 4),
        why=_why(own, spot.window_index),
        action_start_seconds=round(max(action.start_seconds, interval.start_seconds), 6),
        action_end_seconds=round(min(action.end_seconds, interval.end_seconds), 6),
    )


def _action(spot: Spot, *, is_moment: bool) -> Interval:
    if is_moment:
        at = Interval(spot.event_seconds, spot.event_seconds)
        return at.padded(ACTION_BEFORE_SECONDS, ACTION_AFTER_SECONDS)
    edge = WINDOW_EDGE_SHARE * spot.interval.duration_seconds
    return spot.interval.padded(-edge, -edge)


def label_of(spot: Spot, scores: Mapping[str, Scores]) -> str:
    """A label of the table, else "Moment"."""
    label = scores[spot.part].classes[spot.class_index]
    return label if label in LABELS else MOMENT


def _why(scores: Scores, window_index: int) -> dict[str, float]:
    """Each cue's share in [0, 1] where it was measured: trained curves are logits, untrained ones ranks."""
    found = {name: float(curve[window_index]) for name, curve in scores.curves.items()}
    known = {name: value for name, value in found.items() if np.isfinite(value)}
    shares = {name: _logistic(value) if scores.trained_on else value for name, value in known.items()}
    return {name: round(min(max(share, 0.0), 1.0), 4) for name, share in shares.items()}


def _logistic(value: float) -> float:
    return 1 / (1 + float(np.exp(-value)))
