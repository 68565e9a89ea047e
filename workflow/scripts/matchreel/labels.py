"""The label table: SoccerNet-v2's 17 classes, which are highlights, and how often broadcasters keep them.

Beside them three labels that no scorer is trained on: a moment of no known kind, one of which the picture
says that it was a chance, and a goal that was taken back.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LabelClass:
    """One row: SoccerNet's own label, a slug for file names, and a prior.

    keep_share: share of such moments in broadcasters' own reels, 0 where not measured.
    """

    label: str
    slug: str
    keep_share: float


# SOURCE for the shares: broadcasters' own reels of 237 SoccerNet games, estimated (design notes, FIELD).
LABEL_CLASSES = (
    LabelClass("Goal", "goal", 0.99),
    LabelClass("Penalty", "penalty", 0.98),
    LabelClass("Shots on target", "shot-on-target", 0.51),
    LabelClass("Shots off target", "shot-off-target", 0.25),
    LabelClass("Red card", "red-card", 0.83),
    LabelClass("Yellow->red card", "second-yellow-card", 0.83),
    LabelClass("Yellow card", "yellow-card", 0.05),
    LabelClass("Ball out of play", "ball-out", 0.0),
    LabelClass("Clearance", "clearance", 0.0),
    LabelClass("Corner", "corner", 0.0),
    LabelClass("Direct free-kick", "direct-free-kick", 0.0),
    LabelClass("Foul", "foul", 0.0),
    LabelClass("Indirect free-kick", "indirect-free-kick", 0.0),
    LabelClass("Kick-off", "kick-off", 0.0),
    LabelClass("Offside", "offside", 0.0),
    LabelClass("Substitution", "substitution", 0.0),
    LabelClass("Throw-in", "throw-in", 0.0),
)
LABELS = tuple(row.label for row in LABEL_CLASSES)
HIGHLIGHT_LABELS = ("Goal", "Penalty", "Shots on target", "Shots off target")
GOAL = "Goal"
MOMENT, CHANCE, RULED_OUT = "Moment", "Chance", "Goal ruled out"
# What nobody could name.
UNNAMED = (MOMENT, CHANCE)
# Every label that the project gives or takes, as people choose from them.
ALL_LABELS = (MOMENT, *LABELS, CHANCE, RULED_OUT)
_BY_LABEL = {row.label: row for row in LABEL_CLASSES}
_OTHER_SLUGS = {CHANCE: "chance", RULED_OUT: "goal-ruled-out"}


def slug_of(label: str) -> str:
    """A label as it stands in file names; "moment" for anything of no kind."""
    return _BY_LABEL[label].slug if label in _BY_LABEL else _OTHER_SLUGS.get(label, "moment")


def keep_share_of(label: str) -> float:
    """How often broadcasters keep such a moment, in [0, 1]; 0 for anything outside the table."""
    return _BY_LABEL[label].keep_share if label in _BY_LABEL else 0.0
