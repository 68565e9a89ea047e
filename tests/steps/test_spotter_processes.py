"""Two training processes on the CPU, started by torchrun: they share batches, and none outlives its step."""

from __future__ import annotations

import csv
import signal
import time
from pathlib import Path

import pytest
import torch

from matchreel.errors import ConfigError
from matchreel.training.spotter.step import train_spotter
from support.shards import start_step
from support.spotter_leagues import PLAIN, make_spotter_league, spotter_arguments

# Of the picture alone and without anything random, two processes do what one does: the sound's batch norms
# would see half a batch each. 25 windows in batches of 8: the second process has no share of the last one.
SHARED = {
    **PLAIN,
    "modalities": "video",
    "epochs": 3,
    "learning_rate": 0.003,
    "windows_per_epoch": 25,
    "keep": "all",
}

pytestmark = pytest.mark.slow


def rows_of(folder):
    return list(csv.DictReader((folder / "metrics.csv").open()))


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A league, and the folder of an undisturbed training by two processes."""
    folder = tmp_path_factory.mktemp("shared")
    league = make_spotter_league(folder, num_games=3, num_events=6)
    step = start_step("train_spotter", spotter_arguments(league, folder / "two", gpu=2, **SHARED))
    said = step.communicate()[1]
    assert step.returncode == 0, said
    # One process speaks; torchrun's own words are for the log file.
    assert said.count("best epoch") == 1 and "OMP_NUM_THREADS" not in said and "Warning" not in said
    return league, folder / "two"


def test_two_processes_write_all_outputs_once_and_learn_what_one_learns(tmp_path, trained):
    league, two = trained
    train_spotter(**spotter_arguments(league, tmp_path / "one", **SHARED))
    assert files_in(two) == files_in(tmp_path / "one") and not (two / "resume.pt").exists()
    for shared, alone in zip(rows_of(two), rows_of(tmp_path / "one"), strict=True):
        for name in ("train_loss", "valid_loss", "valid_tight_map"):
            assert float(shared[name]) == pytest.approx(float(alone[name]), rel=1e-3), name
    first, last = (float(rows_of(two)[index]["valid_loss"]) for index in (0, -1))
    assert last < first - 0.1  # so that it says something to agree


def processes_with(word: str) -> list[int]:
    """Processes with this word in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def wait_until(is_true, seconds=60.0):
    deadline = time.monotonic() + seconds
    while not is_true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return is_true()


@pytest.mark.parametrize(("how", "status"), [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_stopped_step_leaves_no_process_and_goes_on_to_the_same_bytes(
    tmp_path, monkeypatch, trained, how, status
):
    league, two = trained
    # The arguments' file lies here, so that the workers of this test can be told from others.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    arguments = spotter_arguments(league, tmp_path / "run", gpu=2, **SHARED)
    step = start_step("train_spotter", arguments)
    assert wait_until((tmp_path / "run/resume.pt").exists)
    workers = processes_with(f"{tmp_path}/matchreel-")
    assert len(workers) == 3  # torchrun and the two
    step.send_signal(how)
    step.wait(timeout=60)
    assert step.returncode == status
    assert wait_until(lambda: not processes_with(f"{tmp_path}/matchreel-"))
    assert not (tmp_path / "run/best.safetensors").exists()
    again = start_step("train_spotter", arguments)
    said = again.communicate()[1]
    assert again.returncode == 0 and "goes on after epoch" in said, said
    for name in files_in(two):
        assert (tmp_path / "run" / name).read_bytes() == (two / name).read_bytes(), name


def test_what_stops_one_process_is_one_line(tmp_path):
    league = make_spotter_league(tmp_path, num_games=2, num_events=2)
    arguments = spotter_arguments(league, tmp_path / "run", gpu=2, classes=["Red card"])
    step = start_step("train_spotter", arguments)
    lines = step.communicate()[1].splitlines()
    assert step.returncode == 2 and len(lines) == 2, lines
    assert lines[0].startswith("no CUDA device is visible")
    assert lines[1].startswith("train_spotter: ") and "show no event of the configured classes" in lines[1]


def test_more_gpus_than_there_are_is_one_line(tmp_path, monkeypatch):
    league = make_spotter_league(tmp_path, num_games=2, num_events=2)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ConfigError, match="2 GPUs asked for, 1 visible"):
        train_spotter(**spotter_arguments(league, tmp_path / "run", gpu=2))
