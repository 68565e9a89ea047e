"""What a moment is worth in a reel: goals, then penalties, then by how often broadcasters keep its kind."""

from __future__ import annotations

from enum import IntEnum

from matchreel.edit_list import PlannedHighlight
from matchreel.labels import LABELS, keep_share_of

# ASSUME a moment of no known kind is one of the four highlight classes, as likely each as it is frequent.
# SOURCE for the frequencies: SoccerNet-v2 has 1,703 goals, 173 penalties, 5,820 shots on target and 5,256
# off; this is the mean of their shares (see labels).
MOMENT_SHARE = 0.47
# ASSUME what broadcasters' reels were not searched for is worth less than the least that they were.
UNMEASURED_SHARE = 0.01
_GOAL, _PENALTY = "Goal", "Penalty"


class Tier(IntEnum):
    """What comes first, whatever else would fit."""

    GOAL = 0
    PENALTY = 1
    REST = 2


def tier_of(label: str) -> Tier:
    """The tier of a label; REST for all but goals and penalties."""
    return {_GOAL: Tier.GOAL, _PENALTY: Tier.PENALTY}.get(label, Tier.REST)


def share_of(label: str) -> float:
    """What a sure moment of this label is worth, in (0, 1]: labels.keep_share_of, where it was measured."""
    return (keep_share_of(label) or UNMEASURED_SHARE) if label in LABELS else MOMENT_SHARE


def importance_of(row: PlannedHighlight) -> float:
    """What a row is worth within its tier: its label's share times its score."""
    return share_of(row.label) * row.score


def most_important_first(row: PlannedHighlight) -> tuple[int, float, str, float]:
    """A sort key: by tier, then importance; of equal ones the earlier part and moment."""
    return (tier_of(row.label), -importance_of(row), row.part, row.moment_seconds)
