"""OpenTimelineIO: the reel as a track of pieces of its recordings, every time at its source's own rate."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from opentimelineio import schema
from opentimelineio.opentime import RationalTime, TimeRange

from matchreel.exports.records import CARD_NAME, Edit, Piece, ReelTrack, Source


def otio_text(track: ReelTrack) -> str:
    """The timeline as OTIO JSON; the same track gives the same text."""
    timeline = schema.Timeline(name=track.title, global_start_time=_time(0, track.rate_fps))
    timeline.metadata["matchreel"] = {"game": track.game, "scorer": track.scorer}
    edits = track.edits()
    if any(source.has_picture for source in track.sources):
        timeline.tracks.append(_track("Video", edits, track.rate_fps))
    if any(source.has_sound for source in track.sources):
        timeline.tracks.append(_track("Audio", edits, track.rate_fps))
    text: str = timeline.to_json_string(indent=1)
    return text + "\n"


def _track(kind: str, edits: list[Edit], rate_fps: Fraction) -> Any:
    track = schema.Track(name=f"{kind[0]}1", kind=getattr(schema.TrackKind, kind))
    for edit in edits:
        if edit.gap_frames:
            track.append(_gap(edit.gap_frames, rate_fps, CARD_NAME))
        if edit.dissolve_frames:
            track.append(_dissolve(edit.dissolve_frames, rate_fps))
        source = edit.piece.source
        is_held = source.has_picture if kind == "Video" else source.has_sound
        track.append(_clip(edit, rate_fps) if is_held else _gap(edit.num_frames, rate_fps))
    return track


def _clip(edit: Edit, rate_fps: Fraction) -> Any:
    piece, source = edit.piece, edit.piece.source
    start = edit.source_start_seconds(rate_fps) * source.rate_fps
    length = edit.num_frames / rate_fps * source.rate_fps
    clip = schema.Clip(
        name=piece.numbered_title,
        media_reference=_reference(source),
        source_range=TimeRange(
            _time(source.start_frame + start, source.rate_fps), _time(length, source.rate_fps)
        ),
        metadata={"matchreel": _facts(piece)},
    )
    if piece.event_frame is not None:
        at = source.start_frame + piece.event_frame
        moment = TimeRange(_time(at, source.rate_fps), _time(0, source.rate_fps))
        clip.markers.append(schema.Marker(name=piece.title, marked_range=moment, color="RED"))
    return clip


def _reference(source: Source) -> Any:
    start, length = source.start_frame, source.duration_frames
    whole = TimeRange(_time(start, source.rate_fps), _time(length, source.rate_fps))
    reference = schema.ExternalReference(target_url=source.url, available_range=whole)
    reference.name = source.name
    return reference


def _facts(piece: Piece) -> dict[str, Any]:
    facts = {
        "part": piece.source.part,
        "start_seconds": piece.start_seconds,
        "end_seconds": piece.end_seconds,
        "event_seconds": piece.event_seconds,
        "label": piece.label,
        "minute": piece.minute,
        "score": piece.score,
        "clip": piece.clip,
    }
    return {name: round(value, 6) if isinstance(value, float) else value for name, value in facts.items()}


def _gap(num_frames: int, rate_fps: Fraction, name: str = "") -> Any:
    return schema.Gap(name=name, source_range=TimeRange(_time(0, rate_fps), _time(num_frames, rate_fps)))


def _dissolve(num_frames: int, rate_fps: Fraction) -> Any:
    before = num_frames // 2
    return schema.Transition(
        transition_type=schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=_time(before, rate_fps),
        out_offset=_time(num_frames - before, rate_fps),
    )


def _time(frames: int | Fraction, rate_fps: Fraction) -> RationalTime:
    return RationalTime(float(frames), float(rate_fps))
