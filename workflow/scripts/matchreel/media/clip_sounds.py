"""The sound of clips as WAVs of their own, written before their pictures."""

from __future__ import annotations

from collections.abc import Sequence

from matchreel.media.changing_sound import SoundWindow, write_windows
from matchreel.media.commands import Cut
from matchreel.media.pieces import SOUND_RATE_HZ
from matchreel.records import Probe


def is_changing(probe: Probe) -> bool:
    """Whether a part's sound changes its track or format in mid-stream."""
    return bool(probe.audio and probe.audio.stretches)


def cut_changing_sounds(cuts: Sequence[Cut], probe: Probe) -> None:
    """The sound of clips of such a part, in one pass over it: where clips ask for a WAV."""
    windows = [
        SoundWindow(cut.sound_path, round(cut.entry.moment_seconds * SOUND_RATE_HZ), cut.num_samples)
        for cut in cuts
        if cut.sound_path
    ]
    if windows:
        write_windows(
            cuts[0].video_path,
            probe,
            windows,
            sample_rate_hz=SOUND_RATE_HZ,
            fade_seconds=cuts[0].encoding.fade_seconds,
        )
