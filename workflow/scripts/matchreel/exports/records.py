"""What every export is written from: the reel as pieces of its recordings, counted in frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from matchreel.exports.timecode import frames_of

# What editors call the stretch of the title card, which no recording holds.
CARD_NAME = "Title card"
# Of a recording that starts at nought, or that nobody should count otherwise.
NO_TIMECODE = "00:00:00:00"


@dataclass(frozen=True)
class Source:
    """One part's recording as an editor opens it: its first picture is frame 0.

    url: relative to the folder of the exports, or a file URL. duration_frames at rate_fps; where there is no
    picture both count at the reel's rate. lead_seconds: how long the file runs before its first picture.
    start_timecode: of frame 0, as the file says; it counts at rate_fps.
    """

    part: str
    name: str
    url: str
    rate_fps: Fraction
    duration_frames: int
    width: int
    height: int
    sample_rate_hz: int
    num_channels: int
    lead_seconds: float
    start_timecode: str = NO_TIMECODE

    @property
    def start_frame(self) -> int:
        """Frames from 00:00:00:00 to frame 0: editors count from there."""
        return frames_of(self.start_timecode, self.rate_fps)

    @property
    def start_seconds(self) -> Fraction:
        """The same in seconds, exact."""
        return self.start_frame / self.rate_fps

    @property
    def has_picture(self) -> bool:
        """Whether it holds a picture."""
        return self.width > 0

    @property
    def has_sound(self) -> bool:
        """Whether it holds sound."""
        return self.num_channels > 0


@dataclass(frozen=True)
class Piece:
    """A highlight as it lies in the reel: num_frames of it from reel_start_frame on, at the reel's rate.

    It starts with frame source_start_frame of its source, at the source's rate. start_seconds,
    end_seconds, event_seconds and match_score are the row's of highlights.json. number counts from 1;
    shown_label is the label in the reel's language.
    """

    number: int
    label: str
    shown_label: str
    minute: str
    source: Source
    source_start_frame: int
    reel_start_frame: int
    num_frames: int
    start_seconds: float
    end_seconds: float
    event_seconds: float | None
    score: float
    clip: str
    match_score: str = ""

    @property
    def title(self) -> str:
        """What a person reads: its label, the match minute, and the score after it where that was read."""
        return self.plain_title + (f" ({self.match_score})" if self.match_score else "")

    @property
    def plain_title(self) -> str:
        """Its label and the match minute."""
        return f"{self.shown_label} {self.minute}"

    @property
    def numbered_title(self) -> str:
        """The title with its place in the reel."""
        return f"{self.number}. {self.title}"

    @property
    def reel_end_frame(self) -> int:
        """The frame of the reel after its last one."""
        return self.reel_start_frame + self.num_frames

    @property
    def source_start_seconds(self) -> Fraction:
        """The first frame's start in its source, exact."""
        return self.source_start_frame / self.source.rate_fps

    @property
    def event_frame(self) -> int | None:
        """The frame of its source, at the source's rate, that shows the event; None outside the piece."""
        if self.event_seconds is None or not self.start_seconds <= self.event_seconds < self.end_seconds:
            return None
        return max(self.source_start_frame, round(self.event_seconds * self.source.rate_fps))


@dataclass(frozen=True)
class Edit:
    """A piece between two cut points: without what a dissolve to its neighbours shares with them.

    head_frames and tail_frames are cut off the piece; gap_frames lie before it without a recording, up to the
    cut point: the title card; dissolve_frames is the length of the dissolve from what stands before, half of
    it on each side of the cut point.
    """

    piece: Piece
    head_frames: int
    tail_frames: int
    gap_frames: int
    dissolve_frames: int

    @property
    def reel_start_frame(self) -> int:
        """Its first frame in the reel."""
        return self.piece.reel_start_frame + self.head_frames

    @property
    def num_frames(self) -> int:
        """Its length at the reel's rate."""
        return self.piece.num_frames - self.head_frames - self.tail_frames

    def source_start_seconds(self, rate_fps: Fraction) -> Fraction:
        """Its first frame's start in its source; rate_fps is the reel's."""
        return self.piece.source_start_seconds + self.head_frames / rate_fps


@dataclass(frozen=True)
class ReelTrack:
    """The whole reel at one rate. title is the game's, for people; num_frames is the reel's length.

    card_frames: of the title card it starts with, which may dissolve into the first piece; 0 where there is
    none. home, away: "" where unknown.
    """

    game: str
    title: str
    scorer: str
    rate_fps: Fraction
    num_frames: int
    width: int
    height: int
    pieces: tuple[Piece, ...]
    card_frames: int = 0
    home: str = ""
    away: str = ""

    @property
    def sources(self) -> tuple[Source, ...]:
        """The recordings it takes from, in order of use."""
        return tuple(dict.fromkeys(piece.source for piece in self.pieces))

    def edits(self) -> list[Edit]:
        """The pieces as an editor's track holds them: one after another, gaps and dissolves said."""
        ends = [self.card_frames, *(piece.reel_end_frame for piece in self.pieces)]
        starts = [piece.reel_start_frame for piece in self.pieces]
        # Frames of the reel that show both a piece and what stands before it.
        shared = [max(0, end - start) for end, start in zip(ends, starts, strict=False)] + [0]
        return [
            Edit(
                piece=piece,
                head_frames=shared[index] // 2,
                tail_frames=shared[index + 1] - shared[index + 1] // 2,
                gap_frames=0 if index else starts[0] + shared[0] // 2,
                dissolve_frames=shared[index],
            )
            for index, piece in enumerate(self.pieces)
        ]
