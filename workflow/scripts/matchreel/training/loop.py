"""One epoch of training and of validation, repeatable from (seed, model, epoch) alone."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from matchreel.augment import feature_noise, modality_dropout, spec_augment
from matchreel.backbones import ClipEmbedder
from matchreel.clip_windows import Examples
from matchreel.dataset import Batch
from matchreel.models import ClipClassifier
from matchreel.randomness import generator
from matchreel.records import Float32
from matchreel.training.settings import TrainSettings


@dataclass(frozen=True)
class Outcome:
    """Mean loss over an epoch's windows, and every window's logit (N,) and label (N,)."""

    loss: float
    logits: Float32
    labels: Float32

    @property
    def accuracy(self) -> float:
        """Share of windows on the right side of logit 0; nan where there are none."""
        return float(np.mean((self.logits > 0) == (self.labels > 0))) if len(self.labels) else float("nan")

    @property
    def auc(self) -> float:
        """Chance that a positive scores above a negative (ties count half); nan with one class only."""
        return area_under_curve(self.logits, self.labels)


def area_under_curve(scores: Float32, labels: Float32) -> float:
    """ROC AUC of scores (N,) for labels (N,) of 0 or 1; nan where one class is missing."""
    positives = scores[labels > 0][:, None]
    negatives = scores[labels <= 0][None, :]
    if not positives.size or not negatives.size:
        return float("nan")
    return float(np.mean((positives > negatives) + 0.5 * (positives == negatives)))


class Trainer:
    """Optimiser, schedule and loss around a network; `embed` is the backbone that is fine-tuned with it."""

    def __init__(
        self,
        network: ClipClassifier,
        settings: TrainSettings,
        *,
        device: torch.device,
        positive_weight: float,
        embed: ClipEmbedder | None = None,
    ) -> None:
        self.settings, self.device = settings, device
        self.embed = embed.to(device) if embed else None
        self.network = network.to(device)
        self.optimizer = torch.optim.Adam(
            [*network.parameters(), *(embed.parameters() if embed else ())],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        self.schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(
            self.optimizer, factor=settings.plateau_factor, patience=settings.plateau_patience
        )
        self._loss = nn.BCEWithLogitsLoss(
            reduction="sum", pos_weight=torch.tensor(positive_weight, device=device)
        )

    @property
    def learning_rate(self) -> float:
        """The rate in use."""
        return float(self.optimizer.param_groups[0]["lr"])

    def train(self, examples: Examples, epoch: int) -> Outcome:
        """One pass over all windows in a random order, varied and augmented."""
        settings = self.settings
        words = (settings.model_name, epoch)
        torch.manual_seed(int(generator(settings.seed, "torch", *words).integers(2**31)))
        order = generator(settings.seed, "order", *words).permutation(len(examples.labels)).tolist()
        random = generator(settings.seed, "windows", *words)
        self._set_mode(training=True)
        outcomes = [
            self._learn(examples, order[first : first + settings.batch_size], random)
            for first in range(0, len(order), settings.batch_size)
        ]
        return _joined(outcomes)

    def validate(self, examples: Examples) -> Outcome:
        """All windows in order, as they are."""
        self._set_mode(training=False)
        size, count = self._micro_size, len(examples.labels)
        with torch.inference_mode():
            parts = [
                self._loss_of(examples.batch(range(first, min(first + size, count)), None), augmented=False)
                for first in range(0, count, size)
            ]
        return _joined([_outcome(*part) for part in parts])

    @property
    def _micro_size(self) -> int:
        return self.settings.micro_batch_size if self.embed else self.settings.batch_size

    def _set_mode(self, *, training: bool) -> None:
        self.network.train(training)
        if self.embed:
            # ASSUME ImageNet's batch statistics serve better than those of a few clips.
            self.embed.eval()

    def _learn(self, examples: Examples, indices: Sequence[int], random: np.random.Generator) -> Outcome:
        """One optimiser step; gradients of its micro-batches add up."""
        self.optimizer.zero_grad(set_to_none=True)
        outcomes, size = list[Outcome](), self._micro_size
        for first in range(0, len(indices), size):
            batch = examples.batch(indices[first : first + size], random)
            loss, logits, labels = self._loss_of(batch, augmented=True)
            (loss / len(indices)).backward()  # type: ignore[no-untyped-call]
            outcomes.append(_outcome(loss, logits, labels))
        nn.utils.clip_grad_norm_(self.network.parameters(), max_norm=5.0)
        self.optimizer.step()
        return _joined(outcomes)

    def _loss_of(self, batch: Batch, *, augmented: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Summed loss, logits (B,) and labels (B,)."""
        batch = batch.to(self.device)
        with self._precision():
            frames = self.embed(batch.frames) if self.embed else batch.frames
            logits = self._logits(frames, batch, augmented=augmented)
        return self._loss(logits.float(), batch.labels), logits.detach().float(), batch.labels

    def _logits(self, frames: torch.Tensor, batch: Batch, *, augmented: bool) -> torch.Tensor:
        settings = self.settings
        frames, logmel = self.network.standardise(frames, batch.logmel)
        has_video, has_audio = batch.has_video, batch.has_audio
        if augmented:
            frames = feature_noise(frames, settings.feature_noise)
            logmel = spec_augment(logmel) if settings.spec_augment else logmel
            has_video, has_audio = modality_dropout(has_video, has_audio, settings.modality_dropout)
        logits: torch.Tensor = self.network(frames, logmel, has_video, has_audio)
        return logits

    def _precision(self) -> AbstractContextManager[Any]:
        if self.device.type == "cuda" and self.settings.mixed_precision:
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return nullcontext()


def _outcome(loss: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor) -> Outcome:
    return Outcome(float(loss.detach()) / max(1, len(labels)), logits.cpu().numpy(), labels.cpu().numpy())


def _joined(outcomes: Sequence[Outcome]) -> Outcome:
    if not outcomes:
        empty = np.zeros(0, dtype=np.float32)
        return Outcome(float("nan"), empty, empty)
    counts = [len(outcome.labels) for outcome in outcomes]
    return Outcome(
        loss=float(np.average([outcome.loss for outcome in outcomes], weights=counts)),
        logits=np.concatenate([outcome.logits for outcome in outcomes]),
        labels=np.concatenate([outcome.labels for outcome in outcomes]),
    )
