"""The spotter's training goes on after a kill, to the same bytes, and keeps what it is asked to keep."""

from __future__ import annotations

import signal

import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.packing import pack_model
from matchreel.training.spotter.step import train_spotter
from support.shards import stopped_early
from support.spotter_leagues import (
    make_spotter_league,
    spotter_arguments,
)

pytestmark = pytest.mark.slow

LONG = {"epochs": 8, "keep": "all", "mine_every": 1}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    league = make_spotter_league(folder, num_games=3, num_events=6, replays=True)
    train_spotter(**spotter_arguments(league, folder / "run", **LONG))
    return league, folder / "run"


@pytest.mark.parametrize(("how", "status"), [(signal.SIGKILL, -9), (signal.SIGTERM, 143)])
def test_a_killed_training_goes_on_to_the_same_bytes(tmp_path, undisturbed, caplog, how, status):
    league, whole = undisturbed
    arguments = spotter_arguments(league, tmp_path, **LONG)
    assert stopped_early("train_spotter", arguments, arguments["model_dir"] / "resume.pt", how) == status
    assert (tmp_path / "resume.pt").exists() and not (tmp_path / "best.safetensors").exists()
    with caplog.at_level("INFO"):
        train_spotter(**arguments)
    assert "goes on after epoch" in caplog.text
    files = [path.relative_to(whole) for path in sorted(whole.rglob("*")) if path.is_file()]
    assert len(files) == 8 + 5
    for name in files:
        assert (tmp_path / name).read_bytes() == (whole / name).read_bytes(), name


def test_another_training_never_resumes(tmp_path, caplog):
    league = make_spotter_league(tmp_path, num_games=3, num_events=6)
    arguments = spotter_arguments(league, tmp_path / "run", epochs=6, windows_per_epoch=8)
    resume_path = arguments["model_dir"] / "resume.pt"
    stopped_early("train_spotter", arguments, resume_path, signal.SIGKILL)
    held = resume_path.read_bytes()
    for change in (
        {"epochs": 1},
        {"code": "abd"},
        {"splits": {**league.splits, "g0": "valid"}},
        {"nms_seconds": 5},
        "labels",
        "torn",
    ):
        resume_path.write_bytes(held if change != "torn" else held[: len(held) // 2])
        if change == "labels":
            path = league.labels_paths[0]
            path.write_text(path.read_text().replace('"home"', '"away"'))
        changes = change if isinstance(change, dict) else {}
        caplog.clear()
        with caplog.at_level("INFO"):
            train_spotter(**{**arguments, **changes})
        assert "set aside as resume.pt.stale" in caplog.text and "goes on" not in caplog.text
        assert resume_path.with_name("resume.pt.stale").exists()


def test_all_epochs_are_kept_with_thresholds_of_their_own(undisturbed, tmp_path):
    _, folder = undisturbed
    epochs = [ModelFile.load(path) for path in sorted((folder / "epochs").iterdir())]
    assert [model.epoch for model in epochs] == list(range(1, 9))
    assert all(len(model.thresholds) == 2 for model in epochs)
    last = ModelFile.load(folder / "last.safetensors")
    assert epochs[-1].thresholds == last.thresholds and epochs[0].thresholds != last.thresholds
    for name, weights in last.state.items():
        assert torch.equal(epochs[-1].state[name], weights), name
    pack_model(
        checkpoint_path=folder / "epochs", checkpoint="epoch:3", model_name="mine",
        model_path=tmp_path / "model.safetensors",
    )  # fmt: skip
    packed = ModelFile.load(tmp_path / "model.safetensors")
    assert (packed.epoch, packed.model_name, packed.thresholds) == (3, "mine", epochs[2].thresholds)
