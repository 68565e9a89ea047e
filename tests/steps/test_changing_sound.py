"""Sound that changes its track, PID, codec or format in mid-stream is heard throughout, at its time."""

from __future__ import annotations

import resource
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from matchreel.errors import InputError
from matchreel.media.changing_sound import SoundWindow, write_mono, write_windows
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.recording_notices import recording_notices
from matchreel.records import Probe, Scores, SoundStretch
from matchreel.timeline import FrameGrid
from support.odd_sound import RATE, SILENCE, captured, heard, heard_in_clip, pitch, record, tone

AAC, MP2, AC3 = ("-c:a", "aac"), ("-c:a", "mp2"), ("-c:a", "ac3")
MOVED = ("-streamid", "1:777")
STEADY = (tone(440), AAC)


def pitches(path: Path, seconds: float = 4, num_pieces: int = 2) -> list[int]:
    """The pitch of the middle of every piece, as extract_audio hears it."""
    samples = heard(path)
    assert len(samples) == pytest.approx(num_pieces * seconds * RATE, abs=0.1 * RATE)
    middles = [(k + 0.5) * seconds for k in range(num_pieces)]
    return [10 * round(pitch(samples[int((m - 1) * RATE) : int((m + 1) * RATE)]) / 10) for m in middles]


@pytest.mark.parametrize(
    "after",
    [
        (tone(880, channels="5.1"), AAC),
        (tone(880, rate_hz=44100), AAC),
        (tone(880, channels="mono"), AAC),
        (tone(880, channels="mono"), (*MP2, *MOVED)),
        (tone(880), (*AAC, *MOVED)),
        (tone(880), (*AC3, *MOVED)),
        (tone(880), AC3),
    ],
    ids=["5.1", "rate", "mono", "pid and codec", "pid", "pid and surround codec", "codec"],
)
def test_heard_after_the_change(tmp_path: Path, after: tuple[str, tuple[str, ...]]) -> None:
    path = captured(tmp_path / "a.ts", [STEADY, after])
    assert pitches(path) == [440, 880]
    assert pitch(heard_in_clip(path, 5.5, 6.5)[0], 48000) == pytest.approx(880, abs=3)
    across = heard_in_clip(path, 2, 6)
    first, second = across[0, 48000:60000], across[0, 132000:144000]
    assert pitch(first, 48000) == pytest.approx(440, abs=5)
    assert pitch(second, 48000) == pytest.approx(880, abs=5)
    loud = np.abs(across[0, :187200]).reshape(-1, 4800).max(axis=1)
    assert (loud[1:-1] > 0.02).mean() > 0.9


def test_an_advert_in_between_in_another_format(tmp_path: Path) -> None:
    padded = ("-muxrate", "8M")
    moved = (tone(880, channels="mono"), (*MP2, *MOVED, *padded))
    steady = (tone(440), (*AAC, *padded))
    path = captured(tmp_path / "a.ts", [steady, moved, steady], seconds=8)
    with av.open(str(path)) as container:
        assert len(container.streams.audio) == 1  # whoever opens the file does not see the other one
    assert pitches(path, 8, num_pieces=3) == [440, 880, 440]
    probe = probe_file(path, game="game", part="1")
    assert probe.audio is not None
    assert probe.audio.num_changes == 2
    assert Probe(**vars(probe)) == probe
    probe.save(tmp_path / "p.json")
    assert Probe.load(tmp_path / "p.json") == probe
    zeros = np.zeros((1, 1), dtype=np.float32)
    scores = Scores(zeros, np.zeros(1), 15.0, 5.0, ("Moment",), "random", (), 4.0, 10.0, {})
    (notice,) = recording_notices({"1": scores}, {"1": probe})
    assert notice.text.startswith("part 1: the sound's track or format changes (places: 2)")


def test_a_second_track_takes_over_where_the_first_has_nothing(tmp_path: Path) -> None:
    first, second = (
        record(tmp_path / "1.mkv", [tone(440)], *MP2),
        record(tmp_path / "2.mkv", [tone(880)], *MP2),
    )
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-y"]
    whole = record(tmp_path / "0.mkv", [SILENCE], *MP2, seconds=8)
    inputs = ["-i", str(whole), "-i", str(first), "-itsoffset", "4", "-i", str(second)]
    maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-c", "copy"]
    for suffix in (".mkv", ".ts"):
        path = tmp_path / f"a{suffix}"
        subprocess.run([*command, *inputs, *maps, str(path)], check=True)
        assert pitches(path) == [440, 880]


def test_times_are_kept_across_the_change(tmp_path: Path) -> None:
    """A beep three seconds into each piece stays there."""
    beep = "aevalsrc='0.5*sin(2*PI*600*t)*between(t,3,3.1)':s={0},aformat=channel_layouts={1}"
    pieces = [(beep.format(48000, "stereo"), AAC), (beep.format(44100, "mono"), AAC)]
    samples = heard(captured(tmp_path / "a.ts", pieces))
    loud = np.flatnonzero(np.abs(samples) > 0.1) / RATE
    starts = loud[np.flatnonzero(np.diff(loud, prepend=-1) > 0.5)]
    assert starts == pytest.approx([3, 7], abs=0.03)


def test_steady_sound_has_no_stretches(tmp_path: Path) -> None:
    for name, codec in (("a.ts", AAC), ("b.mkv", AC3), ("c.mp4", AAC), ("d.flv", AAC)):
        audio = probe_file(record(tmp_path / name, [tone(440)], *codec), game="game", part="1").audio
        assert audio is not None
        assert (audio.stretches, audio.num_changes) == ((), 0)


def test_picture_and_sound_move_together(tmp_path: Path) -> None:
    """A second encoder takes over, all of whose PIDs are others: neither picture nor sound ends there."""
    padded = (*AAC, "-muxrate", "8M")
    moved = (tone(880), (*padded, "-mpegts_start_pid", "0x300"))
    path = captured(tmp_path / "a.ts", [(tone(440), padded), moved], seconds=8)
    probe = probe_file(path, game="game", part="1")
    assert probe.duration_seconds == pytest.approx(16, abs=0.1)
    assert pitches(path, 8) == [440, 880]
    grid = FrameGrid.over(probe.duration_seconds, Fraction(2))
    batches = read_frames(
        probe=probe, grid=grid, height=36, width=64, fit="squash", ffmpeg="bundled", threads=1, batch_steps=8,
        pixel_format="gray",
    )  # fmt: skip
    assert len(np.concatenate(list(batches))) == 32


def test_many_windows_are_written_with_few_open_files(tmp_path: Path) -> None:
    path = captured(tmp_path / "a.ts", [STEADY, (tone(880, rate_hz=44100), AAC)])
    probe = probe_file(path, game="game", part="1")
    starts = [round(k * 6.5 * RATE / 99) for k in range(100)]
    windows = [SoundWindow(tmp_path / f"{k}.wav", start, RATE // 2) for k, start in enumerate(starts)]
    # Beyond the end there is silence.
    windows.append(SoundWindow(tmp_path / "late.wav", 9 * RATE, RATE))
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 40, before[1]))
    try:
        write_windows(path, probe, windows, sample_rate_hz=RATE, fade_seconds=0.01)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    heard_in = [soundfile.read(str(window.wav_path))[0] for window in windows]
    assert [len(samples) for samples in heard_in] == [window.num_samples for window in windows]
    assert pitch(heard_in[0][:, 0]) == pytest.approx(440, abs=3)
    assert pitch(heard_in[99][:, 0]) == pytest.approx(880, abs=3)
    assert not heard_in[100].any()


@pytest.mark.parametrize("num_broken", [1, 60])
def test_damage_in_it_is_told_and_too_much_is_refused(tmp_path: Path, num_broken: int, caplog) -> None:
    ac3 = ("-c:a", "ac3", "-b:a", "192k")
    path = record(tmp_path / "whole.mkv", ["anoisesrc=r=48000:seed=1"], *ac3, seconds=6)
    with av.open(str(path)) as container:
        packets = [bytes(packet) for packet in container.demux(audio=0) if packet.size]
    content = path.read_bytes()
    for packet in packets[60 : 60 + num_broken]:
        at = content.index(packet)
        content = content[:at] + bytes(len(packet)) + content[at + len(packet) :]
    path.write_bytes(content)
    probe = probe_file(path, game="game", part="1")
    assert probe.audio is not None
    halves = (SoundStretch(0.0, 1.0, 0), SoundStretch(1.0, 6.0, 0))
    probe = replace(probe, audio=replace(probe.audio, stretches=halves, num_changes=1))
    if num_broken > 1:
        with pytest.raises(InputError, match="its sound is damaged for"):
            write_mono(path, probe, tmp_path / "a.wav", sample_rate_hz=RATE)
        return
    write_mono(path, probe, tmp_path / "a.wav", sample_rate_hz=RATE)
    assert "note: the sound is damaged at 00:01;" in caplog.text
