"""EDL (CMX 3600): one event a highlight, in timecode at one rate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from matchreel.exports.records import CARD_NAME, NO_TIMECODE, Edit, Piece, ReelTrack, Source
from matchreel.exports.timecode import frames_of, is_drop_frame, timecode, timecode_rate

_REEL_NAME = re.compile(r"[A-Za-z0-9_]{1,8}")
_BLACK = "BL"
_TAKEN = {_BLACK, "BLACK", "BARS", "AX"}  # SOURCE: reels that readers take for black, bars and unnamed ones
_MAX_TITLE = 70


def edl_text(track: ReelTrack) -> str:
    """The events, at the reel's rate, or the nearest with timecode.

    The reel counts from 0, a source from its own timecode.
    """
    rate = timecode_rate(track.rate_fps)
    names = reel_names(track.sources)
    is_dropping = is_drop_frame(rate) and _may_drop(track.sources)
    kind = "DROP FRAME" if is_dropping else "NON-DROP FRAME"
    lines = [f"TITLE: {track.title[:_MAX_TITLE]}", f"FCM: {kind}", ""]
    edits = track.edits()
    clock = _Clock(track.rate_fps, rate, is_dropping=is_dropping)
    if edits and track.card_frames:
        lines += [*_card(edits[0].piece, clock), ""]
    for before, edit, after in zip([None, *edits[:-1]], edits, [*edits[1:], None], strict=True):
        number = edit.piece.number + bool(track.card_frames)
        lines += [*_event(number, before, edit, after, names, clock), ""]
    return "\n".join(lines)


def _may_drop(sources: tuple[Source, ...]) -> bool:
    """Whether the first source with a timecode of its own leaves numbers out: an EDL counts in one way."""
    own = [source.start_timecode for source in sources if source.start_timecode != NO_TIMECODE]
    return not own or ";" in own[0]


def reel_names(sources: tuple[Source, ...]) -> Mapping[Source, str]:
    """A reel name of at most 8 characters for each source: its file's stem where that can be one."""
    stems = [source.name.rpartition(".")[0] for source in sources]
    upper = [stem.upper() for stem in stems]
    return {
        source: stem
        if _REEL_NAME.fullmatch(stem) and upper.count(stem.upper()) == 1 and stem.upper() not in _TAKEN
        else f"PART{source.part}"[:8].upper()
        for source, stem in zip(sources, stems, strict=True)
    }


class _Clock:
    """Frames of the reel and moments of its sources as timecode at one rate."""

    def __init__(self, reel_rate_fps: Fraction, rate_fps: Fraction, *, is_dropping: bool) -> None:
        self._reel_rate_fps, self._rate_fps, self._is_dropping = reel_rate_fps, rate_fps, is_dropping

    def frames(self, reel_frames: int) -> int:
        """A number of the reel's frames at the timecode's rate."""
        return self._counted(reel_frames / self._reel_rate_fps)

    def line(self, edit: Edit, first_frame: int, end_frame: int) -> str:
        """In and out of the source, then of the reel, from first_frame to end_frame of the reel."""
        skipped = (first_frame - edit.piece.reel_start_frame) / self._reel_rate_fps
        start = self._start_of(edit.piece.source)
        start += self._counted(edit.piece.source_start_seconds + skipped)
        first, end = self.frames(first_frame), self.frames(end_frame)
        return self._said(start, start + end - first, first, end)

    def black(self, first_frame: int, end_frame: int) -> str:
        """In and out of black, from 0 on, then of the reel."""
        first, end = self.frames(first_frame), self.frames(end_frame)
        return self._said(0, end - first, first, end)

    def moment(self, edit: Edit) -> str | None:
        """Where the event stands in the reel; None where the edit does not show it."""
        if edit.piece.event_frame is None:
            return None
        inside = edit.piece.event_frame / edit.piece.source.rate_fps - edit.piece.source_start_seconds
        return self._said(self._counted(edit.piece.reel_start_frame / self._reel_rate_fps + inside))

    def _said(self, *frames: int) -> str:
        return " ".join(timecode(at, self._rate_fps, is_dropping=self._is_dropping) for at in frames)

    def _start_of(self, source: Source) -> int:
        """A source's own timecode, as it is read at this rate."""
        label = source.start_timecode.replace(";", ":")
        label = ";".join(label.rsplit(":", 1)) if self._is_dropping else label
        return frames_of(label, self._rate_fps, label_rate_fps=source.rate_fps)

    def _counted(self, seconds: Fraction) -> int:
        return round(seconds * self._rate_fps)


def _card(first: Piece, clock: _Clock) -> list[str]:
    """The title card up to where the first piece comes in, as black and silence: no recording holds it."""
    channels, times = _channels(first.source), clock.black(0, first.reel_start_frame)
    return [f"001  {_BLACK:8} {channels:5} C        {times}", f"* COMMENT: {CARD_NAME}"]


def _event(
    number: int,
    before: Edit | None,
    edit: Edit,
    after: Edit | None,
    names: Mapping[Source, str],
    clock: _Clock,
) -> list[str]:
    # An EDL's dissolve begins where the next piece comes in: there this one ends, not at the cut point.
    piece = edit.piece
    first, end = piece.reel_start_frame, piece.reel_end_frame - (after.dissolve_frames if after else 0)
    name, channels = names[piece.source], _channels(piece.source)
    times = clock.line(edit, first, end)
    if not edit.dissolve_frames:
        lines = [f"{number:03d}  {name:8} {channels:5} C        {times}"]
        lines += [f"* FROM CLIP NAME: {piece.source.name}"]
    else:
        old, kind = (
            (names[before.piece.source], _channels(before.piece.source)) if before else (_BLACK, channels)
        )
        held = clock.line(before, first, first) if before else clock.black(first, first)
        lines = [
            f"{number:03d}  {old:8} {kind:5} C        {held}",
            f"{number:03d}  {name:8} {channels:5} D {clock.frames(edit.dissolve_frames):03d}    {times}",
            *([f"* FROM CLIP NAME: {before.piece.source.name}"] if before else []),
            f"* TO CLIP NAME: {piece.source.name}",
        ]
    lines += [f"* COMMENT: {piece.numbered_title}"]
    moment = clock.moment(edit)
    return [*lines, f"* LOC: {moment} RED     {piece.title}"] if moment else lines


def _channels(source: Source) -> str:
    """Picture and two channels of sound, or what there is of them."""
    if not source.has_sound:
        return "V"
    return "AA/V" if source.has_picture else "AA"
