"""Fine-tuning: pictures and sound decoded from the sliced clips, the backbone trained with the classifier."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from matchreel.augment import clip_augment
from matchreel.backbones import ClipEmbedder, check_picture_size, load_backbone
from matchreel.checksums import check_in_folder
from matchreel.clip_windows import ClipRow, read_clips
from matchreel.dataset import Batch
from matchreel.logmel import MelSettings, columns_per_step, log_mel
from matchreel.media.audio import extract_audio
from matchreel.media.decode import read_frames
from matchreel.media.probe import probe_file
from matchreel.records import Float32, Probe
from matchreel.timeline import FrameGrid, parse_rate
from matchreel.training.loop import Trainer
from matchreel.training.prepare import (
    Prepared,
    new_network,
    positive_weight,
    rows_of,
    set_input_statistics,
)
from matchreel.training.settings import TrainSettings

log = logging.getLogger("matchreel")


def prepare_finetuning(
    settings: TrainSettings,
    *,
    splits: Mapping[str, str],
    feature_set: Mapping[str, Any],
    clips_paths: Sequence[Path],
    weights_path: Path | None,
    ffmpeg: str,
    threads: int,
    device: torch.device,
) -> Prepared:
    """An end-to-end training on clip files. Raises InputError or ToolError where a clip cannot be decoded."""
    check_picture_size(feature_set["backbone"], feature_set["height"], feature_set["width"])
    backbone, _digest = load_backbone(feature_set["backbone"], weights_path)
    reader = ClipReader.of(feature_set, settings.window_seconds, ffmpeg=ffmpeg, threads=threads)
    rows = read_clips(clips_paths)
    for path in clips_paths:
        check_in_folder(*(row.clip_path for row in rows if row.clip_path.parent == path.parent))
    train, valid = (DecodedClips(rows_of(rows, splits, split), reader) for split in ("train", "valid"))
    embed = ClipEmbedder(backbone.requires_grad_(True)).to(device)
    with torch.inference_mode():
        pictures = torch.zeros((1, 1, reader.height, reader.width, 3), dtype=torch.uint8, device=device)
        frame_dim = embed(pictures).shape[-1]
    network = new_network(settings, frame_dim=frame_dim, num_mels=feature_set["num_mels"])
    set_input_statistics(network, train, embed)
    weight = positive_weight(settings, train.labels)
    trainer = Trainer(network, settings, device=device, positive_weight=weight, embed=embed)
    return Prepared(trainer, train, valid, dict(feature_set))


@dataclass(frozen=True)
class ClipReader:
    """How a clip file becomes T pictures of height x width and L log-mel columns of a feature set."""

    num_steps: int
    rate_fps: Any
    height: int
    width: int
    fit: Any
    mel: MelSettings
    sample_rate_hz: int
    ffmpeg: str
    threads: int

    @classmethod
    def of(
        cls, feature_set: Mapping[str, Any], window_seconds: float, *, ffmpeg: str, threads: int
    ) -> ClipReader:
        """The reader of a feature set's values."""
        rate_fps = parse_rate(feature_set["frame_rate_fps"])
        return cls(
            num_steps=FrameGrid(rate_fps, 1).steps_in(window_seconds),
            rate_fps=rate_fps,
            height=feature_set["height"],
            width=feature_set["width"],
            fit=feature_set["fit"],
            mel=MelSettings(feature_set["n_fft"], feature_set["hop_samples"], feature_set["num_mels"]),
            sample_rate_hz=feature_set["sample_rate_hz"],
            ffmpeg=ffmpeg,
            threads=threads,
        )

    @property
    def grid(self) -> FrameGrid:
        """One window's grid."""
        return FrameGrid(self.rate_fps, self.num_steps)

    @property
    def num_columns(self) -> int:
        """L of one window."""
        per_step = columns_per_step(
            sample_rate_hz=self.sample_rate_hz, hop_samples=self.mel.hop_samples, rate_fps=self.rate_fps
        )
        return self.num_steps * per_step

    def pictures(self, probe: Probe) -> np.ndarray[Any, np.dtype[np.uint8]] | None:
        """(T, H, W, 3) uint8, the last one repeated where the clip is short; None without a picture."""
        if probe.video is None:
            return None
        own = FrameGrid.over(probe.duration_seconds, self.rate_fps)
        grid = FrameGrid(self.rate_fps, min(own.num_steps, self.num_steps))
        batches = read_frames(
            probe=probe, grid=grid, height=self.height, width=self.width, fit=self.fit, ffmpeg=self.ffmpeg,
            threads=self.threads, batch_steps=self.num_steps, pixel_format="rgb24",
        )  # fmt: skip
        pictures = np.concatenate(list(batches))
        missing = self.num_steps - len(pictures)
        return np.pad(pictures, ((0, missing), (0, 0), (0, 0), (0, 0)), mode="edge") if missing else pictures

    def logmel(self, clip_path: Path, probe: Probe) -> Float32 | None:
        """(L, F) float32 dB; None without sound."""
        if probe.audio is None:
            return None
        with tempfile.TemporaryDirectory(prefix="matchreel-") as folder:
            probe_path, wav_path = Path(folder) / "probe.json", Path(folder) / "clip.wav"
            probe.save(probe_path)
            extract_audio(
                video_path=clip_path,
                probe_path=probe_path,
                wav_path=wav_path,
                sample_rate_hz=self.sample_rate_hz,
                ffmpeg=self.ffmpeg,
                threads=self.threads,
            )
            columns = log_mel(wav_path, grid=self.grid, settings=self.mel)
        return None if columns is None else columns.astype(np.float32)


class DecodedClips:
    """Examples decoded from clip files at every visit; in training a clip's pictures are varied alike."""

    def __init__(self, rows: Sequence[ClipRow], reader: ClipReader) -> None:
        self._rows, self._reader = rows, reader
        self.labels = np.array([row.is_positive for row in rows], dtype=np.float32)

    def batch(self, indices: Sequence[int], random: np.random.Generator | None) -> Batch:
        """Pictures (B, T, H, W, 3) uint8 and log-mel (B, L, F) of these clips."""
        clips = [self._read(self._rows[index].clip_path, random) for index in indices]
        return Batch(
            frames=torch.stack([clip[0] for clip in clips]),
            logmel=torch.stack([clip[1] for clip in clips]),
            has_video=torch.tensor([clip[2] for clip in clips]),
            has_audio=torch.tensor([clip[3] for clip in clips]),
            labels=torch.from_numpy(self.labels[list(indices)]),
        )

    def _read(
        self, clip_path: Path, random: np.random.Generator | None
    ) -> tuple[torch.Tensor, torch.Tensor, float, float]:
        """Pictures, log-mel and whether there are any; zeros stand for a missing one."""
        reader = self._reader
        probe = probe_file(clip_path, game="clip", part="full")
        held, columns = reader.pictures(probe), reader.logmel(clip_path, probe)
        shape = (reader.num_steps, reader.height, reader.width, 3)
        pictures = torch.zeros(shape, dtype=torch.uint8) if held is None else torch.from_numpy(held)
        logmel = torch.zeros((reader.num_columns, reader.mel.num_mels))
        if columns is not None:
            logmel = torch.from_numpy(columns)
        if random is not None:
            pictures = clip_augment(pictures, random)
        return pictures, logmel, float(held is not None), float(columns is not None)
