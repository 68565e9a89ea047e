"""Two channels of which one is upside down: their mean is silence, so one is turned, and it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matchreel.media.probe import probe_file
from support.odd_sound import captured, heard, heard_in_clip, pitch, record, tone

OPPOSITE = "sine=f=440:r=48000,pan=stereo|c0=c0|c1=-1*c0"


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "ac3"])
def test_it_is_heard_in_one_channel(tmp_path: Path, codec: str) -> None:
    path = record(tmp_path / "a.mkv", [OPPOSITE], "-c:a", codec, seconds=3)
    assert probe_file(path, game="game", part="1").audio.is_inverted  # type: ignore[union-attr]
    assert pitch(heard(path)) == pytest.approx(440, abs=2)
    assert np.abs(heard(path)).max() > 0.1
    left, right = heard_in_clip(path, 1, 2)
    assert pitch((left + right) / 2, 48000) == pytest.approx(440, abs=2)


def test_and_where_the_format_changes(tmp_path: Path) -> None:
    aac = ("-c:a", "aac")
    path = captured(
        tmp_path / "a.ts", [(OPPOSITE, aac), (OPPOSITE.replace("48000", "44100"), aac)], seconds=3
    )
    samples = heard(path)
    assert all(pitch(samples[at : at + 8000]) == pytest.approx(440, abs=3) for at in (8000, 32000))


@pytest.mark.parametrize("moved", [(), ("-streamid", "1:777")], ids=["format", "pid"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_channel_is_turned_where_it_is_upside_down_alone(
    tmp_path: Path, is_first: bool, moved: tuple
) -> None:
    upright = "sine=f=440:r={0},pan=stereo|c0=c0|c1=c0"
    sounds = (
        [OPPOSITE.replace("48000", "{0}"), upright]
        if is_first
        else [upright, OPPOSITE.replace("48000", "{0}")]
    )
    pieces = [
        (sounds[0].format(48000), ("-c:a", "aac")),
        (sounds[1].format(44100), ("-c:a", "aac", *moved)),
    ]
    path = captured(tmp_path / "a.ts", pieces, seconds=4)
    audio = probe_file(path, game="game", part="1").audio
    assert audio is not None and audio.is_inverted
    assert [stretch.is_inverted for stretch in audio.stretches] == [is_first, not is_first]
    assert audio.num_changes == 1
    samples = heard(path)
    assert all(pitch(samples[at : at + 12000]) == pytest.approx(440, abs=3) for at in (8000, 44000))
    assert all(np.abs(samples[at : at + 12000]).max() > 0.05 for at in (8000, 44000))


@pytest.mark.parametrize(
    "sound",
    [
        tone(440),
        "sine=f=440:r=48000[a];sine=f=500:r=48000[b];[a][b]amerge",
        "sine=f=440:r=48000,pan=stereo|c0=c0|c1=0*c0",
    ],
    ids=["equal", "apart", "one side"],
)
def test_other_stereo_is_left_alone(tmp_path: Path, sound: str) -> None:
    path = record(tmp_path / "a.mkv", [sound], "-c:a", "pcm_s16le", seconds=2)
    assert not probe_file(path, game="game", part="1").audio.is_inverted  # type: ignore[union-attr]
