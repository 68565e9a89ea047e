"""cache_tensors: a flash and a click land on the step and the column that cover them; bad input is one line."""

from __future__ import annotations

import subprocess
from fractions import Fraction

import imageio_ffmpeg
import numpy as np
import pytest
import soundfile
import torch

from matchreel.dataset import check_settings
from matchreel.errors import InputError
from matchreel.features import cache_tensors
from matchreel.media.audio import extract_audio
from matchreel.media.probe import probe_media
from matchreel.records import Features
from matchreel.torch_shim import import_torchvision

AT_SECONDS, DURATION_SECONDS = 3.0, 6.0
VALUES = {
    "backbone": "resnet18", "frame_rate_fps": 5, "height": 32, "width": 48, "fit": "squash",
    "arithmetic": "auto", "n_fft": 400, "hop_samples": 160, "num_mels": 16, "ffmpeg": "bundled",
    "hwaccel": "none", "threads": 1, "gpu": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def weights_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.manual_seed(0)
    torch.save(import_torchvision().models.get_model("resnet18", weights=None).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """kinds -> video, WAV and probe of 6 s with a white flash and a click at 3 s."""
    folder = tmp_path_factory.mktemp("recordings")

    def make(kinds):
        base = folder / kinds
        paths = (base / "a 1.mkv", base / "1.wav", base / "1.json")
        if not base.exists():
            base.mkdir()
            write_recording(paths[0], kinds)
            probe_media(video_path=paths[0], probe_path=paths[2], game="g", part="1")
            extract_audio(
                video_path=paths[0], probe_path=paths[2], wav_path=paths[1], sample_rate_hz=16000,
                ffmpeg="bundled", threads=1,
            )  # fmt: skip
        return paths

    return make


def write_recording(path, kinds):
    click = np.zeros(int(DURATION_SECONDS * 48000))
    click[int(AT_SECONDS * 48000) : int(AT_SECONDS * 48000) + 200] = 0.8
    soundfile.write(path.with_suffix(".in.wav"), click, 48000)
    flash = f"between(t,{AT_SECONDS},{AT_SECONDS + 0.199})"
    video = [
        "-f",
        "lavfi",
        "-i",
        f"color=black:s=96x64:r=25:d={DURATION_SECONDS},drawbox=t=fill:c=white:enable='{flash}'",
    ]
    sound = ["-i", str(path.with_suffix(".in.wav"))]
    inputs = (video if "video" in kinds else []) + (sound if "audio" in kinds else [])
    codecs = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le", "-threads", "1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *inputs, *codecs, str(path)]
    subprocess.run(command, check=True)


def cache(paths, features_path, weights_path, **changes):
    video_path, wav_path, probe_path = paths
    cache_tensors(
        video_path=video_path, wav_path=wav_path, probe_path=probe_path, weights_path=weights_path,
        features_path=features_path, **{**VALUES, **changes},
    )  # fmt: skip
    return Features.load(features_path)


def test_flash_and_click_lie_where_they_happened(recording, weights_path, tmp_path):
    shard = cache(recording("video-audio"), tmp_path / "f.safetensors", weights_path)
    T = 30
    assert shard.frames.shape == (T, 512) and shard.frames.dtype == np.float16
    assert shard.logmel.shape == (T * 20, 16) and shard.columns_per_step == 20
    assert shard.grid.rate_fps == Fraction(5) and shard.duration_seconds == pytest.approx(6, abs=0.05)
    away = np.abs(shard.frames.astype(float) - np.median(shard.frames, axis=0)).sum(axis=1)
    assert int(away.argmax()) == int(AT_SECONDS * 5)
    loudest = int(shard.logmel.astype(float).sum(axis=1).argmax())
    assert abs(loudest - AT_SECONDS * 100) <= 1
    assert shard.settings["sample_rate_hz"] == 16000 and len(shard.settings["weights"]) == 12


@pytest.mark.parametrize(("kinds", "frames", "logmel"), [("video", True, False), ("audio", False, True)])
def test_a_missing_stream_is_none(recording, weights_path, tmp_path, kinds, frames, logmel):
    shard = cache(recording(kinds), tmp_path / "f.safetensors", weights_path)
    assert (shard.frames is not None, shard.logmel is not None) == (frames, logmel)
    assert shard.grid.num_steps == 30


def test_the_same_input_gives_the_same_bytes(recording, weights_path, tmp_path):
    for name in ("a", "b"):
        cache(recording("video-audio"), tmp_path / name, weights_path)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_default_backbone_needs_no_file(recording, tmp_path):
    paths = recording("video-audio")
    shard = cache(paths, tmp_path / "f", None, backbone="efficientnet_lite0", frame_rate_fps=1, num_mels=8)
    assert shard.frames.shape == (6, 1280) and shard.logmel.shape == (600, 8)
    assert np.isfinite(shard.frames).all()


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"backbone": "inception_v3", "height": 64}, "takes pictures of at least 75x75, not 64x"),
        ({"backbone": "resnet9000"}, "no torchvision classification model"),
        ({"hop_samples": 441}, "not a whole number"),
    ],
)
def test_what_cannot_be_is_one_line(recording, weights_path, tmp_path, change, match):
    with pytest.raises(Exception, match=match) as caught:
        cache(recording("video-audio"), tmp_path / "f", weights_path, **change)
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []


def test_a_lost_recording_leaves_nothing(recording, weights_path, tmp_path):
    video_path, wav_path, probe_path = recording("video-audio")
    with pytest.raises(FileNotFoundError):
        cache((tmp_path / "gone.mkv", wav_path, probe_path), tmp_path / "f", weights_path)
    with pytest.raises(InputError, match="not a readable WAV"):
        cache((video_path, probe_path, probe_path), tmp_path / "f", weights_path)
    assert list(tmp_path.iterdir()) == []


def test_shorter_arithmetic_says_so_and_sees_nearly_the_same(recording, tmp_path):
    made = {
        bits: cache(
            recording("video-audio"), tmp_path / bits, None, backbone="efficientnet_lite0", arithmetic=bits
        )
        for bits in ("fp32", "bf16")
    }
    whole, short = (shard.frames.astype(float) for shard in made.values())
    assert [shard.settings["arithmetic"] for shard in made.values()] == ["fp32", "bf16"]
    assert (whole != short).any()
    assert np.abs(whole - short).mean() < 0.03 * np.abs(whole).mean() + 0.02
    check_settings(made["fp32"].settings, made["bf16"].settings, where=tmp_path, against="the other")
