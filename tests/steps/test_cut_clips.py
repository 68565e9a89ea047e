"""Cutting: exact to the frame wherever a clip lies, the same bytes again, and never a wrong clip left unnoticed."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.errors import InputError, MatchreelError, OutputError
from matchreel.media.cut import ClipRequest, CutClip, Encoding, cut_clip, cut_clips
from matchreel.media.probe import probe_file
from matchreel.media.tools import ffmpeg_path
from matchreel.media.verify import ClipFacts, verify_clip
from matchreel.timeline import Interval
from support.media import read_number, read_shown
from support.odd_media import encode
from support.tiers import quick_only

PLAIN = Encoding(
    crf=18, preset="ultrafast", audio_bitrate_kbps=96, height=None, rate_fps=None, fade_seconds=0.0
)
# Pictures of more than one packet each, as on every disc.
DISC = ("-c:v", "mpeg2video", "-b:v", "5M", "-bf", "2", "-g", "15", "-c:a", "mp2")
MOMENTS = (0.0, 3.3, 9.97, 10.0, 20.02, 33.333, 41.1)


def cut(
    path: Path, start: float, end: float, *, encoding: Encoding = PLAIN, name: str = "clip.mp4"
) -> CutClip:
    probe = probe_file(path, game="game", part="1")
    return cut_clip(
        video_path=path, probe=probe, interval=Interval(start, end), clip_path=path.with_name(name),
        encoding=encoding, ffmpeg="bundled",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "options"),
    quick_only([
        ("long_gop.mkv", ("-c:a", "aac", "-g", "1000")),
        ("b_frames.mp4", ("-c:a", "aac", "-g", "250", "-preset", "veryfast")),
        ("fragments.mp4", ("-c:a", "aac", "-g", "50", "-movflags", "frag_keyframe+delay_moov")),
        ("intra_refresh.mkv", ("-c:a", "aac", "-preset", "veryfast", "-x264-params", "intra-refresh=1")),
        ("broadcast.ts", ("-c:a", "mp2", "-g", "120", "-preset", "veryfast")),
        ("open_gop.ts", ("-c:a", "aac", "-g", "100", "-bf", "3", "-preset", "veryfast", "-x264-params", "open-gop=1")),
        ("disc.mpg", (*DISC, "-vf", "scale=640:-2:flags=neighbor,noise=alls=20:allf=t")),
        ("fields.mpg", (*DISC, "-flags", "+ildct+ilme", "-vf", "scale=640:-2:flags=neighbor,noise=alls=20:allf=t,setfield=tff")),
        ("flash.flv", ("-c:a", "aac", "-g", "250")),
        ("hevc.mkv", ("-c:a", "aac", "-c:v", "libx265", "-x265-params", "log-level=error:pools=1")),
        ("vp8.webm", ("-c:v", "libvpx", "-c:a", "libopus", "-deadline", "realtime", "-b:v", "900k", "-g", "128")),
    ], lambda case: case[0] in ("long_gop.mkv", "broadcast.ts", "open_gop.ts")),
)  # fmt: skip
def test_exact_in_every_container(tmp_path: Path, name: str, options: tuple[str, ...]) -> None:
    path = encode(tmp_path / name, num_frames=1090, options=options)
    probe = probe_file(path, game="game", part="1")
    requests = [ClipRequest(Interval(at, at + 1.2), tmp_path / f"{at}.mp4", None) for at in MOMENTS]
    cuts = cut_clips(
        video_path=path, probe=probe, requests=requests, encoding=PLAIN, ffmpeg="bundled", threads=2
    )
    for at, done in zip(MOMENTS, cuts, strict=True):
        shown = read_shown(done.clip_path)
        first = int((at + 0.001) * 25)
        assert list(shown.numbers) == list(range(first, first + 30))
        assert done.interval.start_seconds == pytest.approx(first / 25, abs=0.0011)
        on_part = shown.clicks + done.interval.start_seconds
        assert on_part == pytest.approx(np.round(on_part), abs=0.0021)
        assert len(on_part) >= 1


def test_same_bytes_whatever_runs_beside_it(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", num_frames=200, options=("-c:a", "aac"))
    probe = probe_file(path, game="game", part="1")
    found = []
    for run, threads in enumerate((1, 3)):
        folder = tmp_path / str(run)
        folder.mkdir()
        requests = [
            ClipRequest(Interval(at, at + 1.5), folder / f"{at}.mp4", folder / f"{at}.wav")
            for at in (1, 2, 4)
        ]
        cut_clips(
            video_path=path, probe=probe, requests=requests, encoding=PLAIN, ffmpeg="bundled", threads=threads
        )
        found.append(
            [(r.clip_path.read_bytes(), r.sound_path and r.sound_path.read_bytes()) for r in requests]
        )
    assert found[0] == found[1]


def test_clip_and_its_wav_are_equally_long(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", rate_fps=Fraction(30000, 1001), options=("-c:a", "aac"))
    probe = probe_file(path, game="game", part="1")
    request = ClipRequest(Interval(0.5, 1.5), tmp_path / "b.mp4", tmp_path / "b.wav")
    (done,) = cut_clips(
        video_path=path, probe=probe, requests=[request], encoding=PLAIN, ffmpeg="bundled", threads=1
    )
    assert done.num_frames == 30
    with av.open(str(tmp_path / "b.wav")) as wav:
        assert (wav.streams.audio[0].rate, wav.streams.audio[0].channels) == (48000, 2)
        assert sum(frame.samples for frame in wav.decode(audio=0)) == 48048


def test_ends_are_clamped(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv")
    done = cut(path, -2.0, 1.0)
    assert (done.interval.start_seconds, done.num_frames) == (0.0, 25)
    done = cut(path, 3.0, 9.0)
    assert (done.interval.end_seconds, done.num_frames) == (4.0, 25)
    assert read_shown(done.clip_path).numbers[-1] == 99


@pytest.mark.parametrize("interval", [(4.0, 6.0), (9.0, 12.0), (2.0, 2.0)])
def test_nothing_to_cut(tmp_path: Path, interval: tuple[float, float]) -> None:
    with pytest.raises(InputError, match=r"there is nothing to cut .* it ends at 00:04"):
        cut(encode(tmp_path / "a.mkv"), *interval)


def test_silent_recording_gets_a_silent_track(tmp_path: Path) -> None:
    shown = read_shown(cut(encode(tmp_path / "a.mkv", sound=False), 1, 3).clip_path)
    assert not shown.samples.any()
    assert len(shown.samples) == pytest.approx(2 * 48000, abs=1024)
    assert shown.numbers[0] == 25


def test_sound_alone_gets_a_black_picture(tmp_path: Path) -> None:
    done = cut(encode(tmp_path / "a.m4a", picture=False), 0.5, 2.5)
    shown = read_shown(done.clip_path)
    assert len(shown.pictures) == 50
    assert shown.pictures.max() < 20
    assert shown.clicks == pytest.approx([0.5, 1.5], abs=0.002)


def test_pictures_come_out_square_upright_progressive(tmp_path: Path) -> None:
    fields = ("-flags", "+ildct+ilme", "-x264opts", "tff=1", "-vf", "setfield=tff", "-aspect", "4:3")
    encode(tmp_path / "a.mp4", options=fields)
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-display_rotation", "-90"]
    command += ["-i", str(tmp_path / "a.mp4"), "-c", "copy", str(tmp_path / "b.mp4")]
    subprocess.run(command, check=True)
    done = cut(tmp_path / "b.mp4", 1, 2)
    with av.open(str(done.clip_path)) as clip:
        frame = next(clip.decode(video=0))
        stream = clip.streams.video[0]
        assert (frame.width, frame.height) == (48, 64)  # 64x36 as 4:3 is 64x48, turned
        assert stream.sample_aspect_ratio in (None, 0, 1)
        assert not frame.interlaced_frame
        turned_back = np.rot90(frame.to_ndarray(format="gray"))
        assert read_number(turned_back) == 25


@pytest.mark.parametrize(
    ("encoding", "size"),
    [
        (PLAIN, (60, 32)),
        (replace(PLAIN, height=72), (134, 72)),
        (replace(PLAIN, height=72, width=128), (128, 72)),
        (replace(PLAIN, height=72, width=200), (200, 72)),
    ],
)
def test_even_sizes(tmp_path: Path, encoding: Encoding, size: tuple[int, int]) -> None:
    odd = ("-pix_fmt", "yuv444p", "-vf", "scale=61:33:flags=neighbor")
    done = cut(encode(tmp_path / "a.mkv", options=odd), 1, 2, encoding=encoding)
    with av.open(str(done.clip_path)) as clip:
        frame = next(clip.decode(video=0))
        assert (frame.width, frame.height, frame.format.name) == (*size, "yuv420p")


def test_another_rate(tmp_path: Path) -> None:
    done = cut(encode(tmp_path / "a.mkv"), 1, 3, encoding=replace(PLAIN, rate_fps=Fraction(50)))
    assert list(read_shown(done.clip_path).numbers) == [25 + k // 2 for k in range(100)]
    done = cut(tmp_path / "a.mkv", 1, 3, encoding=replace(PLAIN, rate_fps=Fraction(25, 2)))
    assert list(read_shown(done.clip_path).numbers) == [25 + 2 * k for k in range(25)]


def test_sound_fades_at_both_ends(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "a.mkv", options=("-af", "aeval=0.5*sin(2*PI*400*t):c=same", "-c:a", "pcm_s16le")
    )
    probe = probe_file(path, game="game", part="1")
    request = ClipRequest(Interval(1, 2), tmp_path / "b.mp4", tmp_path / "b.wav")
    encoding = replace(PLAIN, fade_seconds=0.1)
    cut_clips(
        video_path=path, probe=probe, requests=[request], encoding=encoding, ffmpeg="bundled", threads=1
    )
    loud = np.abs(read_shown_wav(tmp_path / "b.wav"))
    assert loud[:480].max() < 0.06
    assert loud[-480:].max() < 0.06
    assert loud[6000:-6000].max() > 0.49


def read_shown_wav(path: Path) -> np.ndarray:
    with av.open(str(path)) as wav:
        blocks = [frame.to_ndarray().reshape(-1, 2)[:, 0] for frame in wav.decode(audio=0)]
    return np.concatenate(blocks) / 32768


def test_matroska_clip(tmp_path: Path) -> None:
    done = cut(encode(tmp_path / "a.mp4"), 1.0, 2.0, name="clip.mkv")
    assert list(read_shown(done.clip_path).numbers) == list(range(25, 50))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"num_frames": 26}, "25 frames instead of 26"),
        ({"rate_fps": Fraction(30)}, "ms off"),
        ({"width": 80}, "64x36 instead of 80x36"),
    ],
)
def test_verification_sees_what_is_wrong(tmp_path: Path, change: dict[str, object], says: str) -> None:
    done = cut(encode(tmp_path / "a.mp4"), 1.0, 2.0)
    right = ClipFacts(num_frames=25, rate_fps=Fraction(25), width=64, height=36)
    verify_clip(done.clip_path, expected=right, where="a clip")
    with pytest.raises(OutputError, match=says):
        verify_clip(done.clip_path, expected=replace(right, **change), where="a clip")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("-an",), "picture or sound is missing"),
        (("-af", "adelay=60:all=1,asetpts=PTS+0.06/TB,atrim=start=0.06"), "the sound starts [0-9]+ ms after"),
        (("-af", "atrim=end=0.9"), "the sound ends -[0-9]+ ms after"),
        (("-ac", "1"), "sound at 48000 Hz in 1 channels"),
    ],
)
def test_verification_listens(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    wrong = encode(tmp_path / "a.mp4", num_frames=25, options=("-c:a", "aac", "-ar", "48000", *options))
    with pytest.raises(OutputError, match=says):
        right = ClipFacts(num_frames=25, rate_fps=Fraction(25), width=64, height=36)
        verify_clip(wrong, expected=right, where="a clip")


def test_damaged_moment_is_an_error(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mp4", num_frames=500, options=("-g", "50", "-movflags", "+faststart"))
    probe = probe_file(path, game="game", part="1")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(MatchreelError, match=r"a\.mp4 at \d\d:\d\d: "):
        cut_clip(
            video_path=path, probe=probe, interval=Interval(15, 17), clip_path=tmp_path / "b.mp4",
            encoding=PLAIN, ffmpeg="bundled",
        )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["a b.mp4", 'it\'s "so".mp4', "경기 ⚽.mp4", "-y.mp4", "100%03d.mp4", "a:b,[c];d.mp4"]
)
def test_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    encode(tmp_path / "plain.mkv").rename(f"source {name}")
    done = cut(Path(f"source {name}"), 1, 2, name=name)
    assert (tmp_path / name).is_file()
    assert done.num_frames == 25
