"""Decoding by a graphics chip, where one is asked for and works on this machine and recording."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

from matchreel.errors import MemoryFullError, ToolError
from matchreel.media.tools import FORMATS, PROTOCOLS, media_url, run_ffmpeg

log = logging.getLogger("matchreel.media")

# ffmpeg's names; auto: the first one that the machine has, and none at all is no error.
Hwaccel = Literal["none", "auto", "cuda", "vaapi", "qsv", "videotoolbox", "d3d11va"]
_TRY_PICTURES, _TRY_SECONDS = 3, 60


def decoder_options(hwaccel: Hwaccel, path: Path, *, ffmpeg: str) -> dict[str, Any]:
    """Options of an ffmpeg input; none, and a line why, where the first pictures cannot be decoded so."""
    if hwaccel == "none":
        return {}
    source = (
        "-hwaccel",
        hwaccel,
        "-protocol_whitelist",
        PROTOCOLS,
        "-format_whitelist",
        FORMATS,
        "-i",
        media_url(path),
    )
    try:
        run_ffmpeg(
            ("-xerror", *source, "-map", "0:V:0", "-frames:v", str(_TRY_PICTURES), "-f", "null", "-"),
            ffmpeg=ffmpeg, what=f"decoding by {hwaccel}", where=path, timeout_seconds=_TRY_SECONDS,
        )  # fmt: skip
    except (ToolError, MemoryFullError) as error:
        said = "%s: note: hwaccel %s does not work here, so the processor decodes it (%s)"
        log.warning(said, path, hwaccel, error.what)
        return {}
    return {"hwaccel": hwaccel}
