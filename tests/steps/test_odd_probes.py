"""What the probe writes can be read again, whatever a recording says of itself; what is no recording is refused."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from matchreel.errors import InputError, ToolError
from matchreel.media.audio import extract_audio, read_wav
from matchreel.media.cut import Encoding, cut_clip
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file, probe_media
from matchreel.records import Probe
from matchreel.timeline import FrameGrid, Interval
from support.media import clicks, read_shown
from support.odd_media import encode, remux

PLAIN = Encoding(
    crf=12, preset="ultrafast", audio_bitrate_kbps=128, height=None, rate_fps=None, fade_seconds=0.0
)


def written(path: Path) -> Probe:
    """As the next steps read it."""
    probe_path = path.with_suffix(".json")
    probe_media(video_path=path, probe_path=probe_path, game="game", part="1")
    return Probe.load(probe_path)


def test_sound_that_begins_after_all_that_ffmpeg_looks_at_first(tmp_path: Path) -> None:
    late = ("-c:a", "mp2", "-muxrate", "8M", "-af", "asetpts=PTS+7/TB")
    path = encode(tmp_path / "late.ts", num_frames=250, options=late)
    probe = written(path)
    assert probe.audio is not None
    assert (probe.audio.sample_rate_hz, probe.audio.num_channels) == (48000, 2)
    assert "sound starts 7.0 s after the picture" in probe.problems
    extract_audio(
        video_path=path, probe_path=path.with_suffix(".json"), wav_path=tmp_path / "1.wav", sample_rate_hz=16000,
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    (samples,) = read_wav(tmp_path / "1.wav", start_sample=0, num_samples=None, block_samples=10**8)
    assert [at for at in clicks(samples, 16000) if at < 9.9] == pytest.approx([8.0, 9.0], abs=0.03)
    clip = cut_clip(
        video_path=path, probe=probe, interval=Interval(7.5, 9.5), clip_path=tmp_path / "clip.mp4",
        encoding=PLAIN, ffmpeg="bundled",
    )  # fmt: skip
    assert list(read_shown(clip.clip_path).clicks) == pytest.approx([0.5, 1.5], abs=0.03)


@pytest.mark.parametrize("seconds", [7, 3600])
def test_few_pictures(tmp_path: Path, seconds: int) -> None:
    source = encode(tmp_path / "a.mkv", num_frames=4, sound=False, options=("-g", "1"))
    slow = remux(source, tmp_path / "slow.mkv", "-bsf:v", f"setts=ts=N*{seconds}*1000:duration={seconds}000")
    probe = written(slow)
    assert probe.video is not None
    assert probe.video.rate_fps == 1
    assert probe.video.is_variable_rate
    assert probe.duration_seconds == pytest.approx(4 * seconds, abs=seconds)


def test_pictures_that_are_stored_seconds_before_they_are_shown(tmp_path: Path) -> None:
    reordered = ("-bf", "8", "-x264-params", "b-adapt=0:b-pyramid=normal")
    probe = written(
        encode(tmp_path / "a.mkv", rate_fps=Fraction(1), num_frames=40, sound=False, options=reordered)
    )
    assert probe.duration_seconds == 40
    assert probe.stretches == ()


def test_more_than_a_day_is_refused_at_once(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mkv", num_frames=30, sound=False, options=("-g", "1"))
    long = remux(source, tmp_path / "long.mkv", "-bsf:v", "setts=ts=N*3500*1000:duration=3500000")
    with pytest.raises(InputError, match=r"it lasts 1(69|75)\d:\d\d, more than a day"):
        probe_file(long, game="game", part="1")


def test_no_probe_is_written_that_cannot_be_read(tmp_path: Path) -> None:
    probe = probe_file(encode(tmp_path / "a.mkv"), game="game", part="1")
    for odd in ({"duration_seconds": 0.0}, {"duration_seconds": float("nan")}, {"duration_seconds": 90000.0}):
        broken = Probe(**{**vars(probe), **odd})
        with pytest.raises(InputError, match="what was measured in it"):
            broken.save(tmp_path / "1.json")
        assert not (tmp_path / "1.json").exists()
    rate = Fraction(0)
    assert probe.video is not None
    still = type(probe.video)(**{**vars(probe.video), "rate_fps": rate})
    with pytest.raises(InputError, match="not above 0"):
        Probe(**{**vars(probe), "video": still}).save(tmp_path / "1.json")


PLAYLISTS = {
    "hls": "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXTINF:4.0,\n{secret}\n#EXT-X-ENDLIST\n",
    "concat": "ffconcat version 1.0\nfile '{secret}'\n",
    "concat with an option": "ffconcat version 1.0\nfile file:{secret}\nduration 4\n",
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"'
    ' mediaPresentationDuration="PT4S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1"'
    ' bandwidth="1"><BaseURL>file:{secret}</BaseURL></Representation></AdaptationSet></Period></MPD>',
}


@pytest.mark.parametrize("name", ["1.m3u8", "1.mp4", "1.ffconcat", "1.ts", "1.mkv"])
@pytest.mark.parametrize("kind", list(PLAYLISTS))
def test_nothing_opens_a_second_file(tmp_path: Path, kind: str, name: str) -> None:
    secret = encode(tmp_path / "secret.ts", options=("-c:a", "mp2"))
    path = tmp_path / name
    path.write_text(PLAYLISTS[kind].format(secret=secret), encoding="utf-8")
    with pytest.raises(InputError, match="this cannot be read as a video: it is text, such as a playlist"):
        probe_file(path, game="game", part="1")


def test_nor_does_one_that_took_the_place_of_a_recording(tmp_path: Path) -> None:
    secret = encode(tmp_path / "secret.ts", options=("-c:a", "mp2"))
    (tmp_path / "1.mp4").write_text(f"ffconcat version 1.0\nfile '{secret}'\n", encoding="utf-8")
    probe = replace(probe_file(secret, game="game", part="1"), path=str(tmp_path / "1.mp4"))
    frames = read_frames(
        probe=probe, grid=FrameGrid(Fraction(5), 4), height=36, width=64, fit="squash", ffmpeg="bundled",
        threads=1, batch_steps=4, pixel_format="gray",
    )  # fmt: skip
    with pytest.raises(ToolError, match="Format not on whitelist"):
        next(frames)


def test_pictures_in_numbered_files_are_no_recording(tmp_path: Path) -> None:
    encode(tmp_path / "a%03d.png", sound=False, num_frames=5, options=("-c:v", "png", "-f", "image2"))
    for name in ("a001.png", "a%03d.png"):
        (tmp_path / "a%03d.png").touch()
        with pytest.raises(InputError):
            probe_file(tmp_path / name, game="game", part="1")
