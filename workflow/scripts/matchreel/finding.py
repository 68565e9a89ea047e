"""What a scorer of any kind finds in a part: windows that stand out, or moments with time around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matchreel.decoding import Decoding, Find, decode, of_at_least
from matchreel.records import Scores
from matchreel.spotting import Spot, peaks_from, ranked_spots
from matchreel.timeline import Interval

# A spotter without calibrated thresholds holds what it thinks more likely than not.
_EVEN = 0.5


@dataclass(frozen=True)
class FindingRules:
    """threshold: of windows, a probability. spot_threshold: of moments; None: the model's own.

    A trained scorer whose windows are shorter than before + after finds moments: a highlight is then the time
    from before to after them. Any other finds windows.
    """

    threshold: float
    spot_threshold: float | None
    before_seconds: float
    after_seconds: float
    decoding: Decoding

    @property
    def around_seconds(self) -> float:
        """Length of a highlight around a moment."""
        return self.before_seconds + self.after_seconds

    def finds_moments(self, scores: Scores) -> bool:
        """Whether these scores tell moments rather than windows."""
        short = bool(scores.trained_on) and scores.window_seconds < self.around_seconds
        return scores.is_stepwise or short

    def length_seconds(self, scores: Scores) -> float:
        """How long one highlight of this scorer is."""
        return self.around_seconds if self.finds_moments(scores) else scores.window_seconds


def ranked(scores: Scores, rules: FindingRules, *, part: str) -> list[Spot]:
    """All spots of a part, best first; of equal ones the earlier first."""
    if not rules.finds_moments(scores):
        return ranked_spots(scores, part=part)
    spots = [_around(find, scores, rules, part=part) for find in decode(scores, rules.decoding)]
    return sorted(spots, key=lambda spot: (-spot.rank_score, spot.event_seconds, spot.class_index))


def held(spots: list[Spot], scores: Scores, rules: FindingRules) -> list[Spot]:
    """Of a part's ranked spots those that a trained scorer holds for true, in their order."""
    if rules.finds_moments(scores):
        return [spot for spot in spots if spot.score >= thresholds_of(scores, rules)[spot.class_index]]
    return peaks_from(spots, threshold=rules.threshold, reach_seconds=scores.window_seconds / 2)


def thresholds_of(scores: Scores, rules: FindingRules) -> tuple[float, ...]:
    """A probability per class from which a moment counts."""
    num_classes = len(scores.classes)
    if rules.spot_threshold is not None:
        return (rules.spot_threshold,) * num_classes
    return scores.thresholds or (_EVEN,) * num_classes


def sure_finds(scores: Scores, rules: FindingRules) -> list[Find]:
    """The decoded finds of at least their class's threshold."""
    return of_at_least(decode(scores, rules.decoding), thresholds_of(scores, rules))


def _around(find: Find, scores: Scores, rules: FindingRules, *, part: str) -> Spot:
    around = Interval(find.seconds, find.seconds).padded(rules.before_seconds, rules.after_seconds)
    return Spot(
        part=part,
        window_index=find.step_index,
        interval=around.clamped(scores.duration_seconds),
        event_seconds=float(np.clip(find.seconds, 0.0, scores.duration_seconds)),
        class_index=find.class_index,
        score=find.confidence,
        rank_score=find.confidence,
    )


def finding_rules(
    threshold: float,
    spot_threshold: str | float,
    spot_before_seconds: float,
    spot_after_seconds: float,
    nms: str,
    nms_seconds: float,
) -> FindingRules:
    """The rules as the config words them: spot_threshold is "calibrated" or a probability."""
    own = None if isinstance(spot_threshold, str) else spot_threshold
    return FindingRules(threshold, own, spot_before_seconds, spot_after_seconds, Decoding(nms, nms_seconds))
