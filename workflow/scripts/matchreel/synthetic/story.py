"""What happens in a synthetic part, as plain records: everything else draws or sounds what stands here.

Seconds are from the part's start. Pitch metres: x along the pitch 0..105, y across it 0..68 away from the
main camera, z up. "home" defends x = 0 in part 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PITCH_LENGTH_METRES = 105.0
PITCH_WIDTH_METRES = 68.0
RATE_FPS = 25
NUM_OUTFIELD = 10
SIDES = ("home", "away")


def other(side: str) -> str:
    """The opponent."""
    return "away" if side == "home" else "home"


def goal_x(attacking_side: str) -> float:
    """The x of the goal line that a side attacks."""
    return PITCH_LENGTH_METRES if attacking_side == "home" else 0.0


@dataclass(frozen=True)
class Knot:
    """The ball is at (x, y, z) at a moment; it came there on a path of height loft_metres.

    side and player (0..9 outfield, 10 keeper) have it there, player -1: nobody.
    ease > 1: it slows down on the way, 1: even speed (a dribble).
    """

    seconds: float
    x: float
    y: float
    z: float = 0.0
    loft_metres: float = 0.0
    ease: float = 1.5
    side: str = "home"
    player: int = -1


@dataclass(frozen=True)
class Gather:
    """Players leave their formation for a place: (side, player) -> (x, y), in [start, end)."""

    start_seconds: float
    end_seconds: float
    places: dict[tuple[str, int], tuple[float, float]]


@dataclass(frozen=True)
class Dive:
    """A keeper throws himself to y, z; height 0..1 says how far he is stretched out."""

    seconds: float
    side: str
    y: float
    z: float


@dataclass(frozen=True)
class View:
    """One camera take. kind: wide, close_up, crowd, bench, replay.

    subject: who is in a close-up ("home:7", "home:keeper", "referee", "coach"); mood: calm, joy, regret.
    A replay shows the world from world_start_seconds on, at `speed` of real time, from camera `angle`.
    """

    start_seconds: float
    end_seconds: float
    kind: str
    subject: str = ""
    mood: str = "calm"
    backdrop: str = "stand"
    angle: int = 0
    world_start_seconds: float = 0.0
    speed: float = 1.0
    zoom: float = 1.0


@dataclass(frozen=True)
class Sound:
    """One thing heard. kind: roar, groan, swell, chant, applause, whistle, kick, excited, talk."""

    kind: str
    seconds: float
    duration_seconds: float
    strength: float


@dataclass(frozen=True)
class Label:
    """One annotation, SoccerNet's words."""

    seconds: float
    label: str
    side: str
    visibility: str = "visible"


@dataclass(frozen=True)
class Caption:
    """A lower third (kind lower_third) or a banner that shrinks the picture (kind banner)."""

    start_seconds: float
    end_seconds: float
    kind: str
    text: str


@dataclass(frozen=True)
class Zoom:
    """The main camera goes closer by a factor around a moment."""

    start_seconds: float
    end_seconds: float
    factor: float


@dataclass
class Story:
    """All that happens in one part. views tile [0, duration) once the director has finished."""

    duration_seconds: float
    knots: list[Knot] = field(default_factory=list)
    gathers: list[Gather] = field(default_factory=list)
    dives: list[Dive] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    captions: list[Caption] = field(default_factory=list)
    zooms: list[Zoom] = field(default_factory=list)
    nets: list[tuple[float, float, float, float]] = field(default_factory=list)  # seconds, goal x, y, z
    score_changes: list[tuple[float, str]] = field(default_factory=list)  # when the score bug shows it
    distractors: list[tuple[float, str]] = field(default_factory=list)
