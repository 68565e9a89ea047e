"""What a moment is worth in a reel: goals, then penalties, then by how often broadcasters keep its kind."""

from __future__ import annotations

from enum import IntEnum

from matchreel.edit_list import PlannedHighlight
from matchreel.labels import LABELS, RULED_OUT, keep_share_of

# ASSUME a moment of no known kind is one of the four highlight classes, as likely each as it is frequent.
# SOURCE for the frequencies: SoccerNet-v2 has 1,703 goals, 173 penalties, 5,820 shots on target and 5,256
# off; this is the mean of their shares (see labels).
MOMENT_SHARE = 0.47
# ASSUME a kind that broadcasters' reels are not known to hold is no highlight, unless someone asks for it: it
# only fills time that is left, and all such kinds are worth the same.
FILLER_SHARE = 0.01
# ASSUME a goal that was taken back is worth what a shot on target is: it was one.
RULED_OUT_SHARE = keep_share_of("Shots on target")
_GOAL, _PENALTY = "Goal", "Penalty"


class Tier(IntEnum):
    """What comes first, whatever else would fit."""

    GOAL = 0
    PENALTY = 1
    REST = 2
    FILLER = 3


def tier_of(label: str) -> Tier:
    """The tier of a label; FILLER for the known kinds that broadcasters are not known to keep."""
    if label in LABELS and not keep_share_of(label):
        return Tier.FILLER
    return {_GOAL: Tier.GOAL, _PENALTY: Tier.PENALTY}.get(label, Tier.REST)


def share_of(label: str) -> float:
    """What a sure moment of this label is worth, in (0, 1]: labels.keep_share_of, where it was measured."""
    if label == RULED_OUT:
        return RULED_OUT_SHARE
    return (keep_share_of(label) or FILLER_SHARE) if label in LABELS else MOMENT_SHARE


def importance_of(row: PlannedHighlight) -> float:
    """What a row is worth within its tier: its label's share times its score."""
    return share_of(row.label) * row.score


def most_important_first(row: PlannedHighlight) -> tuple[int, float, str, float]:
    """A sort key: by tier, then importance; of equal ones the earlier part and moment."""
    return (tier_of(row.label), -importance_of(row), row.part, row.moment_seconds)
