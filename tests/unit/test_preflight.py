"""What a run lacks is said before it starts, in one line each; only what surely fails stops it."""

from __future__ import annotations

import json
import os
import time

import pytest

from matchreel import preflight
from matchreel.failures import UnfinishedJob, failure_lines
from matchreel.preflight import Circumstances, Findings, PlannedJob, check, expected_megabytes

HERE = Circumstances("bundled", "HuggingFace", is_local=True)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.delenv("SOCCERNET_PASSWORD", raising=False)


def job(rule, megabytes=1.0, part="1"):
    return PlannedJob(rule, "a-game", part, megabytes)


def test_nothing_is_missing_for_a_reel():
    assert check([job("probe_media"), job("cut_highlights", part="")], HERE) == Findings((), ())


@pytest.mark.parametrize(
    ("source", "secret"), [("HuggingFace", "HF_TOKEN"), ("EXRCSDrive", "SOCCERNET_PASSWORD")]
)
def test_a_download_without_its_secret_stops(source, secret, monkeypatch):
    held = Circumstances("bundled", source, is_local=False)
    (line,) = check([job("download_game"), job("download_labels", part="")], held).fatal
    assert line.startswith(f"2 files of SoccerNet to fetch: the environment variable {secret} is not set.")
    monkeypatch.setenv(secret, "x")
    assert not check([job("download_game")], held).fatal


@pytest.mark.parametrize("choice", ["/no/such/ffmpeg", "script"])
def test_an_ffmpeg_that_does_not_run_stops_what_needs_it(choice, tmp_path):
    if choice == "script":
        path = tmp_path / "broken"
        path.write_text("#!/bin/sh\nexit 3\n")
        path.chmod(0o755)
        choice = str(path)
    held = Circumstances(choice, "HuggingFace", is_local=True)
    (line,) = check([job("extract_audio")], held).fatal
    assert "config, ffmpeg" in line and "set ffmpeg: bundled" in line
    assert not check([job("score_windows")], held).fatal
    assert not check([job("extract_audio")], Circumstances(choice, "HuggingFace", is_local=False)).fatal


def test_inputs_dated_in_the_future_are_named_with_what_to_do(tmp_path):
    late, fine, target = tmp_path / "late match.mp4", tmp_path / "fine.mp4", tmp_path / "target.mp4"
    link, late_link = tmp_path / "link.mp4", tmp_path / "late link.mp4"
    for path in (late, fine, target):
        path.touch()
    link.symlink_to(target), late_link.symlink_to(fine)
    tomorrow = time.time() + 86_400
    for path in (late, target):
        os.utime(path, (tomorrow, tomorrow))
    os.utime(late_link, (tomorrow, tomorrow), follow_symlinks=False)
    inputs = tuple(map(str, (late, fine, link, late_link, tmp_path / "none.mp4")))
    found = check([PlannedJob("probe_media", "g", "1", 1.0, inputs)], HERE)
    (first, second), (warning,) = found.fatal, found.warnings
    assert f"{late}: its date is in the future" in first and f"(touch '{late}')" in first
    assert f"(touch -h '{late_link}')" in second
    assert f"{link}: its date" in warning and f"(touch {link})" in warning
    many = tuple(str(tmp_path / f"{number}.mp4") for number in range(9))
    for path in many:
        (tmp_path / path).touch()
        os.utime(path, (tomorrow, tomorrow))
    lines = check([PlannedJob("probe_media", "g", "1", 1.0, many)], HERE).fatal
    assert len(lines) == 6 and lines[-1] == "and 4 more files with such a date"


def test_joined_pieces_take_as_much_room_again(tmp_path):
    pieces = [tmp_path / "1-1.mp4", tmp_path / "1-2.mp4"]
    for path in pieces:
        path.write_bytes(b"x" * 3_000_000)
    planned = PlannedJob("join_pieces", "g", "1", 1.0, tuple(map(str, pieces)))
    assert expected_megabytes([planned]) == 6.0


def test_a_step_that_ended_well_was_not_killed(tmp_path):
    log = tmp_path / "job.log"
    log.write_text("2026-11-30 22:00:01,000 INFO matchreel: probe_media: done in 0.3 s\n")
    (line,) = failure_lines([UnfinishedJob("probe_media g 1", (log,))], since_seconds=0.0)
    assert "it ended well" in line and "memory" not in line and "dated in the future" in line


def test_little_memory_disk_and_no_gpu_are_warnings(monkeypatch):
    monkeypatch.setattr(preflight, "free_bytes", lambda folder: 5_000_000)
    monkeypatch.setattr(preflight.shutil, "which", lambda name: None)
    monkeypatch.setattr(preflight, "_GPU_FILE", preflight.Path("/no/such/file"))
    held = Circumstances("bundled", "HuggingFace", is_local=True, gpu_rules=frozenset({"cache_tensors"}))
    found = check([job("cache_tensors", megabytes=1e9)], held)
    assert not found.fatal
    disk, memory, gpu = found.warnings
    assert "about 0.1 GB will be written and 0.0 GB are free" in disk and "/results: " in disk
    assert memory.startswith("cache_tensors: it may take 1000000000 MB of memory and ")
    assert gpu.startswith("cache_tensors: the profile gives these steps a GPU and this machine shows none.")


def test_what_will_be_written_goes_by_the_recordings_length(tmp_path):
    unknown = expected_megabytes([job("extract_audio")])
    assert expected_megabytes([job("extract_audio", part="full")]) == pytest.approx(2 * unknown)
    probe = tmp_path / "results/media/a-game/1.json"
    probe.parent.mkdir(parents=True)
    probe.write_text(json.dumps({"duration_seconds": 2 * 3000}))
    assert expected_megabytes([job("extract_audio")]) == pytest.approx(2 * unknown)
    assert expected_megabytes([job("cut_highlights", part="")]) == pytest.approx(10 * unknown)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"duration_seconds": "x"}', '{"duration_seconds": 1e999}', "\xff"]
)
def test_a_damaged_probe_is_left_to_the_step_that_reads_it(tmp_path, text):
    unknown = expected_megabytes([job("extract_audio")])
    probe = tmp_path / "results/media/a-game/1.json"
    probe.parent.mkdir(parents=True)
    probe.write_bytes(text.encode("latin-1"))
    assert expected_megabytes([job("extract_audio")]) == unknown
    assert check([job("extract_audio")], HERE) == Findings((), ())


def test_the_failed_steps_last_error_line(tmp_path):
    failed, killed, old = (tmp_path / name for name in ("failed.log", "killed.log", "old.log"))
    failed.write_text(
        "2030-01-01 10:00:00,000 INFO matchreel: begins\n"
        "2030-01-01 10:00:01,000 ERROR matchreel: cut: no space left. Free some.\n"
    )
    killed.write_text("2030-01-01 10:00:00,000 INFO matchreel: begins\n")
    old.write_text(failed.read_text())
    os.utime(old, (1, 1))
    jobs = [UnfinishedJob(path.stem, (path,)) for path in (failed, killed, old, tmp_path / "never.log")]
    first, second = failure_lines(jobs, since_seconds=1000.0)
    assert first == "cut: no space left. Free some."
    assert second.startswith("killed: ended without an error line") and str(killed) in second
