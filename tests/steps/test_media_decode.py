"""read_frames: the picture on screen at each grid step's centre, upright, in shape, whole or an error."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from matchreel.errors import InputError, MatchreelError
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.timeline import FrameGrid
from support.media import read_number
from support.odd_media import encode


def read(path: Path, *, rate_fps: Fraction = Fraction(5), **options: Any) -> Sequence[npt.NDArray[np.uint8]]:
    probe = probe_file(path, game="game", part="1")
    defaults: dict[str, Any] = {
        "probe": probe, "grid": FrameGrid.over(probe.duration_seconds, rate_fps), "height": 36, "width": 64,
        "fit": "squash", "ffmpeg": "bundled", "threads": 1, "batch_steps": 7, "pixel_format": "gray",
    }  # fmt: skip
    return list(read_frames(**(defaults | options)))


def numbers(batches: Sequence[npt.NDArray[np.uint8]]) -> list[int]:
    return [read_number(picture) for batch in batches for picture in batch]


@pytest.mark.parametrize(
    ("source_fps", "grid_fps"),
    [(25, 5), (25, 25), (50, 5), (30, 5), (25, Fraction(5, 2)), (Fraction(30000, 1001), 2), (25, 50)],
)
@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".avi"])
def test_picture_on_screen_at_each_centre(
    tmp_path: Path, suffix: str, source_fps: Fraction, grid_fps: Fraction
) -> None:
    rate, grid_rate = Fraction(source_fps), Fraction(grid_fps)
    options = ("-c:v", "mpeg4", "-q:v", "2", "-bf", "1") if suffix == ".avi" else ()
    path = encode(tmp_path / f"a{suffix}", rate_fps=rate, num_frames=123, options=options)
    found = numbers(read(path, rate_fps=grid_rate))
    grid = FrameGrid.over(123 / rate, grid_rate)
    centres = [grid.start_seconds(step) + grid.step_seconds / 2 for step in range(grid.num_steps)]
    assert found == [min(122, int(centre * rate)) for centre in centres]


def test_batches(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv")
    batches = read(path, pixel_format="rgb24", height=18, width=40)
    assert [batch.shape for batch in batches] == [(7, 18, 40, 3), (7, 18, 40, 3), (6, 18, 40, 3)]
    assert batches[0].base is not batches[1].base
    assert read(path)[0].shape == (7, 36, 64, 1)


@pytest.mark.parametrize("num_steps", [3, 20, 25])
def test_exactly_the_grid(tmp_path: Path, num_steps: int) -> None:
    grid = FrameGrid(Fraction(5), num_steps)
    found = numbers(read(encode(tmp_path / "a.mkv"), grid=grid))
    assert found == [min(97, 5 * step + 2) for step in range(num_steps)]


def test_much_shorter_than_its_grid_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can be decoded only up to 00:04"):
        read(encode(tmp_path / "a.mkv"), grid=FrameGrid(Fraction(5), 40))


def test_interlaced(tmp_path: Path) -> None:
    fields = ("-flags", "+ildct+ilme", "-x264opts", "tff=1", "-vf", "setfield=tff")
    found = numbers(read(encode(tmp_path / "a.mkv", options=fields), rate_fps=Fraction(25)))
    assert found == list(range(100))


def test_combed_pictures_are_deinterlaced(tmp_path: Path) -> None:
    """A white column that moves between the fields: woven, it would be striped."""
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-f", "lavfi", "-i"]
    command += ["color=black:s=64x48:r=50:d=2,drawbox=w=16:h=48:c=white:t=fill:x=mod(n*8\\,48)"]
    command[-1] = (
        "color=black:s=64x48:r=50:d=2,geq=lum='235*between(X-mod(N*8,48),0,15)':cb=128:cr=128,interlace"
    )
    command += ["-c:v", "libx264", "-flags", "+ildct+ilme", "-x264opts", "tff=1", "-crf", "10"]
    subprocess.run([*command, str(tmp_path / "a.mkv")], check=True)
    pictures = np.concatenate(read(tmp_path / "a.mkv", rate_fps=Fraction(25), height=48))[5:-5, ..., 0]
    rows = pictures.astype(float)
    combing = np.abs(rows[:, 1:-1] - (rows[:, :-2] + rows[:, 2:]) / 2).mean()
    assert combing < 8


def test_letterbox_keeps_the_shape(tmp_path: Path) -> None:
    wide = read(encode(tmp_path / "a.mkv"), height=64, width=64, fit="letterbox")[0][0, ..., 0]
    assert (wide[:13] < 20).all()
    assert (wide[-13:] < 20).all()
    assert wide[20, 60] < 20  # the picture's dark flash area
    assert read_number(wide[14:50]) == 2


def test_anamorphic_pixels(tmp_path: Path) -> None:
    """64x36 stored, shown as 4:3: in a 4:3 frame it has no borders, in a square one it has."""
    path = encode(tmp_path / "a.mkv", options=("-aspect", "4:3"))
    assert numbers(read(path, height=48, width=64, fit="letterbox"))[:2] == [2, 7]
    square = read(path, height=64, width=64, fit="letterbox")[0][0, ..., 0]
    assert (square[:7] < 20).all()
    assert read_number(square[8:56]) == 2


def test_rotated_pictures_are_upright(tmp_path: Path) -> None:
    plain = encode(tmp_path / "a.mp4", options=("-vf", "transpose=2"))  # stored lying on its side
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-display_rotation", "-90", "-i", str(plain)]
    subprocess.run([*command, "-c", "copy", str(tmp_path / "turned.mp4")], check=True)
    assert numbers(read(tmp_path / "turned.mp4"))[:3] == [2, 7, 12]


def test_no_picture(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.m4a", picture=False)
    with pytest.raises(InputError, match="there is no picture in it"):
        read(path)


def test_much_damage_in_the_middle_is_an_error(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", num_frames=400, options=("-g", "50"))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(bytes(data))
    with pytest.raises(MatchreelError):
        read(path)


def test_picture_size_changes_in_mid_stream(tmp_path: Path) -> None:
    """A capture whose resolution changes keeps its clock."""
    first = encode(tmp_path / "a.ts", options=("-an",), num_frames=50)
    second = encode(tmp_path / "b.ts", options=("-an", "-vf", "scale=128:72:flags=neighbor"), num_frames=50)
    shifted = tmp_path / "c.ts"
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-i", str(second), "-c", "copy", "-an"]
    subprocess.run([*command, "-output_ts_offset", "2", str(shifted)], check=True)
    (tmp_path / "both.ts").write_bytes(first.read_bytes() + shifted.read_bytes())
    found = numbers(read(tmp_path / "both.ts"))
    assert found == [2, 7, 12, 17, 22, 27, 32, 37, 42, 47] * 2
