"""The reel as it is published: lower thirds, title card, crossfades and loudness on top of cut and join."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from matchreel.edit_list import PlannedHighlight
from matchreel.graphics.lettering import checked_text, is_writable
from matchreel.graphics.lower_third import LowerThirdText, draw_lower_third
from matchreel.graphics.title_card import TitleText, draw_title_card
from matchreel.graphics.words import (
    GameNames,
    count_text,
    half_text,
    headline,
    label_text,
)
from matchreel.media.bridges import StillClip, still_job
from matchreel.media.commands import Caption, Encoding
from matchreel.media.encoders import choose_encoder
from matchreel.media.join import coded_size, sound_file
from matchreel.media.lossless import LosslessCut, join_packets
from matchreel.media.loudness import LoudnessGoal
from matchreel.media.pieces import SOUND_RATE_HZ
from matchreel.media.tools import run_many
from matchreel.notices import Notice
from matchreel.records import Probe
from matchreel.reel.cutting import HighlightClip, common_encoding, cut_highlight_clips
from matchreel.reel.joining import Reel, ReelSound, begin_sound, join_reel
from matchreel.reel.layout import Layout, planned_layout
from matchreel.reel_frames import card_frames, num_frames

log = logging.getLogger("matchreel.reel")

LOSSLESS_NAME = "reel_lossless.mkv"
_CARD_SOUND_NAME = "card.wav"
# ASSUME a glance at the picture first, then the plate; a quarter of a second is a calm fade.
_CAPTION_AFTER_SECONDS = 0.4  # a clip's start, or the end of the crossfade in it
_CAPTION_FADE_SECONDS = 0.25
_SHORTEST_CAPTION_SECONDS = 1.0  # nobody reads a shorter one
_CARD_FADE_SECONDS = 0.4


@dataclass(frozen=True)
class Finish:
    """How a reel is finished, as config's reel section has it; 0 s of title card or lower third: none."""

    crossfade_seconds: float
    language: str
    title_card_seconds: float
    lower_third_seconds: float
    loudness: LoudnessGoal
    lossless: bool

    @property
    def titled_seconds(self) -> float:
        """How much of a clip's beginning may show its lower third."""
        if not self.lower_third_seconds:
            return 0.0
        return _CAPTION_AFTER_SECONDS + self.crossfade_seconds + self.lower_third_seconds


@dataclass(frozen=True)
class FinishedReel:
    """The clips, where each starts in reel.mp4, the reel's length, and what its viewer should know."""

    clips: tuple[HighlightClip, ...]
    starts_seconds: tuple[float, ...]
    duration_seconds: float
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class _Workshop:
    """What every stage of one reel needs. where: the game, for error lines."""

    videos: Mapping[str, Path]
    probes: Mapping[str, Probe]
    names: GameNames
    finish: Finish
    encoding: Encoding
    rate_fps: Fraction
    scratch: Path
    where: str
    ffmpeg: str
    threads: int


def make_reel(
    *,
    highlights: Sequence[PlannedHighlight],
    videos: Mapping[str, Path],
    probes: Mapping[str, Probe],
    names: GameNames,
    folder: Path,
    encoding: Encoding,
    finish: Finish,
    ffmpeg: str,
    threads: int,
) -> FinishedReel:
    """Write clips/, reel.mp4 and, where finish says so, reel_lossless.mkv into a folder.

    videos and probes: by part. Raises InputError for a name or label that the fonts cannot write, and what
    cut_highlight_clips and join_reel raise.
    """
    encoding = replace(encoding, encoder=choose_encoder(encoding.encoder, ffmpeg=ffmpeg))
    unified = common_encoding(probes.values(), encoding)
    assert unified.rate_fps
    names = _writable(names)
    with (
        tempfile.TemporaryDirectory(prefix=".sounds.", dir=folder.parent) as scratch,
        ThreadPoolExecutor(1) as beside,
    ):
        where = f"the names of {next(iter(probes.values())).game}"
        shop = _Workshop(
            videos, probes, names, finish, unified, unified.rate_fps, Path(scratch), where, ffmpeg, threads
        )
        clips, sound = _cut(highlights, folder / "clips", shop, beside)
        reel = _join(clips, sound, folder / "reel.mp4", shop)
    starts = tuple(map(float, reel.starts_seconds[-len(clips) :]))
    notices = [*reel.notices, *(_lossless(clips, folder / LOSSLESS_NAME, shop) if finish.lossless else [])]
    return FinishedReel(tuple(clips), starts, float(reel.duration_seconds), tuple(notices))


def _writable(names: GameNames) -> GameNames:
    """Without names that were read from the screen and that the fonts cannot write: they are not an error."""
    if not names.clock.are_names_read or all(map(is_writable, (names.home, names.away))):
        return names
    log.info("%s – %s: the fonts cannot write these names: they are left out", names.home, names.away)
    return replace(names, home="", away="")


def _cut(
    highlights: Sequence[PlannedHighlight], clips_dir: Path, shop: _Workshop, beside: Executor
) -> tuple[list[HighlightClip], ReelSound]:
    """The clips; and the sound of the reel, which is begun as soon as the clips' is cut."""
    clips_dir.mkdir()
    card = card_frames(shop.finish.title_card_seconds, shop.rate_fps)
    lengths = ([card] if card else []) + [
        num_frames(row.interval.clamped(shop.probes[row.part].duration_seconds), shop.rate_fps)
        for row in highlights
    ]
    layout = planned_layout(lengths, fade_seconds=shop.finish.crossfade_seconds, rate_fps=shop.rate_fps)
    first = len(lengths) - len(highlights)
    begun = list[ReelSound]()

    def begin(sound_paths: Sequence[Path]) -> Future[list[Notice]]:
        begun.append(_begin_sound([*_silence(card, shop), *sound_paths], layout, shop, beside))
        return begun[0].notices

    clips = cut_highlight_clips(
        highlights=highlights,
        videos=shop.videos,
        probes=shop.probes,
        clips_dir=clips_dir,
        sounds_dir=shop.scratch,
        encoding=shop.encoding,
        ffmpeg=shop.ffmpeg,
        threads=shop.threads,
        captions=_captions(highlights, shop),
        edges=[layout.edges(first + index) for index in range(len(highlights))],
        beside=begin,
    )
    return clips, begun[0]


def _begin_sound(sound_paths: Sequence[Path], layout: Layout, shop: _Workshop, beside: Executor) -> ReelSound:
    return begin_sound(
        beside,
        sound_paths=sound_paths,
        layout=layout,
        scratch=shop.scratch,
        loudness=shop.finish.loudness,
        encoding=shop.encoding,
        ffmpeg=shop.ffmpeg,
    )


def _silence(num_frames: int, shop: _Workshop) -> list[Path]:
    """The title card's sound; none where there is no card."""
    if not num_frames:
        return []
    path = shop.scratch / _CARD_SOUND_NAME
    with sound_file(path) as write:
        write(np.zeros((round(num_frames / shop.rate_fps * SOUND_RATE_HZ), 2), dtype=np.int16))
    return [path]


def _captions(highlights: Sequence[PlannedHighlight], shop: _Workshop) -> list[Caption | None]:
    if not shop.finish.lower_third_seconds:
        return [None] * len(highlights)
    return [_caption(index, highlight, shop) for index, highlight in enumerate(highlights)]


def _caption(index: int, highlight: PlannedHighlight, shop: _Workshop) -> Caption | None:
    start = _CAPTION_AFTER_SECONDS + shop.finish.crossfade_seconds
    room = highlight.interval.duration_seconds - 2 * start
    seconds = min(shop.finish.lower_third_seconds, room)
    if seconds < min(_SHORTEST_CAPTION_SECONDS, shop.finish.lower_third_seconds):
        return None
    assert shop.encoding.width and shop.encoding.height
    plate = draw_lower_third(
        _lower_third(highlight, shop), width=shop.encoding.width, height=shop.encoding.height
    )
    path = shop.scratch / f"plate{index}.png"
    plate.image.save(path, compress_level=1)
    fade = min(_CAPTION_FADE_SECONDS, seconds / 3)
    return Caption(path, plate.left, plate.top, start, seconds, fade)


def _lower_third(highlight: PlannedHighlight, shop: _Workshop) -> LowerThirdText:
    names, language = shop.names, shop.finish.language
    minute = names.clock.at(highlight.part, highlight.moment_seconds)
    texts = (
        label_text(highlight.label, language),
        # The half says that it is penalties: they have no minute.
        minute.shown(language) if minute.text else "",
        half_text(minute.half, language),
        names.home,
        names.away,
        names.score_at(highlight.part, highlight.moment_seconds, highlight.label),
    )
    return LowerThirdText(highlight.label, *(checked_text(text, where=shop.where) for text in texts))


def _join(clips: Sequence[HighlightClip], sound: ReelSound, reel_path: Path, shop: _Workshop) -> Reel:
    clip_paths, sound_paths = [clip.clip_path for clip in clips], [clip.sound_path for clip in clips]
    titles = [clip.title(shop.finish.language, shop.names.clock) for clip in clips]
    if len(sound.layout.num_frames) > len(clips):
        clip_paths.insert(0, _title_card(clips, sound.layout, shop))
        sound_paths.insert(0, shop.scratch / _CARD_SOUND_NAME)
        titles.insert(0, headline(shop.finish.language))
    return join_reel(
        clip_paths=clip_paths,
        sound_paths=sound_paths,
        titles=titles,
        reel_path=reel_path,
        encoding=shop.encoding,
        ffmpeg=shop.ffmpeg,
        threads=shop.threads,
        fade_seconds=shop.finish.crossfade_seconds,
        loudness=shop.finish.loudness,
        sound=sound,
    )


def _title_card(clips: Sequence[HighlightClip], layout: Layout, shop: _Workshop) -> Path:
    """Pictures of the card, alike to the first clip."""
    width, height = coded_size(clips[0].clip_path)
    image_path, video_path = shop.scratch / "card.png", shop.scratch / "card.mp4"
    draw_title_card(_title(len(clips), shop), width=width, height=height).save(image_path, compress_level=1)
    length, into_first = layout.num_frames[0], layout.fade_frames[0]
    fade = min(round(_CARD_FADE_SECONDS * float(shop.rate_fps)), length // 3)
    ends = () if not fade else ("in",) if into_first else ("in", "out")
    still = StillClip(image_path, clips[0].clip_path, length, fade, ends, video_path)
    still = replace(still, key_frames=(length - into_first,) if into_first else ())
    job = still_job(still, encoding=shop.encoding, rate_fps=shop.rate_fps)
    list(run_many([job], ffmpeg=shop.ffmpeg, num_at_once=1))
    return video_path


def _title(num_moments: int, shop: _Workshop) -> TitleText:
    names, language = shop.names, shop.finish.language
    lines = (names.last_score.replace("-", "–"), names.date, count_text(num_moments, language))
    below = " · ".join(text for text in lines if text)
    texts = (headline(language), names.home, names.away, below)
    return TitleText(*(checked_text(text, where=shop.where) for text in texts))


def _lossless(clips: Sequence[HighlightClip], path: Path, shop: _Workshop) -> list[Notice]:
    if any(shop.probes[clip.highlight.part].stretches for clip in clips):
        return [Notice("lossless_clock", {"file": path.name})]
    cuts = [
        LosslessCut(
            shop.videos[clip.highlight.part],
            clip.interval,
            probe.zero_seconds,
            clip.title(shop.finish.language, shop.names.clock),
            probe.audio.track if probe.audio else 0,
        )
        for clip in clips
        for probe in [shop.probes[clip.highlight.part]]
    ]
    return join_packets(cuts, path)
