"""Which encoder writes the pictures: a hardware one that works on this machine, else libx264.

Only libx264 writes the same bytes on every machine.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from matchreel.errors import ToolError
from matchreel.media.tools import run_ffmpeg

log = logging.getLogger("matchreel.media")

SOFTWARE = "libx264"
AUTO = "auto"
# In the order in which auto tries them.
HARDWARE = ("h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_vaapi")
_RENDER_DEVICE = Path("/dev/dri/renderD128")
_TRY_SECONDS = 20
# x264's presets beyond the ones that Quick Sync knows.
_QSV_PRESETS = {"ultrafast": "veryfast", "superfast": "veryfast", "placebo": "veryslow"}
_NVENC_PRESETS = {"ultrafast": "p1", "superfast": "p1", "veryfast": "p2", "faster": "p3", "fast": "p3",
    "medium": "p4", "slow": "p5", "slower": "p6", "veryslow": "p7", "placebo": "p7"}  # fmt: skip


def encoder_options(encoder: str, *, crf: int, preset: str) -> dict[str, Any]:
    """ffmpeg options of an encoder at the quality that comes nearest to x264's crf (0 best, 51 worst).

    nvenc: constant quality cq = crf. Quick Sync: global_quality = crf. VAAPI: constant qp = crf.
    VideoToolbox: q from 1 to 100, 100 - 2 crf + 5. Forced keyframes are IDR pictures everywhere.
    """
    # ASSUME one quality step of each is worth about one of x264's: their scales are all H.264's QP at heart.
    table: dict[str, dict[str, Any]] = {
        SOFTWARE: {"crf": crf, "preset": preset},
        "h264_nvenc": {
            "rc": "vbr",
            "cq": max(1, crf),
            "b:v": 0,
            "preset": _NVENC_PRESETS[preset],
            "forced-idr": 1,
        },
        "h264_videotoolbox": {"q:v": min(100, max(1, 105 - 2 * crf)), "allow_sw": 0},
        "h264_qsv": {
            "global_quality": max(1, crf),
            "preset": _QSV_PRESETS.get(preset, preset),
            "forced_idr": 1,
        },
        "h264_vaapi": {"rc_mode": "CQP", "qp": max(1, crf)},
    }
    return {"c:v": encoder, **table[encoder]}


def device_options(encoder: str) -> tuple[str, ...]:
    """Arguments before the inputs that open the encoder's device."""
    return ("-vaapi_device", str(_RENDER_DEVICE)) if encoder == "h264_vaapi" else ()


def uploaded(stream: Any, encoder: str) -> Any:
    """The pictures of a graph where the encoder wants them."""
    return stream.filter("format", "nv12").filter("hwupload") if encoder == "h264_vaapi" else stream


def choose_encoder(choice: str, *, ffmpeg: str, works: Callable[[str, str], bool] | None = None) -> str:
    """The encoder to use: auto takes the first of HARDWARE that works here, else libx264.

    works(encoder, ffmpeg): whether a tiny encode succeeds. Raises ToolError where a named one does not.
    """
    works = works or encodes
    if choice == AUTO:
        found = next((name for name in HARDWARE if works(name, ffmpeg)), SOFTWARE)
        log.info("pictures are encoded with %s", found)
        return found
    if choice != SOFTWARE and not works(choice, ffmpeg):
        raise ToolError(
            f"{choice} does not work on this machine",
            where=f"config, reel.encoder: {choice}",
            remedy="Set reel.encoder: auto, which takes what works here",
        )
    return choice


def encodes(encoder: str, ffmpeg: str) -> bool:
    """Whether an encoder writes a few pictures here; those that cannot exist on this system are not tried."""
    if (encoder == "h264_videotoolbox") != (sys.platform == "darwin") and encoder != "h264_nvenc":
        return False
    if encoder in ("h264_qsv", "h264_vaapi") and not _RENDER_DEVICE.exists():
        return False
    options = encoder_options(encoder, crf=20, preset="veryfast")
    filters = "format=nv12,hwupload" if encoder == "h264_vaapi" else "format=yuv420p"
    arguments = [
        *device_options(encoder),
        "-f",
        "lavfi",
        "-i",
        "color=gray:s=320x240:r=25:d=0.4",
        "-vf",
        filters,
    ]
    arguments += [word for name, value in options.items() for word in (f"-{name}", str(value))]
    try:
        run_ffmpeg(
            [*arguments, "-f", "null", "-"],
            ffmpeg=ffmpeg,
            what="trying an encoder",
            where=encoder,
            timeout_seconds=_TRY_SECONDS,
        )
    except ToolError as error:
        log.debug("%s", error)
        return False
    return True
