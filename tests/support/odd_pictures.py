"""Short recordings whose pictures change their shape, size or colours on the way."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from matchreel.media.cut import Encoding, cut_clip
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "25", "-threads", "1")
# Grass on the left, then white, then red, in the colours of HD.
SCENE = (
    "color=c=0x2f7a1f:s=64x36:r=25,drawbox=x=32:w=16:h=36:c=white:t=fill,"
    "drawbox=x=48:w=16:h=36:c=0xb02020:t=fill,scale=out_color_matrix=bt709,format=yuv420p"
)
UNSAID = "setparams=colorspace=unknown:color_trc=unknown:color_primaries=unknown"
TAGS_709 = "setparams=colorspace=bt709:color_trc=bt709:color_primaries=bt709"


def hdr(transfer: str) -> tuple[str, ...]:
    """Options that turn SCENE into 10-bit HDR at a reference white of 203 cd/m2: its transfer, and its tags."""
    chain = f"{TAGS_709},zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt2020,zscale=t={transfer}:npl=203"
    tags = ("-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")
    return ("-vf", f"{chain}:m=2020_ncl:r=tv,format=yuv420p10le", *H264, *tags)


def encode(path: Path, source: str, *options: str, seconds: float = 2) -> Path:
    """A picture described to lavfi."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y", "-t", str(seconds)]
    subprocess.run([*command, "-f", "lavfi", "-i", source, *options, f"file:{path}"], check=True)
    return path


def captured(path: Path, pieces: Sequence[tuple[str, tuple[str, ...], float]]) -> Path:
    """A transport stream of pieces (picture, options, seconds), one after another on one clock."""
    data, at = b"", 0.0
    for index, (source, options, seconds) in enumerate(pieces):
        piece = path.with_name(f"piece{index}.ts")
        encode(piece, source, *options, "-output_ts_offset", str(at), seconds=seconds)
        data, at = data + piece.read_bytes(), at + seconds
    path.write_bytes(data)
    return path


def probed(path: Path) -> Probe:
    return probe_file(path, game="game", part="1")


def seen(path: Path, *, first_step: int = 0, **size: int) -> npt.NDArray[np.uint8]:
    """(T, H, W, 3) five pictures a second, 36 x 64, as cues and features see them."""
    probe = probed(path)
    whole = FrameGrid.over(probe.duration_seconds, Fraction(5))
    grid = FrameGrid(whole.rate_fps, whole.num_steps - first_step)
    shape = {"height": 36, "width": 64} | size
    batches = read_frames(
        probe=probe, grid=grid, fit="squash", ffmpeg="bundled", threads=1, batch_steps=50, pixel_format="rgb24",
        first_step=first_step, **shape,
    )  # fmt: skip
    return np.concatenate(list(batches))


def cut(path: Path, start: float, end: float, **encoding: object) -> list[av.VideoFrame]:
    """The pictures of a clip."""
    clip_path = path.with_name("clip.mp4")
    plain = Encoding(12, "ultrafast", 128, None, None, 0.0, **encoding)  # type: ignore[arg-type]
    cut_clip(
        video_path=path, probe=probed(path), interval=Interval(start, end), clip_path=clip_path, encoding=plain,
        ffmpeg="bundled",
    )  # fmt: skip
    with av.open(str(clip_path)) as container:
        return list(container.decode(video=0))
