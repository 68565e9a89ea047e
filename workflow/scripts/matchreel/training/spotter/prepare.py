"""From shards and labels to a spotter with its statistics and the windows of both splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from matchreel.dataset import InputSizes, check_settings
from matchreel.errors import InputError
from matchreel.randomness import generator
from matchreel.spotter import Spotter, SpotterShape
from matchreel.step_scoring import window_steps
from matchreel.training.moments import Moments
from matchreel.training.spotter.judge import Judgement, judge
from matchreel.training.spotter.loop import SpotterTrainer
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import SamplingRules, Start
from matchreel.training.spotter.settings import SpotterSettings
from matchreel.training.spotter.windows import CachedSteps, Windows


@dataclass(frozen=True)
class Prepared:
    """What the run needs. feature_set: the values that scoring must find in a shard."""

    trainer: SpotterTrainer
    train: Windows
    valid: Windows
    rules: SamplingRules
    feature_set: dict[str, Any]
    processes: Processes

    @property
    def valid_starts(self) -> list[Start]:
        """Windows that cover the validation parts."""
        T = self.rules.num_steps
        return [
            Start(index, step)
            for index, part in enumerate(self.valid.parts)
            for step in window_steps(part.shard.grid.num_steps, T)
        ]

    def judge_valid(self) -> Judgement:
        """How the mean weights do on the validation parts."""
        trainer = self.trainer
        return judge(trainer.judged, self.valid.parts, trainer.settings, trainer.device)

    def judge_train(self) -> Judgement:
        """What the mean weights find in the training parts."""
        trainer = self.trainer
        return judge(trainer.judged, self.train.parts, trainer.settings, trainer.device)


def prepare_cached(
    settings: SpotterSettings,
    *,
    splits: Mapping[str, str],
    feature_set: Mapping[str, Any],
    parts: Sequence[LabelledPart],
    device: torch.device,
    processes: Processes,
) -> Prepared:
    """A training on cached features. Raises InputError where shards, labels and splits do not fit."""
    first = parts[0].shard
    check_settings(
        first.settings, {**first.settings, **feature_set}, where=Path(parts[0].game), against="the config"
    )
    own = {split: [part for part in parts if splits.get(part.game) == split] for split in ("train", "valid")}
    check_events(own["train"])
    sizes = InputSizes.of([part.shard for part in parts], settings.window_seconds)
    windows = {split: CachedSteps(own[split], sizes) for split in own}
    network = new_spotter(settings, frame_dim=sizes.frame_dim, num_mels=sizes.num_mels)
    set_part_statistics(network, own["train"])
    trainer = SpotterTrainer(network, settings, device=device, processes=processes)
    rules = sampling_rules(settings, num_steps=sizes.num_steps)
    return Prepared(trainer, windows["train"], windows["valid"], rules, dict(first.settings), processes)


def check_events(parts: Sequence[LabelledPart]) -> None:
    """InputError where the training games show no event of the model's classes."""
    if not any(part.shown for part in parts):
        raise InputError(
            "the training games show no event of the configured classes",
            where="train_spotter",
            remedy="Add games with labels to the train split, or check classes",
        )


def sampling_rules(settings: SpotterSettings, *, num_steps: int) -> SamplingRules:
    """The settings' rules for windows of that many grid steps."""
    return SamplingRules(
        num_windows=settings.windows_per_epoch,
        num_steps=num_steps,
        event_share=settings.event_share,
        replay_share=settings.replay_share,
        hard_share=settings.hard_share,
    )


def new_spotter(settings: SpotterSettings, *, frame_dim: int, num_mels: int) -> Spotter:
    """The network with weights drawn from (seed, model)."""
    torch.manual_seed(int(generator(settings.seed, "weights", settings.model_name).integers(2**31)))
    return Spotter(
        SpotterShape(
            frame_dim=frame_dim,
            num_mels=num_mels,
            num_classes=len(settings.classes),
            hidden=settings.hidden,
            layers=settings.layers,
            dropout=settings.dropout,
            temporal=settings.temporal,
        )
    )


def set_part_statistics(network: Spotter, parts: Sequence[LabelledPart]) -> None:
    """Mean and standard deviation per feature and mel bin over all training parts, read in pieces."""
    frames, mels = Moments(), Moments()
    for part in parts:
        for moments, rows in ((frames, part.shard.frames), (mels, part.shard.logmel)):
            for first in range(0, 0 if rows is None else len(rows), _ROWS_AT_ONCE):
                assert rows is not None
                piece = torch.from_numpy(rows[first : first + _ROWS_AT_ONCE].astype("float32"))
                moments.add(piece[None])
    network.set_statistics(
        frames=frames.mean_and_std(len(network.frame_mean)), mels=mels.mean_and_std(len(network.mel_mean))
    )


_ROWS_AT_ONCE = 20000
