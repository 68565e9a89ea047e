"""The timecode that a recording starts with: cameras and recorders write the time of day, or 10:00:00:00."""

from __future__ import annotations

import re
from pathlib import Path

from matchreel.media.demux import open_media, video_stream

_TIMECODE = re.compile(r"(\d\d:[0-5]\d:[0-5]\d)([:;.])(\d\d)")


def start_timecode(path: Path) -> str | None:
    """HH:MM:SS:FF of the first picture, HH:MM:SS;FF where numbers are left out; None where the file has none.

    MP4 and MOV have a timecode track (tmcd), MXF a package, Matroska a tag: ffmpeg shows each as "timecode".
    """
    with open_media(path) as container:
        video = video_stream(container)
        holders = [*([video] if video is not None else []), *container.streams, container]
        texts = [text for held in holders for key, text in held.metadata.items() if key.lower() == "timecode"]
    found = next((match for match in map(_TIMECODE.fullmatch, texts) if match), None)
    if not found:
        return None
    return f"{found[1]}{':' if found[2] == ':' else ';'}{found[3]}"
