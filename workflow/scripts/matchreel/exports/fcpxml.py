"""FCPXML 1.8: the reel as asset clips of its recordings, every time an exact fraction."""

from __future__ import annotations

from fractions import Fraction
from xml.etree import ElementTree

from matchreel.exports.records import CARD_NAME, Edit, ReelTrack, Source
from matchreel.exports.timecode import is_drop_frame

# The oldest version with all that is used here: programs read it and the ones after it.
_VERSION = "1.8"
# SOURCE: Final Cut Pro's own cross dissolve, as its XML names it.
_DISSOLVE_UID = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"
# SOURCE: the rates that the format's document type lists for conform-rate.
_NAMED_RATES = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
    Fraction(30): "30", Fraction(48): "48", Fraction(50): "50", Fraction(60000, 1001): "59.94",
    Fraction(60): "60",
}  # fmt: skip


def fcpxml_text(track: ReelTrack) -> str:
    """The project: resources first, then one sequence whose spine holds the pieces."""
    root = ElementTree.Element("fcpxml", version=_VERSION)
    resources = _add(root, "resources")
    ids = _resources(resources, track)
    project = _add(root, "project", name=track.title)
    sequence = _add(
        project,
        "sequence",
        format="r1",
        duration=_time(track.num_frames / track.rate_fps),
        tcStart="0s",
        tcFormat="DF" if is_drop_frame(track.rate_fps) else "NDF",
        audioLayout="stereo",
        audioRate="48k",
    )
    spine = _add(sequence, "spine")
    for edit in track.edits():
        _add_edit(spine, edit, track, ids)
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{text}\n'


def _resources(resources: ElementTree.Element, track: ReelTrack) -> dict[Source, str]:
    """Formats, recordings and the dissolve; r1 is the reel's format. The ids of the recordings."""
    size = {"width": str(track.width), "height": str(track.height)}
    _add(resources, "format", id="r1", frameDuration=_time(1 / track.rate_fps), **size)
    ids = {}
    for index, source in enumerate(track.sources):
        format_id, asset_id = f"r{2 * index + 2}", f"r{2 * index + 3}"
        if source.has_picture:
            size = {"width": str(source.width), "height": str(source.height)}
            duration = _time(1 / source.rate_fps)
            _add(resources, "format", id=format_id, frameDuration=duration, **size)
        _add(resources, "asset", **_asset(source, asset_id, format_id))
        ids[source] = asset_id
    if any(edit.dissolve_frames for edit in track.edits()):
        _add(resources, "effect", id="dissolve", name="Cross Dissolve", uid=_DISSOLVE_UID)
    return ids


def _asset(source: Source, asset_id: str, format_id: str) -> dict[str, str]:
    length = _time(source.duration_frames / source.rate_fps)
    asset = {"id": asset_id, "name": source.name, "src": source.url}
    asset |= {"start": _time(source.start_seconds), "duration": length}
    if source.has_picture:
        asset |= {"hasVideo": "1", "format": format_id}
    if source.has_sound:
        asset |= {"hasAudio": "1", "audioSources": "1", "audioChannels": str(source.num_channels)}
        asset |= {"audioRate": str(source.sample_rate_hz)}
    return asset


def _add_edit(spine: ElementTree.Element, edit: Edit, track: ReelTrack, ids: dict[Source, str]) -> None:
    rate, piece, source = track.rate_fps, edit.piece, edit.piece.source
    if edit.gap_frames:
        start, length = edit.reel_start_frame - edit.gap_frames, edit.gap_frames
        times = {"offset": _time(start / rate), "start": "0s", "duration": _time(length / rate)}
        _add(spine, "gap", name=CARD_NAME, **times)
    if edit.dissolve_frames:
        times = {
            "offset": _time(piece.reel_start_frame / rate),
            "duration": _time(edit.dissolve_frames / rate),
        }
        dissolve = _add(spine, "transition", name="Cross Dissolve", **times)
        _add(dissolve, "filter-video", ref="dissolve", name="Cross Dissolve")
    clip = _add(
        spine,
        "asset-clip",
        ref=ids[source],
        offset=_time(edit.reel_start_frame / rate),
        name=piece.numbered_title,
        start=_time(source.start_seconds + edit.source_start_seconds(rate)),
        duration=_time(edit.num_frames / rate),
    )
    if source.has_picture and source.rate_fps != rate:
        named = _NAMED_RATES.get(source.rate_fps)
        _add(clip, "conform-rate", scaleEnabled="0", **({"srcFrameRate": named} if named else {}))
    if piece.event_frame is not None:
        at = _time(source.start_seconds + piece.event_frame / source.rate_fps)
        frame = _time(1 / source.rate_fps)
        _add(clip, "marker", start=at, duration=frame, value=piece.title)


def _add(parent: ElementTree.Element, tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, tag, attributes)


def _time(seconds: Fraction) -> str:
    """SOURCE: the format's times are fractions of whole numbers, with an s."""
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"
