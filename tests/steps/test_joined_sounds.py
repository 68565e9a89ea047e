"""Captures joined byte by byte whose sound also changes: each piece's own format, and its own channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matchreel.media.probe import probe_file
from matchreel.recording_notices import recording_notices
from matchreel.records import Probe, Scores
from support.odd_sound import RATE, captured, heard, heard_in_clip, pitch, tone

AAC = ("-c:a", "aac")
OPPOSITE = "sine=f=440:r=48000,pan=stereo|c0=c0|c1=-1*c0"
UPRIGHT = "sine=f=440:r=48000,pan=stereo|c0=c0|c1=c0"


def joined(path: Path, *captures: list[tuple[str, tuple[str, ...]]], seconds: float = 3) -> Path:
    """Captures of pieces of sound on one clock, each capture with a clock that starts again."""
    data = b""
    for index, pieces in enumerate(captures):
        folder = path.with_name(f"capture{index}")
        folder.mkdir()
        data += captured(folder / "a.ts", pieces, seconds=seconds).read_bytes()
    path.write_bytes(data)
    return path


def pitches(samples: np.ndarray, *, seconds: float, num_pieces: int) -> list[int]:
    middles = [(k + 0.5) * seconds for k in range(num_pieces)]
    return [10 * round(pitch(samples[int((m - 1) * RATE) : int((m + 1) * RATE)]) / 10) for m in middles]


@pytest.mark.parametrize("is_second", [False, True])
def test_sound_that_changes_within_a_capture_is_heard_throughout(tmp_path: Path, is_second: bool) -> None:
    changing = [(tone(440), AAC), (tone(880, rate_hz=44100, channels="mono"), AAC)]
    steady = [(tone(660), AAC)]
    captures, expected = ([changing, steady], [440, 880, 660])
    if is_second:
        captures, expected = ([steady, changing], [660, 440, 880])
    path = joined(tmp_path / "a.ts", *captures)
    samples = heard(path)
    probe = Probe.load(tmp_path / "a.json")
    assert len(probe.stretches) == 2 and probe.audio is not None and probe.audio.num_changes == 1
    assert len(samples) == round(probe.duration_seconds * RATE)
    assert pitches(samples, seconds=3, num_pieces=3) == expected
    across = heard_in_clip(path, 2, 7)[0]
    for start, hertz in zip((0.2, 2, 4.3), expected, strict=True):
        at = round(start * 48000)
        assert pitch(across[at : at + 24000], 48000) == pytest.approx(hertz, abs=5)


def test_times_are_kept_in_each_capture(tmp_path: Path) -> None:
    """A beep two seconds into each piece stays there."""
    beep = "aevalsrc='0.5*sin(2*PI*600*t)*between(t,2,2.1)':s={0},aformat=channel_layouts={1}"
    pieces = [(beep.format(48000, "stereo"), AAC), (beep.format(44100, "mono"), AAC)]
    samples = heard(joined(tmp_path / "a.ts", pieces, pieces))
    loud = np.flatnonzero(np.abs(samples) > 0.1) / RATE
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-1) > 0.5)]
    assert starts == pytest.approx([2, 5, 8, 11], abs=0.06)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_channel_is_turned_in_the_capture_where_it_is_upside_down(tmp_path: Path, is_first: bool) -> None:
    sounds = (OPPOSITE, UPRIGHT) if is_first else (UPRIGHT, OPPOSITE)
    path = joined(tmp_path / "a.ts", *([(sound, AAC)] for sound in sounds))
    samples = heard(path)
    assert pitches(samples, seconds=3, num_pieces=2) == [440, 440]
    assert all(np.abs(samples[at : at + 8000]).max() > 0.05 for at in (8000, 32000))
    probe = probe_file(path, game="game", part="1")
    assert [stretch.is_inverted for stretch in probe.stretches] == [is_first, not is_first]
    zeros = np.zeros((1, 1), dtype=np.float32)
    scores = Scores(zeros, np.zeros(1), 15.0, 5.0, ("Moment",), "random", (), 4.0, 10.0, {})
    assert "sound_inverted" in [row.code for row in recording_notices({"1": scores}, {"1": probe})]
    left, right = heard_in_clip(path, 1, 5)
    both = (left + right) / 2
    assert all(np.abs(both[at : at + 24000]).max() > 0.05 for at in (24000, 144000))
