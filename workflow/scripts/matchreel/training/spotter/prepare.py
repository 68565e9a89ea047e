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
from matchreel.training.spotter.decoded import DecodedParts
from matchreel.training.spotter.judge import Judgement, false_alarms, judge
from matchreel.training.spotter.loop import SpotterTrainer
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import Moment, SamplingRules, Start
from matchreel.training.spotter.settings import SpotterSettings
from matchreel.training.spotter.windows import CachedSteps, Windows


@dataclass(frozen=True)
class Prepared:
    """What the run needs. feature_set: the values that scoring must find in a shard.

    valid_parts: the whole parts that are judged. decoded: where the backbone learns too and features change.
    """

    trainer: SpotterTrainer
    train: Windows
    valid_parts: Sequence[LabelledPart]
    sizes: InputSizes
    rules: SamplingRules
    feature_set: dict[str, Any]
    processes: Processes
    decoded: DecodedParts | None = None

    def validate(self) -> Validation:
        """How the mean weights do on the validation parts."""
        parts = self._seen(self.valid_parts)
        windows = CachedSteps(parts, self.sizes)
        loss = self.trainer.loss_of(windows, covering(parts, self.sizes.num_steps))
        return Validation(tuple(parts), loss, self._judged(parts))

    def mine(self, epoch: int) -> list[Moment]:
        """The mean weights' false alarms in the training parts, in a few of them where these are decoded."""
        indices = self._mined_indices(epoch)
        parts = self._seen([self.train.parts[index] for index in indices])
        alarms = false_alarms(parts, self._judged(parts).finds)
        return [Moment(indices[alarm.part_index], alarm.seconds) for alarm in alarms]

    def _mined_indices(self, epoch: int) -> list[int]:
        count, settings = len(self.train.parts), self.trainer.settings
        if self.decoded is None or count <= settings.judged_parts:
            return list(range(count))
        random = generator(settings.seed, "mining", settings.model_name, epoch)
        return sorted(random.choice(count, size=settings.judged_parts, replace=False).tolist())

    def _seen(self, parts: Sequence[LabelledPart]) -> list[LabelledPart]:
        """The parts with the features that the judged network goes by."""
        if self.decoded is None:
            return list(parts)
        embed = self.trainer.judged_joint.embed
        assert embed is not None
        return [self.decoded.seen(part, embed.backbone, self.trainer.device) for part in parts]

    def _judged(self, parts: Sequence[LabelledPart]) -> Judgement:
        trainer = self.trainer
        return judge(trainer.judged, parts, trainer.settings, trainer.device)


@dataclass(frozen=True)
class Validation:
    """The judged parts, the mean loss of a window in them, and what was found there."""

    parts: tuple[LabelledPart, ...]
    loss: float
    judgement: Judgement


def covering(parts: Sequence[LabelledPart], num_steps: int) -> list[Start]:
    """Windows that cover whole parts."""
    return [
        Start(index, step)
        for index, part in enumerate(parts)
        for step in window_steps(part.shard.grid.num_steps, num_steps)
    ]


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
    own = parts_of_splits(parts, splits=splits, feature_set=feature_set)
    sizes = InputSizes.of([part.shard for part in parts], settings.window_seconds)
    network = new_spotter(settings, frame_dim=sizes.frame_dim, num_mels=sizes.num_mels)
    set_part_statistics(network, own["train"])
    return Prepared(
        trainer=SpotterTrainer(network, settings, device=device, processes=processes),
        train=CachedSteps(own["train"], sizes),
        valid_parts=own["valid"],
        sizes=sizes,
        rules=sampling_rules(settings, num_steps=sizes.num_steps),
        feature_set=dict(parts[0].shard.settings),
        processes=processes,
    )


def parts_of_splits(
    parts: Sequence[LabelledPart], *, splits: Mapping[str, str], feature_set: Mapping[str, Any]
) -> dict[str, list[LabelledPart]]:
    """The parts of train and valid games; InputError where they or their shards do not fit the config."""
    held = parts[0].shard.settings
    check_settings(held, {**held, **feature_set}, where=Path(parts[0].game), against="the config")
    own = {split: [part for part in parts if splits.get(part.game) == split] for split in ("train", "valid")}
    check_events(own["train"])
    return own


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
