"""SubRip and WebVTT: each highlight's title over the time that it takes in the reel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from matchreel.exports.records import Piece, ReelTrack


@dataclass(frozen=True)
class Cue:
    """A title shown over [start_ms, end_ms) of the reel."""

    number: int
    start_ms: int
    end_ms: int
    text: str


def srt_text(track: ReelTrack) -> str:
    """SubRip. It has no escapes: an arrow in a title is drawn as one sign."""
    return "\n".join(_block(cue, ",", cue.text.replace("-->", "→")) for cue in _cues(track))


def webvtt_text(track: ReelTrack) -> str:
    """WebVTT, each cue named by its number."""
    return "\n".join(["WEBVTT\n", *(_block(cue, ".", escape(cue.text, quote=False)) for cue in _cues(track))])


def _block(cue: Cue, point: str, text: str) -> str:
    return f"{cue.number}\n{_clock(cue.start_ms, point)} --> {_clock(cue.end_ms, point)}\n{text}\n"


def _cues(track: ReelTrack) -> Iterator[Cue]:
    """A cue ends where the next one starts: titles never lie on one another during a dissolve."""
    starts = [piece.reel_start_frame for piece in track.pieces]
    for piece, next_start in zip(track.pieces, [*starts, track.num_frames][1:], strict=True):
        end = max(piece.reel_start_frame + 1, min(piece.reel_end_frame, next_start))
        start_ms, end_ms = (round(1000 * frame / track.rate_fps) for frame in (piece.reel_start_frame, end))
        yield Cue(piece.number, start_ms, end_ms, _text(piece, track))


def _text(piece: Piece, track: ReelTrack) -> str:
    """The title; where the score after it is known, teams and score on a line of their own."""
    if not (piece.match_score and track.home and track.away):
        return piece.numbered_title
    return f"{piece.number}. {piece.plain_title}\n{track.home} {piece.match_score} {track.away}"


def _clock(milliseconds: int, point: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{point}{rest:03d}"
