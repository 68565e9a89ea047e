"""probe_media: what each odd recording is, and the one clear line where it cannot be used."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from matchreel.errors import InputError
from matchreel.media.probe import probe_file, probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Probe
from support.odd_media import encode, remux

NTSC = Fraction(30000, 1001)
MPEG_AUDIO = ("-c:a", "mp2")
FIELDS = ("-flags", "+ildct+ilme", "-x264opts", "tff=1", "-vf", "setfield=tff")


def probed(path: Path) -> Probe:
    return probe_file(path, game="game", part="1")


@pytest.mark.parametrize("suffix", [".mkv", ".mp4", ".mov", ".ts", ".flv"])
@pytest.mark.parametrize("rate_fps", [Fraction(25), NTSC, Fraction(60)], ids=str)
def test_containers_and_rates(tmp_path: Path, suffix: str, rate_fps: Fraction) -> None:
    path = encode(
        tmp_path / f"a{suffix}", rate_fps=rate_fps, num_frames=60, options=("-c:a", "aac", "-bf", "2")
    )
    found = probed(path)
    assert found.video is not None
    assert found.audio is not None
    assert (found.video.width, found.video.height, found.video.codec) == (64, 36, "h264")
    assert found.video.rate_fps == rate_fps
    assert not found.video.is_variable_rate
    assert found.duration_seconds == pytest.approx(60 / float(rate_fps), abs=0.002)
    assert (found.audio.sample_rate_hz, found.audio.num_channels) == (48000, 2)
    assert found.audio.start_seconds == pytest.approx(found.zero_seconds, abs=0.025)
    assert found.problems == ()


@pytest.mark.parametrize(
    ("name", "options", "problem"),
    [
        ("interlaced.mkv", {"options": FIELDS}, "interlaced"),
        ("anamorphic.mp4", {"options": ("-aspect", "4:3")}, "pixels are not square (3/4)"),
        ("silent.mp4", {"sound": False}, "no sound"),
        ("radio.m4a", {"picture": False}, "no picture"),
        ("radio.mp3", {"picture": False}, "no picture"),
        ("late.mkv", {"options": ("-af", "asetpts=PTS+2/TB")}, "sound starts 2.0 s after the picture"),
        ("short.mkv", {"options": ("-af", "atrim=end=2")}, "sound ends 2.0 s before the picture"),
    ],
)
def test_problems_found(tmp_path: Path, name: str, options: dict[str, object], problem: str) -> None:
    assert probed(encode(tmp_path / name, **options)).problems == (problem,)  # type: ignore[arg-type]


def test_variable_rate(tmp_path: Path) -> None:
    shaken = (
        "-vf",
        "settb=1/1000,setpts=(N+0.3*mod(N\\,3))/25/TB",
        "-fps_mode",
        "vfr",
        "-enc_time_base",
        "1:1000",
    )
    found = probed(encode(tmp_path / "a.mkv", options=shaken))
    assert found.video is not None
    assert found.video.is_variable_rate
    assert found.problems == ("variable frame rate",)


def test_rotation(tmp_path: Path) -> None:
    upright = encode(tmp_path / "a.mp4")
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-display_rotation", "-90", "-i", str(upright)]
    subprocess.run([*command, "-c", "copy", str(tmp_path / "turned.mp4")], check=True)
    found = probed(tmp_path / "turned.mp4")
    assert found.video is not None
    assert found.video.rotation_degrees == 90
    assert found.problems == ("rotated by 90 degrees",)


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    cover = [
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        "color=red:s=90x90",
        "-frames:v",
        "1",
        str(tmp_path / "c.jpg"),
    ]
    subprocess.run([ffmpeg_path("bundled"), *cover], check=True)
    radio, match = encode(tmp_path / "a.m4a", picture=False), encode(tmp_path / "b.mp4")
    attach = ("-i", str(tmp_path / "c.jpg"), "-map", "1", "-map", "0")
    remux(radio, tmp_path / "radio.m4a", *attach, "-disposition:v:0", "attached_pic")
    remux(match, tmp_path / "match.mp4", *attach, "-disposition:v:0", "attached_pic")
    assert probed(tmp_path / "radio.m4a").video is None
    found = probed(tmp_path / "match.mp4").video
    assert found is not None
    assert (found.codec, found.width) == ("h264", 64)


def test_start_of_the_clock(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mp4", options=("-c:a", "aac"))
    found = probed(remux(source, tmp_path / "b.ts", "-output_ts_offset", "100"))
    assert found.zero_seconds == pytest.approx(101.4, abs=0.1)
    assert found.duration_seconds == pytest.approx(4.0, abs=0.002)


def test_a_lying_rate_in_the_header(tmp_path: Path) -> None:
    path = encode(tmp_path / "a.mkv", options=("-bsf:v", "setts=ts=TS:duration=0"))
    data = path.read_bytes()
    default_duration = b"\x23\xe3\x83\x84" + (40_000_000).to_bytes(4, "big")
    assert default_duration in data
    path.write_bytes(data.replace(default_duration, b"\x23\xe3\x83\x84" + (33_366_667).to_bytes(4, "big")))
    video = probed(path).video
    assert video is not None
    assert video.rate_fps == 25


def damaged(tmp_path: Path, kind: str) -> Path:
    """A file that is no whole recording."""
    path = tmp_path / "match.mkv"
    whole = encode(tmp_path / "whole.mkv", num_frames=500) if kind.startswith("cut") else None
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is not a film\n" * 100)
        case "web page":
            path.write_text("<!doctype html><html><body>Sign in</body></html>")
        case "playlist":
            path.write_text("#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n")
        case "folder":
            path.mkdir()
        case "cut in half":
            assert whole
            path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        case "cut to a header":
            assert whole
            path.write_bytes(whole.read_bytes()[:700])
    return path


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("missing", "the file does not exist"),
        ("empty", "the file is empty"),
        ("text", "cannot be read as a video"),
        ("web page", "cannot be read as a video"),
        ("playlist", "cannot be read as a video"),
        ("folder", "a folder, not a recording"),
        ("cut in half", "the file is cut off: it ends at 00:07, its header says 00:20"),
        ("cut to a header", "cannot be read as a video"),
    ],
)
def test_bad_recordings_get_one_clear_line(tmp_path: Path, root: Path, kind: str, says: str) -> None:
    path = damaged(tmp_path, kind)
    command = [
        sys.executable,
        str(root / "workflow" / "scripts" / "probe_media.py"),
        "--video-path",
        str(path),
    ]
    command += ["--probe-path", str(tmp_path / "out" / "1.json"), "--game", "game", "--part", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert says in line
    assert "match.mkv" in line
    assert not (tmp_path / "out").exists() or not any((tmp_path / "out").iterdir())


def test_a_little_missing_is_only_noted(tmp_path: Path) -> None:
    whole = encode(tmp_path / "whole.mkv", num_frames=500)
    path = tmp_path / "a.mkv"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.97)])
    (problem,) = probed(path).problems
    assert "that the header promises are missing" in problem


@pytest.mark.parametrize("suffix", [".mkv", ".webm", ".mp4", ".ts"])
def test_a_clock_that_starts_late_is_no_missing_end(tmp_path: Path, suffix: str) -> None:
    codecs = ("-c:v", "libvpx", "-c:a", "libopus") if suffix == ".webm" else ()
    path = encode(tmp_path / f"a{suffix}", num_frames=500, options=(*codecs, "-output_ts_offset", "100"))
    found = probed(path)
    assert found.duration_seconds == pytest.approx(20, abs=0.1)
    assert not any("header" in problem for problem in found.problems)
    if suffix == ".mkv":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(InputError, match="cut off: it ends at 01:47, its header says 02:00"):
            probed(path)


def test_too_short(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"it lasts only 0\.040 s"):
        probed(encode(tmp_path / "a.mkv", num_frames=1, sound=False))


@pytest.mark.parametrize(
    "name", ["a b.mkv", 'it\'s "so".mkv', "경기 ⚽.mkv", "-y.mkv", "100%03d.mkv", "a:b,[c];d.mkv"]
)
def test_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    encode(tmp_path / "plain.mkv").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    probe_media(video_path=Path(name), probe_path=Path("p.json"), game="game", part="full")
    found = Probe.load(Path("p.json"))
    assert (found.path, found.duration_seconds) == (name, 4.0)
