"""Colours of a picture: which they are, and HDR and wide gamut brought to what every player shows (BT.709).

Tone mapping keeps what is below a third of reference white as it is and rolls off above, so that grass looks
as it does in SDR. It is done on scaled pictures.
"""

from __future__ import annotations

from typing import Any

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


def as_bt709(stream: Any, video: VideoStream) -> Any:
    """Scaled pictures in BT.709 with its tags; untouched where the part has neither HDR nor a wide gamut."""
    if not is_mapped(video):
        return stream
    given = {} if video.sdr_spans else _given(video.colour)
    stream = stream.filter("zscale", t="linear", npl=_WHITE_NITS, **given).filter("format", "gbrpf32le")
    stream = stream.filter("zscale", p="bt709")
    if video.colour != WIDE:
        peak = f"{_PEAK_NITS / _WHITE_NITS:.4f}"
        stream = stream.filter("tonemap", tonemap="mobius", param=_KNEE, desat=0, peak=peak)
    stream = stream.filter("zscale", t="bt709", m="bt709", r="tv").filter("format", "yuv420p")
    for kind in ("MASTERING_DISPLAY_METADATA", "CONTENT_LIGHT_LEVEL", "DYNAMIC_HDR_PLUS"):
        stream = stream.filter("sidedata", "delete", type=kind)
    return stream


def _given(colour: str) -> dict[str, str]:
    """What recordings may leave unsaid beside the transfer."""
    return {"tin": _NAMES[colour], "pin": "2020", "min": "2020_ncl"}


def tagged_bt709(stream: Any, video: VideoStream, *, height: int) -> Any:
    """SDR pictures with the tags of BT.709, converted where they are BT.601: alike to those of as_bt709."""
    is_sd = video.colour == BT601 or (video.colour == UNSAID and height < _HD_HEIGHT)
    if is_sd:
        stream = stream.filter("scale", in_color_matrix="bt601", out_color_matrix="bt709")
    return stream.filter(
        "setparams", color_primaries="bt709", color_trc="bt709", colorspace="bt709", range="tv"
    )
