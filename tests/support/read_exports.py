"""What timelines hold, in seconds, beside what the reel holds."""

from __future__ import annotations

import re
from fractions import Fraction
from xml.etree import ElementTree

import opentimelineio as otio
import pytest

NTSC = Fraction(30000, 1001)


RATES = (Fraction(25), NTSC, Fraction(50), Fraction(60000, 1001))


def read(text: str, adapter: str, **options):
    return otio.adapters.read_from_string(text, adapter, **options)


def seconds(time) -> float:
    return time.to_seconds()


def reel_times(held):
    """(start, end) of each piece in the reel, in seconds."""
    rate = held.rate_fps
    return [(float(p.reel_start_frame / rate), float(p.reel_end_frame / rate)) for p in held.pieces]


def source_times(held):
    """(start, end) of each piece in its source, in seconds."""
    return [
        (float(p.source_start_seconds), float(p.source_start_seconds + p.num_frames / held.rate_fps))
        for p in held.pieces
    ]


def clips_of(timeline, kind="Video"):
    """(source start, source end, reel start, reel end) of each clip of the first track of a kind."""
    (held, *_) = [row for row in timeline.tracks if row.kind == kind]
    found = []
    for clip in held:
        if isinstance(clip, otio.schema.Clip):
            inside, lies = clip.source_range, held.range_of_child(clip)
            ends = (
                inside.start_time,
                inside.end_time_exclusive(),
                lies.start_time,
                lies.end_time_exclusive(),
            )
            found.append(tuple(map(seconds, ends)))
    return found


def expected(held):
    return [(*inside, *lies) for inside, lies in zip(source_times(held), reel_times(held), strict=True)]


def close(rows, *, within):
    return [pytest.approx(row, abs=within) for row in rows]


def fraction(text: str) -> Fraction:
    assert re.fullmatch(r"\d+(/\d+)?s", text), text
    return Fraction(text[:-1])


def check_fcpxml(text: str) -> ElementTree.Element:
    """The rules that Final Cut Pro rejects files by: ids, references, attributes, order, whole frames."""
    root = ElementTree.fromstring(text)
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    assert (root.tag, root.get("version")) == ("fcpxml", "1.8")
    assert [child.tag for child in root] == ["resources", "project"]
    ids = [node.get("id") for node in root.find("resources")]
    assert len(ids) == len(set(ids)) and None not in ids
    for node in root.iter():
        for name in ("ref", "format"):
            assert node.get(name) is None or node.get(name) in ids
    for asset in root.iter("asset"):
        assert asset.get("src") and (asset.get("hasVideo") or asset.get("hasAudio"))
    sequence = root.find("project/sequence")
    frame = fraction(root.find(f"resources/format[@id='{sequence.get('format')}']").get("frameDuration"))
    assert [child.tag for child in sequence] == ["spine"]
    at = Fraction(0)
    for node in sequence[0]:
        offset, length = fraction(node.get("offset")), fraction(node.get("duration"))
        assert (offset / frame).denominator == 1 and (length / frame).denominator == 1
        assert length > 0
        if node.tag != "transition":
            assert offset == at
            at += length
        order = [child.tag for child in node]
        assert order == sorted(order, key=["filter-video", "conform-rate", "marker"].index)
    assert at == fraction(sequence.get("duration"))
    return root


def cues(held):
    from matchreel.exports.captions import _cues

    return list(_cues(held))
