"""What the page shows: the highlights as they were cut, and each part's scores as a curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from matchreel.edit_list import PlannedHighlight, moment_of
from matchreel.notices import Notice
from matchreel.records import Float64
from matchreel.reel_frames import FALLBACK_RATE_FPS
from matchreel.timeline import Interval

POSTER_NAME = "poster.jpg"


@dataclass(frozen=True)
class Highlight:
    """One row of highlights.json: [start_seconds, end_seconds) of a part as it was really cut.

    clip is the file's path from the page; score and every why lie in [0, 1]. id, side, confidence: the edit
    list's.
    """

    part: str
    start_seconds: float
    end_seconds: float
    event_seconds: float | None
    label: str
    score: float
    clip: str
    reel_start_seconds: float
    why: Mapping[str, float]
    id: str = ""
    notes: tuple[Notice, ...] = ()
    side: str | None = None
    confidence: float | None = None

    @property
    def moment_seconds(self) -> float:
        """The moment it is about."""
        return moment_of(Interval(self.start_seconds, self.end_seconds), self.event_seconds)

    @property
    def reel_end_seconds(self) -> float:
        """Where it ends in the reel."""
        return self.reel_start_seconds + self.end_seconds - self.start_seconds


@dataclass(frozen=True)
class PartCurve:
    """Scores of one part to draw: times_seconds (N,) float64 and values (N,) float64 in [0, 1].

    kickoff_seconds: None where nobody knows it. reasons: further curves (N,) by name, in [0, 1]. source: the
    recording's address from the page, "" where it has none; its player's clock shows source_zero_seconds at
    the part's start.
    """

    part: str
    duration_seconds: float
    kickoff_seconds: float | None
    times_seconds: Float64
    values: Float64
    reasons: Mapping[str, Float64] = field(default_factory=dict)
    source: str = ""
    source_zero_seconds: float = 0.0


@dataclass(frozen=True)
class PageFacts:
    """All that the page of one game says. teams, date: "" where unknown.

    left_out: moments to take in. budget_seconds: None where none is known. overlap_seconds: how long two
    neighbours of the reel share the screen. title_card_seconds: what stands before the first. rate_fps: the
    reel's. files: what else can be taken from the page's folder, as paths from it. stills: a clip's path ->
    its picture's.
    """

    game: str
    home: str
    away: str
    date: str
    scorer: str
    trained_on: tuple[str, ...]
    reel_seconds: float
    notices: tuple[Notice, ...]
    highlights: tuple[Highlight, ...]
    parts: tuple[PartCurve, ...]
    left_out: tuple[PlannedHighlight, ...] = ()
    is_edited: bool = False
    budget_seconds: float | None = None
    overlap_seconds: float = 0.0
    title_card_seconds: float = 0.0
    rate_fps: Fraction = FALLBACK_RATE_FPS
    files: tuple[str, ...] = ()
    stills: Mapping[str, str] = field(default_factory=dict)
