"""One epoch of the spotter's training, repeatable from (seed, model, epoch) alone."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from matchreel.augment import feature_noise, modality_dropout, spec_augment
from matchreel.backbones import ClipEmbedder
from matchreel.randomness import generator
from matchreel.spotter import Spotter
from matchreel.training.spotter.mixing import Mixing
from matchreel.training.spotter.prefetch import Piece, Waiting, prefetched
from matchreel.training.spotter.processes import Processes
from matchreel.training.spotter.sampling import Start
from matchreel.training.spotter.settings import SpotterSettings
from matchreel.training.spotter.windows import StepBatch, Windows

_LARGEST_GRADIENT = 1.0
# ASSUME so many windows give the statistics of a batch norm: each has hundreds of steps.
_NORM_WINDOWS = 256


def focal_loss(
    logits: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    *,
    gamma: float,
    positive_weight: float,
) -> torch.Tensor:
    """Sum over (B, T, K) of the binary cross entropy, times how far off each is to the power of gamma.

    targets in [0, 1] (mixed windows have shares); a full positive counts positive_weight times.
    """
    entropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
    far_off = (torch.sigmoid(logits) - targets).abs() ** gamma
    return (weights * (1 + (positive_weight - 1) * targets) * far_off * entropy).sum()


class SpotterTrainer:
    """Optimiser, schedule and loss around a network, and the running mean of its weights that is judged.

    embed: the backbone that is fine-tuned with it, where the windows hold pictures. threads: how many windows
    are made at the same time.
    """

    def __init__(
        self,
        network: Spotter,
        settings: SpotterSettings,
        *,
        device: torch.device,
        processes: Processes,
        embed: ClipEmbedder | None = None,
        threads: int = 1,
    ) -> None:
        self.settings, self.device, self._processes = settings, device, processes
        # So many batches that all threads are at work while one batch waits to be used.
        self._num_ahead = 1 + -(-threads // settings.micro_batch_size)
        self.waiting = Waiting()
        self.network = Joint(network, embed).to(device)
        self._module = processes.wrapped(self.network, may_leave_unused=embed is not None)
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.network, settings), lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )  # fmt: skip
        steps = settings.epochs * -(-settings.windows_per_epoch // settings.batch_size)
        self.schedule = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: warm_cosine(step, steps, settings.warmup_share)
        )
        averaging = get_ema_multi_avg_fn(settings.ema_decay)  # type: ignore[no-untyped-call]
        self.mean = AveragedModel(self.network, multi_avg_fn=averaging)

    @property
    def judged(self) -> Spotter:
        """The network with the mean weights."""
        return self.judged_joint.spotter

    @property
    def judged_joint(self) -> Joint:
        """The network with the mean weights, and its backbone where that is trained too."""
        module = self.mean.module
        assert isinstance(module, Joint)
        return module

    @property
    def learning_rate(self) -> float:
        """The rate in use."""
        return float(self.optimizer.param_groups[0]["lr"])

    def train(self, windows: Windows, starts: Sequence[Start], epoch: int) -> float:
        """One pass over these windows; the mean loss of a window."""
        settings = self.settings
        words = ("torch", settings.model_name, epoch, *self._processes.words)
        torch.manual_seed(int(generator(settings.seed, *words).integers(2**31)))
        random = generator(settings.seed, "mixup", *words)
        self._module.train()
        if self.network.embed is not None:
            # ASSUME ImageNet's batch statistics serve better than those of a few windows.
            self.network.embed.eval()
        steps = [
            self._pieces(starts[first : first + settings.batch_size], words, first)
            for first in range(0, len(starts), settings.batch_size)
        ]
        total = 0.0
        every = [piece for pieces in steps for piece in pieces]
        with closing(self._batches(windows, every, self.waiting)) as batches:
            for index, pieces in enumerate(steps):
                num_windows = min(settings.batch_size, len(starts) - index * settings.batch_size)
                total += self._learn(batches, len(pieces), num_windows, random)
        return total / max(1, len(starts))

    def settle_norms(self, windows: Windows, starts: Sequence[Start]) -> None:
        """Measure the mean weights' own batch-norm statistics: those of the network are of other weights.

        Over the first of these windows, as judging sees them. Means of the network's running statistics
        would lag behind both: judged in an early epoch they are mostly those of the start.
        """
        norms = [layer for layer in self.judged.modules() if isinstance(layer, nn.BatchNorm2d)]
        if not starts or self.settings.modalities == "video":
            return
        self.mean.eval()
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # every batch counts the same
            norm.train()
        with torch.no_grad():
            for _ in self._judged_logits(windows, starts[:_NORM_WINDOWS]):
                pass
        self.mean.eval()

    def loss_of(self, windows: Windows, starts: Sequence[Start]) -> float:
        """The mean loss of a window under the mean weights, as they are."""
        self.mean.eval()
        total = 0.0
        with torch.inference_mode():
            for batch, logits in self._judged_logits(windows, starts):
                total += float(self._loss(logits, batch.targets, batch.weights))
        return total / len(starts) if starts else float("nan")

    def _judged_logits(
        self, windows: Windows, starts: Sequence[Start]
    ) -> Iterator[tuple[StepBatch, torch.Tensor]]:
        """Micro-batches of windows as they are, and what the mean weights say of them."""
        size = self.settings.micro_batch_size
        pieces = [Piece(starts[first : first + size], None) for first in range(0, len(starts), size)]
        with closing(self._batches(windows, pieces, Waiting())) as batches:
            for batch in batches:
                with self._precision():
                    logits = self.judged_joint(batch, *self.kept_modalities(batch), None)
                yield batch, logits.float()

    def _pieces(self, starts: Sequence[Start], words: tuple[object, ...], first: int) -> list[Piece]:
        """This process's share of a batch in micro-batches, each with a generator of its own."""
        # A process without a share goes along with a window that counts nothing.
        own, size = self._processes.share_of(starts) or starts[:1], self.settings.micro_batch_size
        return [
            Piece(own[at : at + size], generator(self.settings.seed, "windows", *words, first, at))
            for at in range(0, len(own), size)
        ]

    def _batches(self, windows: Windows, pieces: Sequence[Piece], waiting: Waiting) -> Generator[StepBatch]:
        return prefetched(windows, pieces, num_ahead=self._num_ahead, device=self.device, waiting=waiting)

    def _learn(
        self, batches: Iterator[StepBatch], num_pieces: int, num_windows: int, random: np.random.Generator
    ) -> float:
        """One optimiser step from the next num_pieces micro-batches, whose gradients add up.

        num_windows: of the whole batch, over all processes.
        """
        self.optimizer.zero_grad(set_to_none=True)
        losses, weight = list[torch.Tensor](), 1.0 if self._processes.rank < num_windows else 0.0
        for index in range(num_pieces):
            is_last = index == num_pieces - 1
            with nullcontext() if is_last else self._processes.unsynchronised(self._module):
                loss = weight * self._augmented_loss(next(batches), random)
                # Gradients are averaged over processes, so each counts its windows as a share of all.
                (loss * self._processes.count / num_windows).backward()  # type: ignore[no-untyped-call]
            losses.append(loss.detach())
        nn.utils.clip_grad_norm_(self.network.parameters(), max_norm=_LARGEST_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.mean.update_parameters(self.network)
        # Only now is the GPU waited for.
        return self._processes.summed(sum(map(float, losses)), self.device)

    def _augmented_loss(self, batch: StepBatch, random: np.random.Generator) -> torch.Tensor:
        settings, batch = self.settings, batch.varied()
        has_video, has_audio = self.kept_modalities(batch)
        if settings.modalities == "both":
            has_video, has_audio = modality_dropout(has_video, has_audio, settings.modality_dropout)
        mixed = Mixing.drawn(len(batch.targets), settings.mixup, random, self.device)
        with self._precision():
            logits = self._module(batch, has_video, has_audio, (settings, mixed))
        targets = mixed.of(batch.targets)
        return self._loss(logits.float(), targets, mixed.weights_of(batch.weights))

    def kept_modalities(self, batch: StepBatch) -> tuple[torch.Tensor, torch.Tensor]:
        """(B,) masks of what the model may use at all."""
        none = torch.zeros_like(batch.has_video)
        wanted = self.settings.modalities
        return (none if wanted == "audio" else batch.has_video), (
            none if wanted == "video" else batch.has_audio
        )

    def _loss(self, logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        settings = self.settings
        return focal_loss(
            logits, targets, weights, gamma=settings.focal_gamma, positive_weight=settings.positive_weight
        )

    def _precision(self) -> AbstractContextManager[Any]:
        if self.device.type == "cuda" and self.settings.mixed_precision:
            return torch.autocast("cuda", dtype=torch.bfloat16)
        return nullcontext()


class Joint(nn.Module):
    """The spotter behind its standardisation, augmentation and, where it is trained too, its backbone."""

    def __init__(self, spotter: Spotter, embed: ClipEmbedder | None) -> None:
        super().__init__()
        self.spotter, self.embed = spotter, embed

    def forward(
        self,
        batch: StepBatch,
        has_video: torch.Tensor,
        has_audio: torch.Tensor,
        augmentation: tuple[SpotterSettings, Mixing] | None,
    ) -> torch.Tensor:
        """Logits (B, T, K). Pictures become features; features stay what they are."""
        is_pictures = batch.frames.dtype == torch.uint8
        frames = self.embed(batch.frames) if self.embed is not None and is_pictures else batch.frames
        frames, logmel = self.spotter.standardise(frames, batch.logmel)
        # What is absent must not be blended into other windows, nor count in the norms of a batch.
        frames, logmel = frames * batch.has_video[:, None, None], logmel * batch.has_audio[:, None, None]
        if augmentation is not None:
            settings, mixing = augmentation
            frames = mixing.of(feature_noise(frames, settings.feature_noise))
            logmel = mixing.of(spec_augment(logmel) if settings.spec_augment else logmel)
        logits: torch.Tensor = self.spotter(frames, logmel, has_video, has_audio)
        return logits


def parameter_groups(network: Joint, settings: SpotterSettings) -> list[dict[str, Any]]:
    """The optimiser's groups: the backbone learns at backbone_rate times the rate of the spotter."""
    if network.embed is None:
        return [{"params": list(network.parameters())}]
    return [
        {"params": list(network.spotter.parameters())},
        {
            "params": list(network.embed.parameters()),
            "lr": settings.learning_rate * settings.backbone_rate,
        },
    ]


def warm_cosine(step: int, num_steps: int, warmup_share: float) -> float:
    """The learning rate's factor: rises over the first share of the steps, then half a cosine to 0."""
    warm = max(1, round(num_steps * warmup_share))
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, num_steps - warm)))
