"""find_score_bug: where the score bug is in one part, by reading a few pictures of it whole."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

from matchreel.errors import InputError
from matchreel.media.decode import read_frames
from matchreel.media.filters import display_size
from matchreel.records import Probe, VideoStream
from matchreel.scoreboard.layouts import Look, find_layouts
from matchreel.scoreboard.ocr import FoundText, Picture, TextReader
from matchreel.scoreboard.record import Layout, ScoreBug
from matchreel.timeline import FrameGrid

log = logging.getLogger("matchreel")

# So many in a whole half; fewer in short parts, but enough to see a clock run.
NUM_PICTURES, _MIN_PICTURES, _SECONDS_A_PICTURE = 40, 10, 20.0
# Letters of the score bug are 3 to 5 % of the height: the recogniser wants about 15 pixels, and no more.
_LOW_HEIGHT, _HIGH_HEIGHT = 300, 480
_GRID_RATE_FPS = Fraction(1)


def find_score_bug(*, video_path: Path, probe_path: Path, bug_path: Path, ffmpeg: str, threads: int) -> None:
    """Look at up to NUM_PICTURES pictures, evenly spread, and write where a match clock runs (ScoreBug).

    A part without picture has none. Pictures are read one at a time, found without decoding what lies before.
    """
    probe = Probe.load(probe_path)
    if not video_path.exists():
        raise FileNotFoundError(2, "no such file", str(video_path))
    layouts: tuple[Layout, ...] = ()
    if probe.video is not None:
        pictures = _pictures(probe, probe.video, ffmpeg=ffmpeg, threads=threads)
        layouts = find_layouts(looked_at(pictures, TextReader().find))
    ScoreBug(probe.game, probe.part, layouts).save(bug_path)
    where = ", ".join(f"{box[0]:.2f} from the left, {box[1]:.2f} from the top" for box in _boxes(layouts))
    log.info("%s %s: %s", probe.game, probe.part, where or "no clock on the picture")


def looked_at(
    pictures: Iterable[tuple[float, Picture]], find: Callable[[Picture], list[FoundText]]
) -> Iterator[Look]:
    """The texts of pictures (seconds of the part, (H, W, 3) uint8 RGB)."""
    for seconds, picture in pictures:
        yield Look(seconds, tuple(find(picture)))


def _boxes(layouts: Iterable[Layout]) -> list[tuple[float, ...]]:
    return [layout.box for layout in layouts]


def _pictures(
    probe: Probe, video: VideoStream, *, ffmpeg: str, threads: int
) -> Iterator[tuple[float, Picture]]:
    width, height = picture_size(video)
    whole = FrameGrid.over(probe.duration_seconds, _GRID_RATE_FPS)
    count = min(max(round(probe.duration_seconds / _SECONDS_A_PICTURE), _MIN_PICTURES), NUM_PICTURES)
    last = whole.num_steps - 1
    steps = {min(int((k + 0.5) * (last + 1) / count), last) for k in range(count)}
    for step in sorted(steps):
        batches = read_frames(
            probe=probe,
            grid=FrameGrid(_GRID_RATE_FPS, 1),
            first_step=step,
            height=height,
            width=width,
            fit="squash",
            ffmpeg=ffmpeg,
            threads=threads,
            batch_steps=1,
            pixel_format="rgb24",
        )
        try:
            for batch in batches:
                yield step + 0.5, batch[0]
        except InputError as error:
            said = "%s %s: the picture at %d s is passed over (%s)"
            log.info(said, probe.game, probe.part, step, error.what)


def picture_size(video: VideoStream) -> tuple[int, int]:
    """(width, height) at which texts are looked for: low pictures are doubled, high ones made smaller."""
    width, height = display_size(video)
    factor = 2.0 if height < _LOW_HEIGHT else min(1.0, _HIGH_HEIGHT / height)
    return max(2, 2 * round(width * factor / 2)), max(2, 2 * round(height * factor / 2))
