"""A spotter over a whole part: overlapping windows of the trained length, blended into one row a grid step.

The same function serves validation, mining and inference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from matchreel.arrays import forget_pages
from matchreel.records import Features, Float16, Float32, Float64, Scores
from matchreel.spotter import COLUMNS_PER_STEP, Spotter

MODALITIES = ("both", "video", "audio")
# Windows at once through the recurrent layers, which cost a step's time far more than a window's, and through
# the convolutions, whose maps are large. The same for any threads: sizes decide how sums are rounded.
_GROUP_WINDOWS = 36
_CONVOLVED_WINDOWS = 4


def score_steps(
    network: Spotter,
    shard: Features,
    *,
    window_seconds: float,
    modalities: Sequence[str],
    device: torch.device,
) -> dict[str, Float32]:
    """Modality (both, video or audio) -> logits (T, K) float32 of every grid step.

    Windows start every half window; where two cover a step, each counts by how far the step is from its ends.
    """
    network.eval()
    num_steps = min(shard.grid.steps_in(window_seconds), shard.grid.num_steps)
    starts = window_steps(shard.grid.num_steps, num_steps)
    T, K = shard.grid.num_steps, network.shape.num_classes
    sums = np.zeros((len(modalities), T, K))
    weights, tent = np.zeros(T), _tent(num_steps)
    groups = [
        _Group(shard, starts[first : first + _GROUP_WINDOWS], num_steps)
        for first in range(0, len(starts), _GROUP_WINDOWS)
    ]

    def logits_of(group: _Group) -> Float32:
        return _group_logits(network, group, modalities, device)  # (M, B, T', K)

    for group, logits in zip(groups, _side_by_side(logits_of, groups, device), strict=True):
        for index, start in enumerate(group.starts):
            sums[:, start : start + num_steps] += logits[:, index] * tent[:, None]
            weights[start : start + num_steps] += tent
        forget_pages(shard.frames, shard.logmel)
    blended = (sums / weights[:, None]).astype(np.float32)
    return dict(zip(modalities, blended, strict=True))


def _side_by_side(
    logits_of: Callable[[_Group], Float32], groups: Sequence[_Group], device: torch.device
) -> Iterator[Float32]:
    """The groups' logits in order. On a processor as many groups at once as torch may use threads.

    The steps of a recurrent layer are too small to be shared among threads: a group a thread is quicker.
    """
    num_threads = torch.get_num_threads()
    if device.type != "cpu" or num_threads == 1:
        yield from map(logits_of, groups)
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(num_threads) as workers:
            yield from workers.map(logits_of, groups)
    finally:
        torch.set_num_threads(num_threads)


def step_scores(
    logits: Float32,
    shard: Features,
    *,
    classes: Sequence[str],
    scorer: str,
    trained_on: Sequence[str],
    thresholds: Sequence[float] = (),
    curves: Mapping[str, Float32] | None = None,
) -> Scores:
    """The record of a part's logits (T, K): a row stands for the centre of its grid step."""
    step_seconds = float(shard.grid.step_seconds)
    return Scores(
        logits=logits,
        times_seconds=shard.grid.starts_seconds() + step_seconds / 2,
        window_seconds=step_seconds,
        stride_seconds=step_seconds,
        classes=tuple(classes),
        scorer=scorer,
        trained_on=tuple(trained_on),
        duration_seconds=shard.duration_seconds,
        event_offset_seconds=step_seconds / 2,
        curves=curves or {},
        is_stepwise=True,
        thresholds=tuple(thresholds),
    )


def window_steps(num_part_steps: int, num_steps: int) -> list[int]:
    """Starts of the windows over a part: every half window, the last one flush with the end."""
    last = max(0, num_part_steps - num_steps)
    starts = list(range(0, last + 1, max(1, num_steps // 2)))
    return starts if starts[-1] == last else [*starts, last]


def _tent(num_steps: int) -> Float64:
    """(T',) weights: lowest at the ends of a window, never 0."""
    steps = np.arange(num_steps)
    tent: Float64 = np.minimum(steps + 1, num_steps - steps).astype(np.float64)
    return tent


@dataclass(frozen=True)
class _Group:
    """Windows that follow each other, and the stretch of the part that they cover together."""

    shard: Features
    starts: Sequence[int]
    num_steps: int

    def rows(self, held: Float16 | None, per_step: int, device: torch.device) -> torch.Tensor | None:
        """(1, L, .) float32 of the stretch; None where the part has no such modality."""
        if held is None:
            return None
        rows = held[self.starts[0] * per_step : (self.starts[-1] + self.num_steps) * per_step]
        return torch.from_numpy(rows.copy()).to(device).float()[None]

    def windows(self, rows: torch.Tensor, per_step: int) -> torch.Tensor:
        """The stretch's rows (1, L, .) as windows (B, T' * per_step, .)."""
        places = [(start - self.starts[0]) * per_step for start in self.starts]
        return torch.stack([rows[0, place : place + self.num_steps * per_step] for place in places])


def _group_logits(
    network: Spotter, group: _Group, modalities: Sequence[str], device: torch.device
) -> Float32:
    """(M, B, T', K): the branches run once, the head once for each modality."""
    bf16 = torch.autocast("cuda", dtype=torch.bfloat16, enabled=device.type == "cuda")
    with torch.inference_mode(), bf16:
        video, audio = _seen(network, group, device), _heard(network, group, device)
        sizes = len(group.starts), group.num_steps, network.shape.hidden
        silence = torch.zeros(sizes, device=device)
        rows = [
            network.joined(
                silence if video is None or name == "audio" else video,
                silence if audio is None or name == "video" else audio,
            )
            for name in modalities
        ]
        return torch.stack(rows).float().cpu().numpy()


def _seen(network: Spotter, group: _Group, device: torch.device) -> torch.Tensor | None:
    """(B, T', H) of the picture. What looks at single steps runs once for all windows that share them."""
    frames = group.rows(group.shard.frames, 1, device)
    if frames is None:
        return None
    steps = network.video.project(network.standardise_frames(frames))
    seen: torch.Tensor = network.video.temporal(group.windows(steps, 1))
    return seen


def _heard(network: Spotter, group: _Group, device: torch.device) -> torch.Tensor | None:
    """(B, T', H) of the sound. The convolutions see where a window ends, so each window has its own."""
    logmel = group.rows(group.shard.logmel, group.shard.columns_per_step, device)
    if logmel is None:
        return None
    pooled = network.audio.pooled(logmel, logmel.shape[1] // group.shard.columns_per_step)
    columns = group.windows(network.standardise_mels(pooled), COLUMNS_PER_STEP)
    steps = torch.cat([network.audio.heard(some) for some in torch.split(columns, _CONVOLVED_WINDOWS)])
    heard: torch.Tensor = network.audio.temporal(steps)
    return heard
