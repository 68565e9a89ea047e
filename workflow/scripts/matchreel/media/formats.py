"""What coded packets themselves say about their format, in a few bytes: when it changes, they change.

Nothing is parsed further than that: whoever needs to know the format decodes a picture or a sample there.
"""

from __future__ import annotations

from collections.abc import Iterator

# SOURCE: ITU-T H.264 and H.265, tables 7-1: the SPS's number, and where a NAL unit's first byte has it.
_H264_PARAMETERS, _HEVC_PARAMETERS = (7, 0, 0x1F), (33, 1, 0x3F)
_START_CODE = b"\x00\x00\x01"
_SEQUENCE_HEADER = b"\x00\x00\x01\xb3"  # SOURCE: ISO/IEC 13818-2, 6.2.2
_MAX_HEADER_BYTES = 4096
# Formats whose packets do not say it: only decoding tells.
UNSPOKEN_SOUND = ("aac_latm",)


def sound_format(codec: str, head: bytes) -> bytes | None:
    """Rate and channels as the first 8 bytes of a packet say them; None where they do not say."""
    if len(head) < 8:
        return None
    if codec == "aac":
        is_adts = head[0] == 0xFF and head[1] & 0xF6 == 0xF0
        return bytes([head[2] & 0x3D, head[3] & 0xC0]) if is_adts else None
    if codec in ("mp1", "mp2", "mp3", "mp3float"):
        return bytes([head[1] & 0xFE, head[2] & 0x0C, head[3] >> 6 == 3])
    if codec == "ac3" and head[:2] == b"\x0b\x77":
        return bytes([head[4] & 0xC0, head[6] >> 5 == 1])  # the decoder mixes more channels down to two
    if codec == "eac3" and head[:2] == b"\x0b\x77" and head[2] >> 6 != 1:
        rate = head[4] & (0xF0 if head[4] & 0xC0 == 0xC0 else 0xC0)
        return bytes([rate, head[4] >> 1 & 7 == 1])
    return None


def picture_format(codec: str, data: bytes) -> bytes | None:
    """The part of a keyframe's packet that says the pictures' size; None where there is none."""
    data = data[:_MAX_HEADER_BYTES]
    if codec in ("h264", "hevc"):
        wanted, shift, mask = _H264_PARAMETERS if codec == "h264" else _HEVC_PARAMETERS
        return b"".join(unit for unit in _units(data) if unit and unit[0] >> shift & mask == wanted) or None
    if codec in ("mpeg1video", "mpeg2video"):
        at = data.find(_SEQUENCE_HEADER)
        return data[at + 4 : at + 8] if at >= 0 else None
    if codec == "vp8":
        return data[6:10] or None
    if codec == "vp9":
        return data[1:9] or None
    return None


def _units(data: bytes) -> Iterator[bytes]:
    """The NAL units of a packet, whether start codes or lengths separate them."""
    if data[:3] == _START_CODE or data[:4] == b"\x00" + _START_CODE:
        yield from (unit.rstrip(b"\x00") for unit in data.split(_START_CODE)[1:])
        return
    at = 0
    while at + 4 < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 0:
            return
        yield data[at + 4 : at + 4 + length]
        at += 4 + length
