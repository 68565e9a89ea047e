"""Reels at the edges by real runs: of no highlight, of one, of two hundred, and of parts that are nothing alike."""

from __future__ import annotations

import json
import subprocess
import zipfile
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.media.tools import ffmpeg_path
from matchreel.records import Features
from matchreel.spotter import Spotter, SpotterShape
from support.browser import browser_page
from support.dryrun import snakemake
from support.tiny import SPOTTER, tiny_config

pytestmark = pytest.mark.slow

GAME, REEL = "odd", "results/highlights/odd"
# A spotter trained elsewhere serves the game; nothing else of the reel takes time.
LOCAL = {
    "scorers": {"local": "demo_spotter"},
    "models": {"demo_spotter": {**SPOTTER, "checkpoint": "given.safetensors"}},
    "selection": {"merge_gap_seconds": 0},
    "spotting": {"threshold": 1e-4, "before_seconds": 2, "after_seconds": 1},
    "reel": {"snap_seconds": 0, "replays": 0, "lower_third_seconds": 0, "title_card_seconds": 0,
             "transition": "crossfade", "encoder": "libx264", "preset": "ultrafast"},
}  # fmt: skip
PART_SECONDS = 41


def record(path: Path, *picture: str, sound: tuple[str, ...]) -> None:
    """A picture that moves; sound, where there is some, that beeps in every second."""
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-f", "lavfi", "-i"]
    command += [f"testsrc2=s={picture[0]}:r={picture[1]}:d={PART_SECONDS}"]
    beeps = f"sine=f=300:beep_factor=4:d={PART_SECONDS}:sample_rate=44100"
    command += ["-f", "lavfi", "-i", beeps, *sound] if sound else []
    command += ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-threads", "1", f"file:{path}"]
    subprocess.run(command, check=True)


def given_model(features_path: Path) -> ModelFile:
    """A spotter of shots whose weights were drawn by lot: of each step it is about 1 % sure."""
    shard = Features.load(features_path)
    assert shard.frames is not None and shard.logmel is not None
    shape = {"frame_dim": shard.frames.shape[1], "num_mels": shard.logmel.shape[1], "num_classes": 1}
    shape |= {"hidden": 16, "layers": 1}
    torch.manual_seed(1)
    network = Spotter(SpotterShape(**shape, dropout=0.0, temporal="bigru"))
    return ModelFile(
        model_name="elsewhere", kind="spotter", classes=("Shots on target",), thresholds=(),
        shape={**shape, "dropout": 0.0, "temporal": "bigru"}, feature_set=shard.settings,
        window_before_seconds=10.0, window_after_seconds=10.0, splits={"another-game": "train"}, epoch=1,
        settings={"modalities": "both"}, versions={}, state=network.state_dict(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A game of two parts that differ in container, size, rate and sound, with a model for it."""
    folder = tmp_path_factory.mktemp("edge")
    videos = folder / "resources/games" / GAME
    videos.mkdir(parents=True)
    record(videos / "1.mp4", "160x90", "25", sound=("-ac", "1"))
    record(videos / "2.mkv", "128x96", "30000/1001", sound=())
    (folder / "games.tsv").write_text(
        "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds\n"
    )
    (folder / "given.safetensors").write_bytes(b"")
    features = f"results/features/demo/{GAME}/1.safetensors"
    done = snakemake(folder, features, config=tiny_config(**LOCAL))
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    given_model(folder / features).save(folder / "given.safetensors")
    return folder


def made(folder: Path, **changes: Any) -> tuple[dict[str, Any], str]:
    """What highlights.json says of the reel with another config, and what the run wrote to the console."""
    done = snakemake(folder, REEL, config=tiny_config(**{**LOCAL, **changes}))
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-5000:]
    assert "Traceback" not in said
    return json.loads((folder / REEL / "highlights.json").read_text(encoding="utf-8")), said


def reel_facts(folder: Path) -> tuple[int, Fraction, tuple[int, int], float, float, int]:
    """Pictures, rate, size, seconds of picture and of sound, and chapters of reel.mp4."""
    with av.open(str(folder / REEL / "reel.mp4")) as held:
        video, audio = held.streams.video[0], held.streams.audio[0]
        assert (audio.rate, audio.channels, video.average_rate) == (48000, 2, video.guessed_rate)
        seconds = [float(stream.duration * stream.time_base) for stream in (video, audio)]
        num_chapters = len(held.chapters())
        num_pictures = sum(1 for _ in held.decode(video))
        return num_pictures, video.average_rate, (video.width, video.height), *seconds, num_chapters


@pytest.mark.browser
def test_nothing_that_a_trained_scorer_is_sure_of_is_a_page_that_says_so(folder):
    told, said = made(folder, spotting={**LOCAL["spotting"], "threshold": 0.99})
    assert (told["highlights"], told["reel_seconds"], told["trained_on"]) == ([], 0.0, ["another-game"])
    assert [notice["code"] for notice in told["notices"]] == [
        "no_sound", "below_own_threshold", "trained_elsewhere", "nothing_found"
    ]  # fmt: skip
    assert "note: no highlight: nothing reaches its class's threshold" in said
    assert not list((folder / REEL).rglob("*.mp4"))
    with browser_page() as page:
        page.open(folder / REEL / "index.html", width=1360, height=860)
        page.click('[data-language="ko"]')
        assert page.value("document.querySelector('.nothing h2').textContent") == "하이라이트 없음"
        assert page.value("[...document.querySelectorAll('.warnings li')].length") == 3
        assert page.value("[...document.querySelectorAll('video')].every(v => v.hidden && !v.currentSrc)")
        assert not page.problems and not [url for url in page.requests if url.endswith(".mp4")]


def test_one_highlight_is_a_reel_without_a_joint(folder):
    told, _ = made(folder, reel={**LOCAL["reel"], "max_duration_seconds": 2})
    (row,) = told["highlights"]
    num_pictures, rate, _, seconds, sound_seconds, num_chapters = reel_facts(folder)
    assert row["reel_start_seconds"] == 0 and num_chapters == 1
    assert told["reel_seconds"] == pytest.approx(row["end_seconds"] - row["start_seconds"], abs=0.05)
    assert 1 < told["reel_seconds"] <= 2 and num_pictures == round(told["reel_seconds"] * rate)
    assert seconds == pytest.approx(told["reel_seconds"], abs=2e-3)
    assert sound_seconds == pytest.approx(seconds, abs=0.03)


def test_parts_that_are_nothing_alike_make_one_reel(folder):
    told, _ = made(folder, reel={**LOCAL["reel"], "max_duration_seconds": 60})
    assert {row["part"] for row in told["highlights"]} == {"1", "2"}
    num_pictures, rate, size, seconds, sound_seconds, num_chapters = reel_facts(folder)
    assert num_chapters == len(told["highlights"]) > 4
    assert num_pictures == round(told["reel_seconds"] * rate) and size == (160, 90)
    assert seconds == pytest.approx(told["reel_seconds"], abs=2e-3)
    assert sound_seconds == pytest.approx(seconds, abs=0.03)
    for row in told["highlights"]:
        with av.open(str(folder / REEL / row["clip"])) as clip:
            assert (clip.streams.video[0].width, len(clip.streams.audio)) == (160, 1)


@pytest.mark.browser
def test_the_reel_plays_out_of_the_report(folder, tmp_path):
    """report.zip, unpacked elsewhere: Snakemake's page shows ours, and that plays the video beside it."""
    config = tiny_config(**{**LOCAL, "reel": {**LOCAL["reel"], "max_duration_seconds": 60}})
    told, _ = made(folder, reel=config["reel"])
    done = snakemake(folder, REEL, config=config, options=["--report", "report.zip"])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    with zipfile.ZipFile(folder / "report.zip") as held:
        held.extractall(tmp_path)
    with browser_page() as page:
        page.open(tmp_path / "report/report.html", width=1360, height=860)
        for text in ("Results", "Highlights"):
            chosen = f"[...document.querySelectorAll('a')].find(e => e.textContent.trim() === '{text}')"
            # The report opens its only category by itself.
            if page.value(f"!document.querySelector('[iconname=eye]') && Boolean({chosen})"):
                page.value(f"{chosen}.click()")
        page.wait_for("(e => e && (e.click(), true))(document.querySelector('[iconname=eye]'))")
        page.wait_for("document.documentElement.dataset.reel === 'ready'", in_frame=True)
        video = "document.getElementById('reel')"
        assert page.frame_value(f"{video}.duration") == pytest.approx(told["reel_seconds"], abs=0.05)
        start = told["highlights"][-1]["reel_start_seconds"]
        page.frame_value("[...document.querySelectorAll('#kept [data-play]')].at(-1).click()")
        page.wait_for(f"!{video}.paused && {video}.currentTime > {start + 0.2}", in_frame=True)
        assert page.frame_value(f"{video}.error === null && {video}.videoWidth") == 160
        still = "[...document.querySelectorAll('img.still')].filter(e => e.complete && e.naturalWidth).length"
        assert page.wait_for(still, in_frame=True)
        overlaps = (
            "[...document.querySelectorAll('#kept .row')].filter(r => r.querySelector('.minute').getBoundingClientRect()"
            ".right > Math.min(...[...r.querySelectorAll('.score, .toggle')].map(e => e.getBoundingClientRect())"
            ".filter(b => b.width).map(b => b.left))).length"
        )
        assert page.frame_value(overlaps) == 0
        # Snakemake's own page warns of how it was built; ours says nothing, and nothing is fetched.
        assert [problem for problem in page.problems if "cdn.tailwindcss.com" not in problem] == []
        assert {url.partition(":")[0] for url in page.requests} <= {"file", "data", "blob"}


def test_two_hundred_highlights_of_a_person_s_choice(folder):
    rows = [
        {"id": f"hand-{part}-{index}", "part": part, "start_seconds": 0.4 * index, "end_seconds": 0.4 * index + 0.2,
         "event_seconds": None, "label": "Moment", "score": 1, "why": {}}
        for part in "12" for index in range(100)
    ]  # fmt: skip
    path = folder / f"config/edits/{GAME}.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"version": 1, "game": GAME, "highlights": rows}))
    told, _ = made(folder, reel={**LOCAL["reel"], "transition": "cut"})
    num_pictures, rate, _, seconds, sound_seconds, num_chapters = reel_facts(folder)
    assert len(told["highlights"]) == num_chapters == 200
    assert len(list((folder / REEL / "clips").iterdir())) == 200
    assert num_pictures == round(told["reel_seconds"] * rate)
    starts = [row["reel_start_seconds"] for row in told["highlights"]]
    assert starts == sorted(set(starts))
    assert seconds == pytest.approx(told["reel_seconds"], abs=2e-3)
    assert sound_seconds == pytest.approx(seconds, abs=0.03)
