"""find_score_bug: where the score bug of one part is, from the text in a few of its pictures."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from matchreel.errors import InputError, ToolError
from matchreel.media.decode import read_frames
from matchreel.media.filters import display_size
from matchreel.records import Probe, VideoStream
from matchreel.scoreboard.bug import ScoreBug
from matchreel.scoreboard.layouts import Searched, find_layouts
from matchreel.scoreboard.strips import Picture
from matchreel.scoreboard.text_reader import TextReader
from matchreel.timeline import FrameGrid

log = logging.getLogger("matchreel")

_NUM_PICTURES = 40
# Text is looked for in pictures of this many lines: larger ones take longer and show no more of a score bug;
# small ones are enlarged, so that letters of 7 lines are found.
_MAX_LINES, _SMALL_LINES, _ENLARGED = 540, 300, 2


def find_score_bug(
    *, video_path: Path, probe_path: Path, score_bug_path: Path, ffmpeg: str, threads: int
) -> None:
    """Write where the score bug is (scoreboard.bug.ScoreBug); without picture or clock there is none.

    About forty pictures of the part are decoded, at even distances. Raises InputError or ToolError where not
    one of them can be.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    searched = list[Searched]()
    if probe.video is not None:
        reader = TextReader()
        for seconds, picture in pictures_of(probe, probe.video, ffmpeg=ffmpeg, threads=threads):
            height, width = picture.shape[:2]
            searched.append(Searched(seconds, tuple(reader.find(picture)), width, height))
    layouts = tuple(find_layouts(searched))
    ScoreBug(probe.game, probe.part, len(searched), layouts).save(score_bug_path)
    if not layouts:
        log.info("%s %s: no match clock on the picture: nothing is read from it", probe.game, probe.part)
    for layout in layouts:
        place = ", ".join(f"{share:.0%}" for share in layout.box[:2])
        log.info("%s %s: score bug at %s, in %d of %d pictures", probe.game, probe.part, place,
                 layout.num_pictures, len(searched))  # fmt: skip


def pictures_of(
    probe: Probe, video: VideoStream, *, ffmpeg: str, threads: int
) -> Iterator[tuple[float, Picture]]:
    """(seconds, (H, W, 3) uint8 RGB) at even distances; those that cannot be decoded are left out."""
    whole = FrameGrid.over(probe.duration_seconds, video.rate_fps)
    width, height = _size(video)
    error: Exception | None = None
    num_found = 0
    for step in sorted(
        {(2 * place + 1) * whole.num_steps // (2 * _NUM_PICTURES) for place in range(_NUM_PICTURES)}
    ):
        one = read_frames(
            probe=probe, grid=FrameGrid(whole.rate_fps, 1), height=height, width=width, fit="squash",
            ffmpeg=ffmpeg, threads=threads, batch_steps=1, pixel_format="rgb24", first_step=step,
        )  # fmt: skip
        try:
            picture = next(one)[0]
        except (InputError, ToolError) as problem:
            # The step that reads the whole part says what is damaged.
            error = problem
            continue
        num_found += 1
        yield float(whole.start_seconds(step)), enlarged(picture)
    if error and not num_found:
        raise error


def enlarged(picture: Picture) -> Picture:
    """A small picture at twice its size; others as they are."""
    height, width = picture.shape[:2]
    if height >= _SMALL_LINES:
        return picture
    size = (_ENLARGED * width, _ENLARGED * height)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def _size(video: VideoStream) -> tuple[int, int]:
    """(width, height) in square pixels, not larger than is looked at."""
    width, height = display_size(video)
    scale = min(1.0, _MAX_LINES / height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)
