"""torchvision and torchaudio work beside any torch, and torch repeats itself."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from matchreel import torch_shim


def test_models_transforms_and_weights_are_usable():
    vision = torch_shim.import_torchvision()
    network = vision.models.get_model("resnet18", weights=None).eval()
    assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)
    assert vision.models.get_model_weights("resnet50").DEFAULT.url.endswith(".pth")


def test_spectrograms_and_masks_are_usable():
    audio = torch_shim.import_torchaudio()
    mel = audio.transforms.MelSpectrogram(8000, n_fft=256, hop_length=128, n_mels=8)(torch.ones(1, 1024))
    assert mel.shape == (1, 8, 9)
    assert audio.functional.mask_along_axis_iid(mel[None], 3, 0.0, 2).shape == (1, 1, 8, 9)


@pytest.mark.parametrize(
    ("function", "error"),
    [("import_torchvision", RuntimeError("libjpeg is broken")), ("import_torchaudio", OSError("disk error"))],
)
def test_other_errors_are_not_hidden(monkeypatch, function, error):
    def fails(name):
        raise error

    monkeypatch.setattr(torch_shim.importlib, "import_module", fails)
    with pytest.raises(type(error), match=str(error)):
        getattr(torch_shim, function).__wrapped__()


@pytest.mark.slow
def test_the_plain_modules_serve_after_the_shim():
    code = (
        "from matchreel.torch_shim import import_torchaudio, import_torchvision; import_torchvision();"
        "import_torchaudio(); import torchvision.transforms.v2, torchaudio.transforms"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_set_up_repeats_itself():
    draws = []
    for _ in range(2):
        assert torch_shim.set_up_torch(threads=1, gpu=0, seed=5).type == "cpu"
        draws.append(torch.rand(4))
    assert torch.equal(*draws)
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without CUDA")
def test_a_wished_but_absent_gpu_is_said(caplog):
    with caplog.at_level("INFO"):
        assert torch_shim.set_up_torch(threads=1, gpu=1, seed=0).type == "cpu"
    assert "no CUDA device" in caplog.text
