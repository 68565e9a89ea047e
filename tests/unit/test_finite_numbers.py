"""NaN and infinity in weights, thresholds, features or scores: one line where they are read, never an empty reel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from matchreel.backbones import load_backbone
from matchreel.checkpoints import ModelFile
from matchreel.errors import InputError, OutputError
from matchreel.features import embed
from matchreel.packing import pack_model
from matchreel.records import Scores
from matchreel.torch_shim import import_torchvision

MODEL = ModelFile(
    model_name="tiny", kind="spotter", classes=("Goal",), thresholds=(0.5,), shape={}, feature_set={},
    window_before_seconds=10, window_after_seconds=5, splits={"g": "train"}, epoch=1, settings={}, versions={},
    state={"head.weight": torch.zeros(3, 2), "steps": torch.tensor(7)},
)  # fmt: skip
SCORES = Scores(
    logits=np.array([[0.5], [-1.0]], dtype=np.float32), times_seconds=np.array([7.5, 10.5]),
    window_seconds=15.0, stride_seconds=3.0, classes=("Goal",), scorer="tiny", trained_on=("g",),
    duration_seconds=18.0, event_offset_seconds=10.0, curves={"video": np.zeros(2, dtype=np.float32)},
    thresholds=(0.5,),
)  # fmt: skip
ODD = [float("nan"), float("inf"), -float("inf")]


def with_odd(array, value):
    changed = array.clone() if isinstance(array, torch.Tensor) else array.copy()
    changed.reshape(-1)[-1] = value
    return changed


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("field", ["state", "thresholds", "window_before_seconds"])
def test_a_model_with_such_a_number_is_neither_written_nor_loaded(tmp_path, monkeypatch, value, field):
    odd_state = MODEL.state | {"head.weight": with_odd(MODEL.state["head.weight"], value)}
    changes = {"state": odd_state, "thresholds": (value,), "window_before_seconds": value}
    path = tmp_path / "model.safetensors"
    odd = replace(MODEL, **{field: changes[field]})
    with pytest.raises(OutputError, match="what should be written could not be read again"):
        odd.save(path)
    assert not list(tmp_path.iterdir())
    # A file of an earlier version, which wrote them.
    monkeypatch.setattr(ModelFile, "load", lambda path: None)
    odd.save(path)
    monkeypatch.undo()
    with pytest.raises(InputError) as caught:
        pack_model(checkpoint_path=path, checkpoint=str(path), model_name="mine", model_path=tmp_path / "out")
    said = str(caught.value)
    named = {
        "state": "'head.weight'",
        "thresholds": "threshold",
        "window_before_seconds": "window_before_seconds",
    }
    assert said.startswith(str(path)) and named[field] in said and "\n" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ODD)
def test_so_are_a_backbones_weights(tmp_path, value):
    torch.manual_seed(0)
    state = import_torchvision().models.get_model("resnet18", weights=None).state_dict()
    torch.save(state | {"conv1.weight": with_odd(state["conv1.weight"], value)}, tmp_path / "resnet18.pth")
    with pytest.raises(
        InputError, match=r"resnet18.pth: its weights contain NaN or infinity, in 'conv1.weight'"
    ):
        load_backbone("resnet18", tmp_path / "resnet18.pth")


def test_features_that_come_out_as_nan_are_refused(tmp_path):
    class Network(torch.nn.Module):
        def forward(self, pictures):
            return torch.full((len(pictures), 4), float("nan"))

    pictures = iter([np.zeros((2, 8, 8, 3), dtype=np.uint8)])
    with pytest.raises(InputError, match="the features came out as NaN"):
        blocks = embed(Network(), pictures, num_steps=2, device=torch.device("cpu"), arithmetic="auto")
        list(blocks.blocks)


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("field", ["logits", "times_seconds", "curves", "thresholds", "duration_seconds"])
def test_scores_with_such_a_number_are_neither_written_nor_read(tmp_path, monkeypatch, value, field):
    changes = {
        "logits": with_odd(SCORES.logits, value), "times_seconds": with_odd(SCORES.times_seconds, value),
        "curves": {"video": with_odd(SCORES.curves["video"], value)}, "thresholds": (value,),
        "duration_seconds": value,
    }  # fmt: skip
    odd = replace(SCORES, **{field: changes[field]})
    with pytest.raises(InputError, match=r"the scores of 'tiny' cannot be used: .* contains NaN or infinity"):
        odd.save(tmp_path / "1.npz")
    assert not list(tmp_path.iterdir())
    # A file of an earlier version, which wrote them.
    monkeypatch.setattr(Scores, "check_numbers", lambda self: None)
    odd.save(tmp_path / "1.npz")
    monkeypatch.undo()
    with pytest.raises(InputError, match=r"1.npz: this is not a scores file \(.* contains NaN or infinity"):
        Scores.load(tmp_path / "1.npz")
