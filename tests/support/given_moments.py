"""A moment of a reel, as a scorer might find it."""

from __future__ import annotations

from matchreel.edit_list import PlannedHighlight


def moment(label="Shots on target", at=100.0, score=0.5, around=(8, 5), action=(4, 2), part="1"):
    return PlannedHighlight(
        part, at - around[0], at + around[1], at, label, score, {}, at - action[0], at + action[1]
    )
