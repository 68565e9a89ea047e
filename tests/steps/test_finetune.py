"""finetune: true trains the backbone end to end from clip files, and scoring uses that backbone's features."""

from __future__ import annotations

import csv
import subprocess

import imageio_ffmpeg
import pytest
import torch

from matchreel.checkpoints import ModelFile
from matchreel.errors import InputError, MatchreelError
from matchreel.features import cache_tensors
from matchreel.media.audio import extract_audio
from matchreel.media.probe import probe_media
from matchreel.packing import pack_model
from matchreel.records import Features, Scores
from matchreel.scoring import score_windows
from matchreel.torch_shim import import_torchvision
from matchreel.training.step import train_model
from support.shards import TRAINING, outputs_in, save_clips

pytestmark = pytest.mark.slow

SECONDS = 3
FEATURE_SET = {
    "backbone": "resnet18", "frame_rate_fps": 2, "height": 32, "width": 48, "fit": "squash",
    "arithmetic": "auto", "n_fft": 256, "hop_samples": 200, "num_mels": 8,
}  # fmt: skip


def write_clip(path, *, bright, sound=True, seconds=SECONDS):
    colour = "white" if bright else "black"
    inputs = ["-f", "lavfi", "-i", f"color={colour}:s=64x48:r=10:d={seconds}"]
    inputs += (
        ["-f", "lavfi", "-i", f"sine=frequency=500:sample_rate=8000:duration={seconds}"] if sound else []
    )
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *inputs, "-c:v", "libx264"]
    subprocess.run([*command, "-preset", "ultrafast", "-c:a", "aac", str(path)], check=True)
    return path


@pytest.fixture(scope="module")
def weights_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.manual_seed(0)
    torch.save(import_torchvision().models.get_model("resnet18", weights=None).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def clips_paths(tmp_path_factory):
    """Two games of two bright positives and two dark negatives; one clip has no sound, one ends early."""
    folder = tmp_path_factory.mktemp("clips")
    tables = []
    for game in ("g0", "g1"):
        rows = []
        for index in range(4):
            bright = index % 2 == 0
            name, start = f"{index} clip.mp4", 10.0 * index
            rows.append(
                (game, "1", name, start, start + SECONDS, "Goal", int(bright), "highlight", start + 2, "0")
            )
        tables.append(save_clips(folder, game, rows))
        for index in range(4):
            path = tables[-1].parent / f"{index} clip.mp4"
            write_clip(path, bright=index % 2 == 0, sound=index != 3, seconds=2 if index == 1 else SECONDS)
    return tables


def arguments(clips_paths, weights_path, folder, **changes):
    return {
        **TRAINING, **outputs_in(folder), "features_paths": [], "clips_paths": clips_paths,
        "weights_path": weights_path, "splits": {"g0": "train", "g1": "valid"},
        "feature_set": {"name": "tiny", **FEATURE_SET, "sample_rate_hz": 8000}, "model_name": "tuned",
        "code": "abc", "threads": 1, "gpu": 0, "finetune": True, "epochs": 3, "batch_size": 4,
        "learning_rate": 0.001, "window_before_seconds": 2, "window_after_seconds": 1, **changes,
    }  # fmt: skip


@pytest.fixture(scope="module")
def tuned(clips_paths, weights_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tuned")
    train_model(**arguments(clips_paths, weights_path, folder))
    pack_model(
        checkpoint_path=folder / "last.safetensors", checkpoint="last", model_name="tuned",
        model_path=folder / "model.safetensors",
    )  # fmt: skip
    return folder


def test_the_backbone_learns_with_the_classifier(tuned, weights_path):
    model = ModelFile.load(tuned / "model.safetensors")
    before = torch.load(weights_path, weights_only=True)["conv1.weight"]
    after = model.state["backbone.network.conv1.weight"]
    assert after.shape == before.shape and not torch.equal(before, after)
    rows = list(csv.DictReader((tuned / "metrics.csv").open()))
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


def test_the_same_seed_gives_the_same_bytes(tuned, clips_paths, weights_path, tmp_path):
    train_model(**arguments(clips_paths, weights_path, tmp_path))
    assert (tmp_path / "last.safetensors").read_bytes() == (tuned / "last.safetensors").read_bytes()


def cached(video_path, weights_path, folder):
    folder.mkdir()
    paths = {"video_path": video_path, "probe_path": folder / "1.json", "wav_path": folder / "1.wav"}
    probe_media(video_path=video_path, probe_path=paths["probe_path"], game="g", part="1")
    extract_audio(**paths, sample_rate_hz=8000, ffmpeg="bundled", threads=1)
    features_path = folder / "1.safetensors"
    cache_tensors(
        **paths, **FEATURE_SET, weights_path=weights_path, features_path=features_path, ffmpeg="bundled",
        hwaccel="none", threads=1, gpu=0,
    )  # fmt: skip
    return features_path


def scored(features_path, tuned, scores_path):
    score_windows(
        features_path=features_path, model_path=tuned / "model.safetensors", scores_path=scores_path,
        window_seconds=3, stride_seconds=1, threads=1, gpu=0,
    )  # fmt: skip
    return Scores.load(scores_path)


def test_scoring_takes_the_tuned_backbone_and_no_other(tuned, weights_path, tmp_path):
    video_path = write_clip(tmp_path / "match.mp4", bright=True, seconds=6)
    features_path = cached(video_path, tuned / "model.safetensors", tmp_path / "tuned")
    assert Features.load(features_path).frames.shape == (12, 512)
    assert scored(features_path, tuned, tmp_path / "scores.npz").logits.shape == (4, 1)
    with pytest.raises(InputError, match="features have weights"):
        scored(cached(video_path, weights_path, tmp_path / "plain"), tuned, tmp_path / "wrong.npz")


@pytest.mark.parametrize("damage", ["missing", "torn", "text"])
def test_a_damaged_clip_is_named(clips_paths, weights_path, tmp_path, damage):
    path = clips_paths[0].parent / "0 clip.mp4"
    whole = path.read_bytes()
    try:
        path.unlink() if damage == "missing" else path.write_bytes(
            whole[:900] if damage == "torn" else b"text"
        )
        with pytest.raises((MatchreelError, FileNotFoundError), match="0 clip"):
            train_model(**arguments(clips_paths, weights_path, tmp_path))
    finally:
        path.write_bytes(whole)
