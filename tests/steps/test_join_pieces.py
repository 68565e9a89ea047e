"""A part in several files is one recording on one clock: every picture and click where it would be in one file."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.part_files import join_pieces
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from support.media import clicks as found_clicks
from support.media import read_number
from support.odd_media import encode, remux

NTSC = Fraction(30000, 1001)
AAC = ("-c:a", "aac", "-b:a", "64k")


def split(path: Path, *, at_seconds: str, suffix: str) -> list[Path]:
    """The recording as a camera would have stored it: file after file, each on a clock of its own."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-i", f"file:{path}", "-map", "0"]
    command += ["-c", "copy", "-f", "segment", "-segment_times", at_seconds, "-reset_timestamps", "1"]
    subprocess.run([*command, f"file:{path.with_name('piece%d')}{suffix}"], check=True)
    return sorted(path.parent.glob(f"piece*{suffix}"))


def shown(path: Path) -> tuple[list[int], np.ndarray]:
    """The numbers in the pictures, and when each is shown, counted from the first."""
    with av.open(str(path)) as container:
        frames = [
            (read_number(frame.to_ndarray(format="gray")), frame.time) for frame in container.decode(video=0)
        ]
    numbers, times = zip(*frames, strict=True)
    return list(numbers), np.array(times) - times[0]


def clicks(tmp_path: Path, video_path: Path) -> np.ndarray:
    """When clicks are heard, on the picture's clock."""
    probe_path, wav_path = tmp_path / "joined.json", tmp_path / "joined.wav"
    probe_file(video_path, game="g", part="1").save(probe_path)
    extract_audio(
        video_path=video_path, probe_path=probe_path, wav_path=wav_path, sample_rate_hz=16000,
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    blocks = read_wav(wav_path, start_sample=0, num_samples=None, block_samples=16000)
    return np.asarray(found_clicks(np.concatenate(list(blocks)), 16000))


def joined(tmp_path: Path, pieces: list[Path], suffix: str) -> Path:
    path = tmp_path / f"joined{suffix}"
    join_pieces(piece_paths=pieces, video_path=path, game="g", part="1")
    return path


@pytest.mark.parametrize(
    ("rate_fps", "options", "suffix", "joined_suffix"),
    [
        (Fraction(25), (*AAC, "-g", "25"), ".mp4", ".mp4"),
        (NTSC, (*AAC, "-g", "15", "-bf", "2"), ".mp4", ".mp4"),
        (NTSC, ("-c:a", "pcm_s16le", "-g", "15"), ".mkv", ".mkv"),
        (Fraction(50), (*AAC, "-g", "25", "-bf", "2"), ".ts", ".mkv"),
    ],
    ids=["mp4", "mp4 with B-frames", "mkv", "ts"],
)  # fmt: skip
def test_every_picture_and_click_is_where_it_was(tmp_path, rate_fps, options, suffix, joined_suffix):
    num_frames = round(9 * rate_fps)
    whole = encode(tmp_path / f"whole{suffix}", rate_fps=rate_fps, num_frames=num_frames, options=options)
    pieces = split(whole, at_seconds="2,3,6", suffix=suffix)
    assert len(pieces) == 4
    path = joined(tmp_path, pieces, joined_suffix)
    numbers, times = shown(path)
    assert numbers == list(range(num_frames))
    # Matroska rounds each time to a millisecond; no error adds up.
    assert times == pytest.approx(np.arange(num_frames) / float(rate_fps), abs=0.0011)
    probe = probe_file(path, game="g", part="1")
    assert probe.duration_seconds == pytest.approx(float(num_frames / rate_fps), abs=0.002)
    assert probe.video and probe.video.rate_fps == rate_fps and not probe.video.is_variable_rate
    assert clicks(tmp_path, path) == pytest.approx(np.arange(1, 9), abs=0.025)


def test_a_pause_between_files_is_no_part_of_the_clock_and_a_silent_piece_keeps_its_time(tmp_path):
    first = encode(tmp_path / "a.mp4", num_frames=50, options=(*AAC, "-g", "25"))
    silent = encode(tmp_path / "b.mp4", num_frames=50, sound=False, options=("-g", "25"))
    last = encode(tmp_path / "c.mp4", num_frames=75, options=(*AAC, "-g", "25"))
    path = joined(tmp_path, [first, silent, last], ".mp4")
    numbers, times = shown(path)
    assert numbers == [*range(50), *range(50), *range(75)]
    assert times == pytest.approx(np.arange(175) / 25, abs=1e-4)
    assert clicks(tmp_path, path) == pytest.approx([1, 5, 6], abs=0.025)


def test_sound_that_only_a_later_piece_has_is_heard_there(tmp_path):
    silent = encode(tmp_path / "a.mp4", num_frames=50, sound=False, options=("-g", "25"))
    last = encode(tmp_path / "b.mp4", num_frames=75, options=(*AAC, "-g", "25"))
    path = joined(tmp_path, [silent, last], ".mp4")
    assert shown(path)[0] == [*range(50), *range(75)]
    assert clicks(tmp_path, path) == pytest.approx([3, 4], abs=0.025)


def test_pieces_after_a_silent_one_must_sound_alike(tmp_path):
    sounding = {"num_frames": 25, "options": (*AAC, "-g", "25")}
    pieces = [
        encode(tmp_path / "a.mp4", num_frames=25, sound=False, options=("-g", "25")),
        encode(tmp_path / "b.mp4", **sounding),
        encode(tmp_path / "c.mp4", num_channels=1, **sounding),
    ]
    with pytest.raises(InputError, match=r"c\.mp4 is encoded differently than b\.mp4"):
        joined(tmp_path, pieces, ".mp4")


def test_a_track_that_nothing_decodes_is_left_out(tmp_path, caplog):
    pieces = []
    for name in ("a.mov", "b.mov"):
        piece = encode(tmp_path / name, num_frames=50, options=("-c:a", "pcm_s16le", "-g", "25"))
        two = remux(piece, tmp_path / f"two-{name}", "-map", "0:v", "-map", "0:a", "-map", "0:a")
        content = two.read_bytes()
        at = content.rindex(b"sowt", 0, content.rindex(b"sowt") + 4)
        pieces.append(two)
        two.write_bytes(content[:at] + b"zzzz" + content[at + 4 :])
    with av.open(str(pieces[0])) as container:
        assert [stream.codec_context is None for stream in container.streams.audio] == [False, True]
    path = joined(tmp_path, pieces, ".mov")
    with av.open(str(path)) as container:
        assert len(container.streams.audio) == 1
    assert clicks(tmp_path, path) == pytest.approx([1, 3], abs=0.025)
    assert "sound that cannot be decoded is left out (tracks: 1)" in caplog.text


def test_quicktime_stays_quicktime_so_that_prores_and_pcm_can_be_joined(tmp_path):
    options = ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s24le")
    pieces = [encode(tmp_path / name, num_frames=25, options=options) for name in ("a.mov", "b.mov")]
    path = joined(tmp_path, pieces, ".mov")
    assert shown(path)[0] == [*range(25), *range(25)]
    assert probe_file(path, game="g", part="1").video.codec == "prores"  # type: ignore[union-attr]


def test_a_name_may_be_wrong_about_the_container(tmp_path):
    options = {"num_frames": 50, "options": (*AAC, "-g", "25")}
    first, other = encode(tmp_path / "a.mp4", **options), encode(tmp_path / "b.mkv", **options)
    path = joined(tmp_path, [first, other.rename(tmp_path / "b.mp4")], ".mp4")
    numbers, times = shown(path)
    assert numbers == [*range(50), *range(50)]
    assert times == pytest.approx(np.arange(100) / 25, abs=0.0011)


def test_a_turned_phone_stays_turned_and_every_sound_track_comes_along(tmp_path):
    plain = encode(tmp_path / "plain.mp4", num_frames=25, options=(*AAC, "-g", "25"))
    pieces = []
    for name in ("a.mp4", "b.mp4"):
        pieces.append(tmp_path / name)
        command = [ffmpeg_path("bundled"), "-loglevel", "error", "-display_rotation", "90", "-i", str(plain)]
        command += ["-i", str(plain), "-map", "0:v", "-map", "0:a", "-map", "1:a", "-c", "copy"]
        subprocess.run([*command, str(pieces[-1])], check=True)
    path = joined(tmp_path, pieces, ".mp4")
    video = probe_file(path, game="g", part="1").video
    assert (
        video and video.rotation_degrees == probe_file(pieces[0], game="g", part="1").video.rotation_degrees
    )
    assert video.rotation_degrees % 180 == 90
    with av.open(str(path)) as container:
        assert len(container.streams.audio) == 2


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"options": (*AAC, "-g", "25", "-vf", "scale=128:72")}, "b.mp4 has 128x72 at 25.000 pictures a second"),
        ({"rate_fps": Fraction(50)}, "b.mp4 has 64x36 at 50.000 pictures a second, a.mp4 64x36 at 25.000"),
        ({"picture": False, "options": AAC}, "b.mp4 has no picture"),
        ({"num_channels": 1}, "b.mp4 is encoded differently than a.mp4"),
    ],
    ids=["size", "rate", "no picture", "sound"],
)  # fmt: skip
def test_pieces_that_do_not_match_are_refused_and_the_remedy_helps(tmp_path, changes, told):
    options: dict[str, Any] = {"num_frames": 25, "options": (*AAC, "-g", "25")}
    first = encode(tmp_path / "a.mp4", **options)
    other = encode(tmp_path / "b.mp4", **options | changes)
    with pytest.raises(InputError) as caught:
        joined(tmp_path, [first, other], ".mp4")
    message = str(caught.value)
    assert told in message and "\n" not in message
    assert not list(tmp_path.glob("joined*")) and not list(tmp_path.glob(".joined*"))
    if "no picture" in told:
        return
    remedy = message.rpartition("in their place: ")[2].rstrip(".").split()
    converted = []
    for path in (first, other):
        converted.append(path.with_name(f"new-{path.stem}.mkv"))
        places = {"PIECE": str(path), "NEW.mkv": str(converted[-1]), "ffmpeg": ffmpeg_path("bundled")}
        subprocess.run([places.get(word, word) for word in remedy], check=True, capture_output=True)
    assert shown(joined(tmp_path, converted, ".mkv"))[0][:25] == list(range(25))


def test_a_damaged_piece_is_named(tmp_path):
    first = encode(tmp_path / "a.mp4", num_frames=25, options=(*AAC, "-g", "25"))
    broken = tmp_path / "b.mp4"
    broken.write_bytes(first.read_bytes()[:2000])
    with pytest.raises(InputError, match=r"b\.mp4: it holds no picture or sound"):
        joined(tmp_path, [first, broken], ".mp4")


def test_the_same_pieces_give_the_same_bytes(tmp_path):
    whole = encode(tmp_path / "whole.mp4", num_frames=75, options=(*AAC, "-g", "25"))
    pieces = split(whole, at_seconds="1,2", suffix=".mp4")
    first, second = (joined(tmp_path, pieces, suffix).read_bytes() for suffix in (".mp4", ".mp4"))
    assert first == second
    assert all(one != two for one, two in pairwise(pieces))
