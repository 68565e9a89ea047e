"""One still of every highlight, the sheet of all of them, and the reel's poster."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from matchreel.graphics.words import label_text
from matchreel.labels import keep_share_of
from matchreel.media.decode import read_frames
from matchreel.media.filters import display_size
from matchreel.media.probe import probe_file
from matchreel.page.records import POSTER_NAME, Highlight, PageFacts
from matchreel.page.words import minute_text
from matchreel.records import Probe
from matchreel.stills.choice import Picture, picture_facts, picture_quality
from matchreel.stills.poster import poster_shaped, titled
from matchreel.stills.sheet import (
    Caption,
    cell_sized,
    contact_sheet,
    lettered_caption,
    save_jpeg,
)
from matchreel.timeline import FrameGrid, Interval

log = logging.getLogger("matchreel.stills")

# ASSUME: a moment shows from shortly before it until the ball is in or past the goal.
_BEFORE_SECONDS, _AFTER_SECONDS = 1, 3
_AROUND_SECONDS = 1.5  # looked at beside that
_POOR_QUALITY = 0.3  # of the best picture there; then the whole clip is looked at
_LOOKED_AT_WIDTH, _LOOKED_AT_RATE_FPS = 640, Fraction(25, 2)
_BATCH_STEPS = 25
_POSTER_CANDIDATES = 3


@dataclass(frozen=True)
class Still:
    """When in its clip a highlight's picture is seen, how good it is, and that picture, cell_sized."""

    seconds: Fraction
    quality: float
    small: Picture


def write_stills(
    *,
    page: PageFacts,
    recordings: Mapping[str, tuple[Path, Probe]],
    folder: Path,
    ffmpeg: str,
    threads: int,
    titled_seconds: float,
    language: str,
    caption: Caption = lettered_caption,
) -> None:
    """Write thumbnails/<clip's stem>.jpg, contact_sheet.jpg and poster.jpg into a folder with clips.

    recordings: by part, the file and what the probe found in it. titled_seconds: how long a clip's beginning
    shows a title, which a still should not. language: of the sheet's titles, "en" or "ko"; caption draws
    them. Nothing is written where no highlight has a picture.
    """
    shown = [held for held in page.highlights if recordings[held.part][1].video]
    if not shown:
        return
    (folder / "thumbnails").mkdir()
    clips = [_Clip(folder / held.clip, ffmpeg, threads) for held in shown]
    stills = list[Still]()
    for held, clip in zip(shown, clips, strict=True):
        still, picture = clip.choose(_near(held), titled_seconds)
        save_jpeg(picture, folder / "thumbnails" / f"{clip.path.stem}.jpg")
        stills.append(still)
    sheet = contact_sheet([still.small for still in stills], _titles(page, shown, language), caption)
    save_jpeg(sheet, folder / "contact_sheet.jpg")
    best = poster_index(shown, [still.quality for still in stills])
    poster = poster_shaped(clips[best].picture_at(stills[best].seconds))
    save_jpeg(titled(poster, [page.home, page.away], page.date), folder / POSTER_NAME)
    log.info("chose %d stills", len(stills))


def poster_index(highlights: Sequence[Highlight], qualities: Sequence[float]) -> int:
    """The best picture among the few highlights that matter most: by label, then by score."""
    weights = [(keep_share_of(held.label), held.score) for held in highlights]
    ranked = sorted(range(len(highlights)), key=lambda index: weights[index], reverse=True)
    alike = [index for index in ranked if weights[index][0] == weights[ranked[0]][0]]
    return max(alike[:_POSTER_CANDIDATES], key=lambda index: qualities[index])


class _Clip:
    """A written clip, its pictures counted on a grid no finer than looking at them takes."""

    def __init__(self, path: Path, ffmpeg: str, threads: int) -> None:
        self.path = path
        self._probe = probe_file(path, game="reel", part="full")
        assert self._probe.video
        rate = min(self._probe.video.rate_fps, _LOOKED_AT_RATE_FPS)
        self._grid = FrameGrid.over(self._probe.duration_seconds, rate)
        self._tools: dict[str, Any] = {"ffmpeg": ffmpeg, "threads": threads, "pixel_format": "rgb24"}
        self._size = display_size(self._probe.video)

    def choose(self, near: Interval, titled_seconds: float) -> tuple[Still, Picture]:
        """The best picture near a moment, in full; of the whole clip where there is only poor ones."""
        whole = Interval(0.0, self._probe.duration_seconds)
        around = near.padded(_AROUND_SECONDS, _AROUND_SECONDS).clamped(whole.end_seconds)
        seconds, quality = self._best(around, near, titled_seconds)
        if quality < _POOR_QUALITY:
            seconds, quality = self._best(whole, near, titled_seconds)
        picture = self.picture_at(seconds)
        return Still(seconds, quality, cell_sized(picture)), picture

    def picture_at(self, seconds: Fraction) -> Picture:
        """(H, W, 3) RGB in the clip's own size."""
        index = self._grid.nearest_step(seconds)
        (batch,) = self._read(index, 1, self._size)
        return np.asarray(batch[0], dtype=np.uint8)

    def _best(self, looked_at: Interval, near: Interval, titled_seconds: float) -> tuple[Fraction, float]:
        rate = self._grid.rate_fps
        first, last = (
            self._grid.nearest_step(end) for end in (looked_at.start_seconds, looked_at.end_seconds)
        )
        width = min(self._size[0], _LOOKED_AT_WIDTH)
        size = width, max(1, round(width * self._size[1] / self._size[0]))
        batches = self._read(first, last - first + 1, size)
        facts = picture_facts(batches, first_seconds=first / rate, rate_fps=rate)
        qualities = picture_quality(facts, near, titled_seconds=titled_seconds)
        best = int(np.argmax(qualities))
        return (first + best) / rate, float(qualities[best])

    def _read(self, first_step: int, num_steps: int, size: tuple[int, int]) -> Iterator[Picture]:
        width, height = size
        return read_frames(
            probe=self._probe,
            grid=FrameGrid(self._grid.rate_fps, num_steps),
            first_step=first_step,
            width=width,
            height=height,
            fit="squash",
            batch_steps=min(num_steps, _BATCH_STEPS),
            **self._tools,
        )


def _near(held: Highlight) -> Interval:
    """Where in its clip the moment is seen; the middle half where it is not known."""
    length = held.end_seconds - held.start_seconds
    if held.event_seconds is None:
        return Interval(length / 4, length * 3 / 4)
    event = held.event_seconds - held.start_seconds
    return Interval(event - _BEFORE_SECONDS, event + _AFTER_SECONDS).clamped(length)


def _titles(page: PageFacts, shown: Sequence[Highlight], language: str) -> list[str]:
    curves = {curve.part: curve for curve in page.parts}
    return [
        "  ".join(
            [
                str(number),
                minute_text(held.moment_seconds, curves[held.part], language),
                label_text(held.label, language),
            ]
        )
        for number, held in enumerate(page.highlights, start=1)
        if held in shown
    ]
