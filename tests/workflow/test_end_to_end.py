"""The tiny league's results, as a user finds them."""

from __future__ import annotations

import csv
import json

import av
import pytest

from matchreel.labels import LABELS
from support.dryrun import planned
from support.tiny import TARGETS, tiny_config


def test_the_highlights_folder_holds_what_it_should(finished):
    folder = finished / TARGETS[0]
    reel = json.loads((folder / "highlights.json").read_text(encoding="utf-8"))
    assert {"game", "scorer", "trained_on", "reel_seconds", "warnings", "highlights"} <= set(reel)
    assert (reel["game"], reel["scorer"]) == ("tiny-test", "demo_spotter")
    assert reel["trained_on"] == ["tiny-train-1", "tiny-train-2", "tiny-valid"]
    with (folder / "highlights.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == len(reel["highlights"])
    assert "<html" in (folder / "index.html").read_text(encoding="utf-8")
    assert reel["highlights"], "a threshold of 0.005 finds something"
    with av.open(folder / "reel.mp4") as held:
        video, audio = held.streams.video[0], held.streams.audio[0]
        assert held.duration / 1e6 == pytest.approx(reel["reel_seconds"], abs=0.06)
        assert (video.width, video.height, audio.rate, audio.channels) == (398, 224, 48000, 2)
    for row in reel["highlights"]:
        assert (folder / row["clip"]).is_file()
        assert row["label"] in LABELS
        with av.open(folder / row["clip"]) as held:
            length = row["end_seconds"] - row["start_seconds"]
            assert held.duration / 1e6 == pytest.approx(length, abs=0.05)


def test_the_evaluation_has_intervals(finished):
    metrics = json.loads((finished / TARGETS[1]).read_text(encoding="utf-8"))
    assert metrics
    for name, row in metrics.items():
        assert set(row) == {"value", "low", "high", "n"}, name


def test_the_model_knows_what_made_it(finished):
    folder = finished / "results/models/demo_spotter"
    for name in ("best.safetensors", "last.safetensors", "model.safetensors", "metrics.csv", "curves.svg"):
        assert (folder / name).stat().st_size > 0
    assert any((folder / "tensorboard").iterdir())


def test_logs_and_benchmarks_lie_beside_each_step(finished):
    logs = {path.parent.name for path in (finished / "results/logs").rglob("*.log")}
    assert {"render_game", "probe_media", "slice_clips", "extract_audio", "cut_highlights"} <= logs
    assert list((finished / "results/benchmarks/render_game").glob("*.jsonl"))


def test_no_error_in_the_console(finished):
    console = (finished / "console.txt").read_text(encoding="utf-8")
    assert "Traceback" not in console
    assert "ERROR" not in console


def test_nothing_is_left_to_do(finished):
    assert planned(finished, *TARGETS, config=tiny_config()) == []
