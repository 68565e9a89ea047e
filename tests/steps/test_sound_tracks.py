"""Which sound track is used: the default one; if it is silent, the fullest that is not; then the first."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.media.lossless import LosslessCut, join_packets
from matchreel.media.probe import probe_file
from matchreel.media.sound_tracks import look_at_sound
from matchreel.media.tools import ffmpeg_path
from matchreel.recording_notices import recording_notices
from matchreel.records import Scores
from matchreel.timeline import Interval
from support.odd_sound import SILENCE, heard, heard_in_clip, pitch, record, tone


def default_is(track: int, num_tracks: int) -> list[str]:
    return [
        word for k in range(num_tracks) for word in (f"-disposition:a:{k}", "default" if k == track else "0")
    ]


def scores(scorer: str = "excitement") -> Scores:
    zeros = np.zeros((1, 1), dtype=np.float32)
    return Scores(
        zeros, np.zeros(1), 15.0, 5.0, ("Moment",), scorer, (), 4.0, 10.0, {"loudness": zeros[:, 0]}
    )


@pytest.mark.parametrize(
    ("sounds", "default", "expected", "notice"),
    [
        ([SILENCE, tone(440)], 0, 440, "part 1: sound track 1 is silent, so track 2 of 2 is used"),
        (
            [tone(440), tone(880)],
            1,
            880,
            "part 1 has 2 sound tracks: track 2 is used, the recording's default",
        ),
        ([tone(440), SILENCE], 1, 440, "part 1: sound track 2 is silent, so track 1 of 2 is used"),
        (
            [SILENCE, tone(440, channels="mono"), tone(880, channels="5.1"), tone(1200)],
            0,
            880,
            "part 1: sound track 1 is silent, so track 3 of 4 is used",
        ),
        ([SILENCE, SILENCE], 1, 0, "part 1 has 2 sound tracks: track 2 is used, the recording's default"),
        ([tone(440)], 0, 440, None),
    ],
)
def test_one_rule_for_wav_clips_and_notices(
    tmp_path: Path, sounds: list[str], default: int, expected: int, notice: str | None
) -> None:
    path = record(tmp_path / "a.mkv", sounds, "-c:a", "ac3", *default_is(default, len(sounds)), seconds=3)
    assert pitch(heard(path)) == pytest.approx(expected, abs=2)
    assert pitch(heard_in_clip(path, 1, 2)[0], 48000) == pytest.approx(expected, abs=2)
    probe = probe_file(path, game="game", part="1")
    notices = [row.text for row in recording_notices({"1": scores()}, {"1": probe})]
    assert [text for text in notices if "track" in text] == ([notice] if notice else [])
    assert ("no sound in part 1: judged by picture alone" in notices) == (expected == 0)


def test_a_track_without_a_packet_and_one_with_a_single_beep_are_silent(tmp_path: Path) -> None:
    beep = "sine=f=300:d=0.2,aformat=channel_layouts=stereo,apad"
    few = "color=s=64x36:r=2"
    path = record(tmp_path / "a.mkv", [beep, tone(440)], "-c:a", "pcm_s16le", seconds=40, picture=few)
    assert probe_file(path, game="game", part="1").audio.track == 1  # type: ignore[union-attr]
    empty = tmp_path / "empty.mkv"
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-i", str(path), "-map", "0", "-c", "copy"]
    subprocess.run([*command, "-bsf:a:0", "noise=drop=1", str(empty)], check=True)
    audio = probe_file(empty, game="game", part="1").audio
    assert audio is not None
    assert (audio.track, audio.silent_track) == (1, 0)


def test_the_copied_reel_has_the_same_track(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mkv", [SILENCE, tone(440)], "-c:a", "pcm_s16le")
    join_packets([LosslessCut(path, Interval(1, 3), 0.0, "one", track=1)], tmp_path / "reel.mkv")
    with av.open(str(tmp_path / "reel.mkv")) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert pitch(sound.reshape(-1, 2)[:, 0].astype(np.float32) / 32768, 48000) == pytest.approx(440, abs=2)


def test_long_recordings_are_listened_to_in_places(tmp_path: Path) -> None:
    """Sound in the last two thirds of a track is sound, however late it begins."""
    late = "aevalsrc='0.2*sin(2*PI*440*t)*gt(t,40)':s=8000,aformat=channel_layouts=stereo"
    sounds, few = [late, "sine=f=880:r=8000"], "color=s=64x36:r=1"
    path = record(tmp_path / "a.mkv", sounds, "-c:a", "pcm_s16le", seconds=100, picture=few)
    assert probe_file(path, game="game", part="1").audio.track == 0  # type: ignore[union-attr]


def test_a_single_beep_between_the_places_is_sound(tmp_path: Path) -> None:
    beep = "aevalsrc='0.5*sin(2*PI*440*t)*between(t,90,90.1)':s=8000"
    path = record(tmp_path / "a.mkv", [beep], "-c:a", "pcm_s16le", seconds=240, picture="color=s=64x36:r=1")
    assert probe_file(path, game="game", part="1").audio.is_audible  # type: ignore[union-attr]
    assert not look_at_sound(path, 0).is_audible
    silent = record(tmp_path / "b.mkv", [SILENCE], "-c:a", "pcm_s16le", picture="color=s=64x36:r=1")
    assert not probe_file(silent, game="game", part="1").audio.is_audible  # type: ignore[union-attr]
