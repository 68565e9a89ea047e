"""Faults of whole runs: Snakemake killed, two at once, one part of many that fails, clocks that jump."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from support.dryrun import ROOT, planned, snakemake
from support.finished_steps import ALL_TARGETS, StepJob, copied, differing, forget_outputs, run
from support.odd_media import encode
from support.tiny import tiny_config

pytestmark = pytest.mark.faults


def started(folder: Path) -> subprocess.Popen[str]:
    """A run of the whole workflow in a process group of its own."""
    command = [
        sys.executable,
        "-m",
        "snakemake",
        "--snakefile",
        str(ROOT / "Snakefile"),
        "--directory",
        str(folder),
    ]
    command += ["--cores", "2", "--configfile", str(folder / "overlay.yaml")]
    command += ["--workflow-profile", str(ROOT / "profiles/default"), "--", *ALL_TARGETS]
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def unfinished(reference: Path, folder: Path) -> Path:
    """A copy with Snakemake's memory in which the spotter and all that follows from it is still to be made."""
    shutil.copytree(reference, folder)
    for name in ("models/demo_spotter", "scores/demo_spotter", "highlights", "plans", "moments", "cuts"):
        shutil.rmtree(folder / "results" / name)
    shutil.rmtree(folder / "results/evaluation")
    shutil.rmtree(folder / "results/predictions")
    return folder


def wait_for_training(process: subprocess.Popen[str], folder: Path) -> None:
    """Until the spotter's first checkpoint is there."""
    resume_path = folder / "results/models/demo_spotter/resume.pt"
    deadline = time.monotonic() + 240
    while not resume_path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert resume_path.exists() and process.poll() is None, "it does not train"


def test_a_killed_run_goes_on(reference: Path, tmp_path: Path) -> None:
    folder = unfinished(reference, tmp_path / "league")
    process = started(folder)
    wait_for_training(process, folder)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=120)
    assert not (folder / "results/models/demo_spotter/best.safetensors").exists()
    again = snakemake(folder, *ALL_TARGETS, config=tiny_config())
    assert again.returncode != 0
    assert "--unlock" in again.stdout + again.stderr, "what to do about the lock is said"
    assert snakemake(folder, config=tiny_config(), options=["--unlock"]).returncode == 0
    again = snakemake(folder, *ALL_TARGETS, config=tiny_config())
    assert again.returncode == 0, again.stdout[-2000:] + again.stderr[-4000:]
    trained = (folder / "results/logs/train_spotter/demo_spotter.log").read_text(encoding="utf-8")
    assert "training goes on after epoch" in trained
    assert differing(folder, reference) == []


def test_a_second_run_at_once_is_told_so_and_a_stopped_one_goes_on(reference: Path, tmp_path: Path) -> None:
    folder = unfinished(reference, tmp_path / "league")
    first = started(folder)
    wait_for_training(first, folder)
    second = snakemake(folder, *ALL_TARGETS, config=tiny_config())
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout + second.stderr
    first.send_signal(signal.SIGTERM)
    _, said = first.communicate(timeout=240)
    assert first.returncode != 0, said
    assert (folder / "results/models/demo_spotter/best.safetensors").exists(), "the running step ends"
    assert not (folder / "results/evaluation/demo_spotter").exists()
    again = snakemake(folder, *ALL_TARGETS, config=tiny_config())
    assert again.returncode == 0, again.stdout[-2000:] + again.stderr[-4000:]
    assert differing(folder, reference) == []


@pytest.mark.parametrize("rule", ["extract_audio", "slice_clips", "cut_highlights"])
def test_two_steps_that_write_the_same(
    rule: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path
) -> None:
    """As two runs in copies of .snakemake, or on two machines, can do: either's output is whole."""
    job, folder = jobs[rule], copied(reference, tmp_path / "league")
    forget_outputs(job, folder)
    ended = list[tuple[int, str]]()
    threads = [threading.Thread(target=lambda: ended.append(run(job, folder))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [status for status, _ in ended] == [0, 0], ended
    assert differing(folder, reference) == []
    assert list(folder.rglob(".*.whole-*")) == []


def test_one_bad_recording_among_many(tmp_path: Path) -> None:
    for game in ("good-1", "bad", "good-2"):
        path = tmp_path / f"resources/games/{game}/full.mp4"
        path.parent.mkdir(parents=True)
        encode(path, num_frames=300, options=("-c:a", "aac", "-g", "25"))
    bad = tmp_path / "resources/games/bad/full.mp4"
    bad.write_bytes(bad.read_bytes()[:2000])
    targets = [f"results/scores/excitement/{game}/full.npz" for game in ("good-1", "bad", "good-2")]
    done = snakemake(tmp_path, *targets, config={}, options=["--keep-going"])
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "resources/games/bad/full.mp4: this cannot be read as a video" in said
    assert "Traceback" not in said
    assert [(tmp_path / target).exists() for target in targets] == [True, False, True]


def _shift(folder: Path, seconds: float, *tops: str) -> None:
    for top in tops:
        for path in (folder / top).rglob("*"):
            held = path.stat()
            os.utime(path, (held.st_atime + seconds, held.st_mtime + seconds))


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_was_wrong_all_along(days: int, reference: Path, tmp_path: Path) -> None:
    folder = tmp_path / "league"
    shutil.copytree(reference, folder)
    _shift(folder, days * 86400, "resources", "results")
    assert planned(folder, *ALL_TARGETS, config=tiny_config()) == []


def test_a_clock_that_jumped_back_between(reference: Path, tmp_path: Path) -> None:
    """Inputs that seem newer or older than what was made of them count only where their content is another."""
    folder = tmp_path / "league"
    shutil.copytree(reference, folder)
    for path in (folder / "resources").rglob("*.json"):
        os.utime(path, (time.time() + 86400,) * 2)
    assert planned(folder, *ALL_TARGETS, config=tiny_config()) == []
    labels = folder / "resources/games/tiny-train-1/Labels-v2.json"
    held = json.loads(labels.read_text())
    held["annotations"] = held["annotations"][:-1]
    labels.write_text(json.dumps(held))
    # What the workflow itself made is told by its date; test_replaced_files.py has what people bring.
    os.utime(labels, (time.time() + 86400,) * 2)
    rules = {job.rule for job in planned(folder, *ALL_TARGETS, config=tiny_config())}
    assert {"slice_clips", "train_spotter"} <= rules
