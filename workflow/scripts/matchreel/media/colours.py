"""Colours of a picture: which they are, and HDR and wide gamut brought to what every player shows (BT.709).

Tone mapping keeps what is below a third of reference white as it is and rolls off above, so that grass looks
as it does in SDR. It is done on scaled pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ffmpeg as graph

from matchreel.records import VideoStream

HLG, PQ, WIDE = "hlg", "pq", "wide"  # WIDE: BT.2020 without HDR
BT709, BT601, UNSAID = "bt709", "bt601", ""
# SOURCE: ITU-T H.273, tables 2 to 4.
_TRANSFERS = {16: PQ, 18: HLG}
MAPPED = (HLG, PQ, WIDE)
_WIDE_PRIMARIES, _WIDE_MATRICES, _BT601_MATRICES = 9, (9, 10), (5, 6)
_NAMES = {HLG: "arib-std-b67", PQ: "smpte2084", WIDE: "bt2020-10"}
# SOURCE: ITU-R BT.2408: reference white, and a nominal peak, in cd/m2.
_WHITE_NITS, _PEAK_NITS = 203, 1000
_KNEE = 0.3
_HD_HEIGHT = 720


def colour_of(picture: Any) -> str:
    """The name of a decoded picture's colours."""
    transfer = _TRANSFERS.get(int(picture.color_trc))
    if transfer:
        return transfer
    matrix = int(picture.colorspace)
    if int(picture.color_primaries) == _WIDE_PRIMARIES or matrix in _WIDE_MATRICES:
        return WIDE
    return BT709 if matrix == 1 else BT601 if matrix in _BT601_MATRICES else UNSAID


def is_mapped(video: VideoStream) -> bool:
    """Whether pictures of a part are brought to BT.709."""
    return video.colour in MAPPED


@dataclass(frozen=True)
class StreamClock:
    """Where a stream of pictures is in its recording: timestamp t is at origin_seconds + speed * t there."""

    origin_seconds: float
    speed: int = 1


def as_bt709(stream: Any, video: VideoStream, clock: StreamClock) -> Any:
    """Scaled pictures in BT.709 with its tags; untouched where the part has neither HDR nor a wide gamut."""
    if not is_mapped(video):
        return stream
    if not video.sdr_spans:
        return _mapped(stream, video.colour)
    both = stream.filter("sendcmd", commands=_switches(video, clock)).split()
    given = [_mapped(both[0], video.colour), tagged_bt709(both[1], video)]
    return graph.filter(given, "streamselect", inputs=2, map=0)


def _switches(video: VideoStream, clock: StreamClock) -> str:
    """For sendcmd: the second stream, of SDR, in a recording's SDR spans."""
    rows = list[str]()
    for span in video.sdr_spans:
        # A thousandth early: both are rounded.
        start, end = ((at - clock.origin_seconds) / clock.speed - 0.001 for at in span)
        if end > 0:
            rows.append(
                f"{max(0.0, start):.4f}-{end:.4f} [enter] streamselect map 1, [leave] streamselect map 0"
            )
    return ";".join(rows) or "0 [enter] streamselect map 0"


def _mapped(stream: Any, colour: str) -> Any:
    """Pictures of such colours, whatever else their tags say, in BT.709."""
    stream = stream.filter(
        "setparams", color_primaries="bt2020", color_trc=_NAMES[colour], colorspace="bt2020nc"
    )
    # zscale wants even sizes where colours are stored at half of them.
    stream = stream.filter("format", "yuv444p10le")
    stream = stream.filter("zscale", t="linear", npl=_WHITE_NITS).filter("format", "gbrpf32le")
    stream = stream.filter("zscale", p="bt709")
    if colour != WIDE:
        peak = f"{_PEAK_NITS / _WHITE_NITS:.4f}"
        stream = stream.filter("tonemap", tonemap="mobius", param=_KNEE, desat=0, peak=peak)
    stream = stream.filter("zscale", t="bt709", m="bt709", r="tv").filter("format", "yuv444p")
    stream = stream.filter("format", "yuv420p")
    for kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS"):
        stream = stream.filter("sidedata", "delete", type=kind)
    return stream


def tagged_bt709(stream: Any, video: VideoStream) -> Any:
    """SDR pictures with the tags of BT.709, converted where they are BT.601: alike to mapped ones."""
    is_sd = video.colour == BT601 or video.height < _HD_HEIGHT
    if is_sd and video.colour != BT709:
        stream = stream.filter("scale", in_color_matrix="bt601", out_color_matrix="bt709")
    stream = stream.filter("format", "yuv420p")
    return stream.filter(
        "setparams", color_primaries="bt709", color_trc="bt709", colorspace="bt709", range="tv"
    )
