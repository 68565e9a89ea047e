"""Sound onto a full disk: the system's own error, which a step tells in one line. /dev/full is always full."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from matchreel.errors import DiskFullError, from_os_error
from matchreel.media.changing_sound import wav_file, write_mono
from matchreel.media.join import join_sound, sound_file
from matchreel.media.probe import probe_file
from support.odd_sound import captured, tone

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def clip_sound(folder: Path) -> tuple[Path, np.ndarray]:
    samples = np.arange(2 * 48_000, dtype=np.int16).reshape(-1, 2)
    path = folder / "clip.wav"
    with sound_file(path) as write:
        write(samples[:100])
        write(samples[100:])
    return path, samples


def test_it_is_a_wav_as_any_program_reads_it(tmp_path):
    path, samples = clip_sound(tmp_path)
    held, rate = soundfile.read(str(path), dtype="int16")
    assert rate == 48_000 and np.array_equal(held, samples)
    assert soundfile.info(str(path)).subtype == "PCM_16"


def test_a_card_without_room_for_its_silence():
    with pytest.raises(OSError, match="No space left") as caught, sound_file(FULL) as write:
        write(np.zeros((48_000, 2), dtype=np.int16))
    assert isinstance(from_os_error(caught.value), DiskFullError)


def test_clips_without_room_for_their_joined_sound(tmp_path):
    path, _ = clip_sound(tmp_path)
    with pytest.raises(OSError, match="No space left") as caught:
        join_sound([path, path], FULL, starts_frames=[0, 25], num_frames=[25, 25], rate_fps=Fraction(25))
    assert isinstance(from_os_error(caught.value), DiskFullError)


def test_a_part_without_sound():
    with pytest.raises(OSError, match="No space left") as caught, wav_file(FULL, 16000, 1) as output:
        output.comment = "of no samples"
    assert isinstance(from_os_error(caught.value), DiskFullError)


def test_sound_that_changes_its_format(tmp_path):
    path = captured(
        tmp_path / "a.ts", [(tone(440), ("-c:a", "aac")), (tone(880, rate_hz=44100), ("-c:a", "aac"))]
    )
    probe = probe_file(path, game="game", part="1")
    with pytest.raises(OSError, match="No space left") as caught:
        write_mono(path, probe, FULL, sample_rate_hz=8000)
    assert isinstance(from_os_error(caught.value), DiskFullError)
