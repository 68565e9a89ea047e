"""From a tiny recording to an edit list without training, through the step scripts and real files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from matchreel.cues import Cues, cache_cues
from matchreel.edit_list import EditList
from matchreel.errors import InputError
from matchreel.media.audio import extract_audio
from matchreel.media.probe import probe_media
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Probe
from support.views import HEIGHT, WIDTH, close_up, pitch

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"
RATE, SECONDS, HZ = 8, 90, 8000
EVENT, BLACK = 40, (70, 75)


def pictures():
    """Wide play; the camera turns at 36 s; close-ups from 42 to 65 s; black from 70 to 75 s."""
    for index in range(RATE * SECONDS):
        seconds, seed = index / RATE, index % 16
        if BLACK[0] <= seconds < BLACK[1]:
            yield np.full((HEIGHT, WIDTH, 3), 16, dtype=np.uint8)
        elif EVENT + 2 <= seconds < EVENT + 25:
            yield close_up(seed)
        else:
            yield pitch(slope=0.25 if EVENT - 4 <= seconds < EVENT + 2 else 0.0, edge=26, seed=seed)


def sound():
    """Noise, four times louder from 40 to 45 s."""
    seconds = np.arange(HZ * SECONDS) / HZ
    level = np.where((seconds >= EVENT) & (seconds < EVENT + 5), 0.4, 0.1)
    return level * np.random.default_rng(0).uniform(-1, 1, HZ * SECONDS)


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A folder with match.mkv, silent.mkv (no sound), radio.mka (no picture), flat.mkv (4:3, pixels twice as wide)."""
    folder = tmp_path_factory.mktemp("recording")
    soundfile.write(folder / "sound.wav", sound(), HZ, subtype="PCM_16")
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "pipe:0"]
    coded = [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-crf",
        "12",
        "-pix_fmt",
        "yuv420p",
        "-c:a",
        "pcm_s16le",
    ]
    held = b"".join(picture.tobytes() for picture in pictures())
    _ffmpeg([*raw, "-i", str(folder / "sound.wav"), *coded, str(folder / "match.mkv")], held)
    _ffmpeg(["-i", str(folder / "match.mkv"), "-an", "-c", "copy", str(folder / "silent.mkv")])
    _ffmpeg(["-i", str(folder / "match.mkv"), "-vn", "-c", "copy", str(folder / "radio.mka")])
    squeezed = ["-vf", f"crop=96:{HEIGHT},scale=48:{HEIGHT}:flags=area,setsar=2", *coded]
    _ffmpeg(["-i", str(folder / "match.mkv"), "-an", *squeezed, str(folder / "flat.mkv")])
    return folder


def _ffmpeg(arguments, given=None):
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-y", *arguments]
    subprocess.run(command, input=given, stdin=None if given else subprocess.DEVNULL, check=True)


def prepared(video_path, folder):
    """Probe and WAV of a recording."""
    probe_media(video_path=video_path, probe_path=folder / "probe.json", game="tiny", part="1")
    extract_audio(
        video_path=video_path, probe_path=folder / "probe.json", wav_path=folder / "sound.wav",
        sample_rate_hz=HZ, ffmpeg="bundled", threads=1,
    )  # fmt: skip
    return {"video_path": video_path, "wav_path": folder / "sound.wav", "probe_path": folder / "probe.json"}


def cached(video_path, folder, rate=2):
    """The cues of a recording."""
    cache_cues(
        **prepared(video_path, folder), cues_path=folder / "cues.safetensors",
        bursts_path=folder / "bursts.safetensors", score_bug_path=None,
        strips_path=folder / "strips.safetensors", grid_rate_fps=rate, ffmpeg="bundled", hwaccel="none",
        threads=1,
    )  # fmt: skip
    return Cues.load(folder / "cues.safetensors")


@pytest.mark.parametrize("rate", [2, 2.5])
def test_cues_stand_on_the_step_they_were_seen_in(recording, tmp_path, rate):
    cues = cached(recording / "match.mkv", tmp_path, rate)
    times = cues.grid.starts_seconds() + 0.5 / rate  # the pictures are those of the steps' centres
    assert cues.grid.num_steps == SECONDS * rate and (cues.game, cues.part) == ("tiny", "1")
    black = np.isnan(cues.curves["open_share"])
    assert (black == ((times >= BLACK[0]) & (times < BLACK[1]))).all()
    closed = (times >= EVENT + 2) & (times < EVENT + 25)
    assert (cues.curves["open_share"][closed] == 0).all()
    assert (cues.curves["open_share"][~closed & ~black] > 0.9).all()
    turned = (times >= EVENT - 4) & (times < EVENT + 2)
    assert cues.curves["edge_slope"][turned] == pytest.approx(0.25, abs=0.04)
    assert np.abs(cues.curves["edge_slope"][~turned & ~closed & ~black]).max() < 0.04
    starts, ends = times - 0.5 / rate, times + 0.5 / rate
    loud, quiet = (starts >= EVENT) & (ends <= EVENT + 5), (ends <= EVENT) | (starts >= EVENT + 5)
    levels = cues.curves["loudness_db"]
    assert levels[loud].min() > levels[quiet].max() + 10


def test_pixels_that_are_not_square_do_not_change_slopes(recording, tmp_path):
    cues = cached(recording / "flat.mkv", tmp_path)
    turned = slice(2 * (EVENT - 4), 2 * (EVENT + 2))
    assert cues.curves["edge_slope"][turned] == pytest.approx(0.25, abs=0.05)


def test_same_recording_same_bytes(recording, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        cached(recording / "match.mkv", tmp_path / name)
    for kind in ("cues", "bursts"):
        files = [(tmp_path / name / f"{kind}.safetensors").read_bytes() for name in ("one", "two")]
        assert files[0] == files[1]


def step(name, settings, **paths):
    """Run a step script as a rule does."""
    options = [word for key, path in paths.items() for word in (f"--{key.replace('_', '-')}", str(path))]
    command = [sys.executable, str(SCRIPTS / f"{name}.py"), *options, "--settings", json.dumps(settings)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "warnings", "why"),
    [
        ("match.mkv", (), {"break", "loudness", "slope"}),
        ("silent.mkv", ("no sound in part 1: judged by picture alone",), {"break", "slope"}),
        ("radio.mka", ("no picture of play in part 1: judged by sound alone",), {"loudness"}),
    ],
)
def test_the_moment_comes_into_the_reel(recording, tmp_path, name, warnings, why):
    paths = prepared(recording / name, tmp_path)
    cues, scores = tmp_path / "cues.safetensors", tmp_path / "scores.npz"
    moments, plan = tmp_path / "moments.json", tmp_path / "plan.json"
    windows = {"window_seconds": 15, "stride_seconds": 3}
    excitement = {
        "loudness_mean_seconds": 4, "break_before_seconds": 10, "break_after_seconds": 20,
        "slope_mean_seconds": 4, "wide_open_share": 0.6, "wide_body_share": 0.2,
    }  # fmt: skip
    selection = {
        "threshold": 0.5, "spot_threshold": "calibrated", "spot_before_seconds": 8,
        "spot_after_seconds": 5, "nms": "soft", "nms_seconds": 6, "max_share": 0.2, "min_apart_seconds": 45, "merge_gap_seconds": 2,
        "pad_before_seconds": 0, "pad_after_seconds": 0, "wide_open_share": 0.6, "wide_body_share": 0.2,
    }  # fmt: skip
    reel = {
        "max_duration_seconds": "medium", "max_share": 0.2, "min_apart_seconds": 45, "order": "time",
        "transition": "cut", "transition_seconds": 0.5, "title_card_seconds": 0, "kickoff_seconds": {},
        "snap_seconds": 3, "replays": 1,
    }  # fmt: skip
    runs = [
        step(
            "cache_cues", {"grid_rate_fps": 2, "ffmpeg": "bundled", "hwaccel": "none"}, **paths, cues_path=cues,
            bursts_path=tmp_path / "bursts.safetensors", strips_path=tmp_path / "strips.safetensors", threads=1,
        ),
        step("score_excitement", windows | excitement, cues_path=cues, scores_path=scores),
        step(
            "find_moments", selection, scores_paths=scores, probe_paths=paths["probe_path"],
            moments_path=moments, game="tiny",
        ),
        step(
            "select_highlights", reel, moments_path=moments, probe_paths=paths["probe_path"], plan_path=plan,
        ),
    ]  # fmt: skip
    assert [done.returncode for done in runs] == [0, 0, 0, 0], [done.stderr for done in runs]
    edit_list = EditList.load(plan)
    assert edit_list.warnings == warnings and edit_list.trained_on == ()
    (highlight,) = edit_list.highlights
    assert highlight.start_seconds <= EVENT + 2 and highlight.end_seconds >= EVENT + 3
    # The reel has room for 18 s: the whole window.
    assert highlight.end_seconds - highlight.start_seconds == 15
    assert set(highlight.why) == why


def test_a_recording_that_is_gone_is_one_line(recording, tmp_path):
    paths = prepared(recording / "match.mkv", tmp_path) | {"video_path": tmp_path / "gone.mkv"}
    done = step(
        "cache_cues", {"grid_rate_fps": 2, "ffmpeg": "bundled", "hwaccel": "none"}, **paths,
        cues_path=tmp_path / "cues.safetensors", bursts_path=tmp_path / "bursts.safetensors",
        strips_path=tmp_path / "strips.safetensors", threads=1,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "gone.mkv" in done.stderr
    assert not (tmp_path / "cues.safetensors").exists()


def test_a_radio_recording_without_its_sound_is_one_line(recording, tmp_path):
    paths = prepared(recording / "radio.mka", tmp_path)
    soundfile.write(paths["wav_path"], np.zeros(0), HZ, subtype="PCM_16")
    assert Probe.load(paths["probe_path"]).video is None
    with pytest.raises(InputError, match="it is empty, but part 1 has sound"):
        cache_cues(
            **paths, cues_path=tmp_path / "c.safetensors", bursts_path=tmp_path / "b.safetensors",
            score_bug_path=None, strips_path=tmp_path / "s.safetensors", grid_rate_fps=2, ffmpeg="bundled", hwaccel="none", threads=1,
        )  # fmt: skip
