"""A reel counted in frames, alike where it is planned and where it is cut: its rate, clips and crossfades."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from matchreel.records import Probe
from matchreel.timeline import Interval, snap_to_frame

FALLBACK_RATE_FPS = Fraction(25)  # where no part has a picture
# A crossfade is at most one of so many parts of either clip: its ends fade, and something is seen whole.
CLIP_PER_FADE = 3
# ASSUME in a shorter crossfade nobody sees more than a cut.
FEWEST_FADE_FRAMES = 2


def common_rate(probes: Iterable[Probe]) -> Fraction:
    """The reel's rate: the highest one that fills at least half as much of the recorded time as any other."""
    seconds: dict[Fraction, float] = defaultdict(float)
    for probe in probes:
        if probe.video:
            seconds[probe.video.rate_fps] += probe.duration_seconds
    if not seconds:
        return FALLBACK_RATE_FPS
    # Halves differ in length by minutes: only a clear majority beats a higher rate.
    most = max(seconds.values())
    return max(rate for rate, held in seconds.items() if held > most / 2)


def num_frames(interval: Interval, rate_fps: Fraction) -> int:
    """Frames of a clip: its length, as far as microseconds tell it, to the nearest frame; at least one."""
    # Half a frame too many counts alike here and in the page's script, which has no exact fractions.
    length = Fraction(round((interval.end_seconds - interval.start_seconds) * 10**6), 10**6)
    return max(1, int(snap_to_frame(length, rate_fps) * rate_fps))


def card_frames(title_card_seconds: float, rate_fps: Fraction) -> int:
    """Frames of the title card; 0 where there is none."""
    return round(Fraction(title_card_seconds) * rate_fps)


def full_fade_frames(fade_seconds: float, rate_fps: Fraction) -> int:
    """Frames that long clips share in a crossfade; 0 where they are cut."""
    wanted = round(Fraction(fade_seconds) * rate_fps)
    return wanted if wanted >= FEWEST_FADE_FRAMES else 0


def fades_frames(lengths: Sequence[int], *, fade_seconds: float, rate_fps: Fraction) -> tuple[int, ...]:
    """(N - 1,) how many frames each of N pieces shares with the next one. lengths (N,) in frames."""
    wanted = full_fade_frames(fade_seconds, rate_fps)
    fades = [min(wanted, *(held // CLIP_PER_FADE for held in pair)) for pair in pairwise(lengths)]
    return tuple(fade if fade >= FEWEST_FADE_FRAMES else 0 for fade in fades)
