"""A spotter over a whole part: overlapping windows of the trained length, blended into one row a grid step.

The same function serves validation, mining and inference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch

from matchreel.arrays import forget_pages
from matchreel.dataset import InputSizes, read_window, stacked
from matchreel.records import Features, Float32, Float64, Scores
from matchreel.spotter import Spotter

MODALITIES = ("both", "video", "audio")
_BATCH_WINDOWS = 8


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
    batches = [starts[first : first + _BATCH_WINDOWS] for first in range(0, len(starts), _BATCH_WINDOWS)]

    def logits_of(chosen: Sequence[int]) -> Float32:
        return _window_logits(network, shard, chosen, num_steps, modalities, device)  # (M, B, T', K)

    for chosen, logits in zip(batches, _side_by_side(logits_of, batches, device), strict=True):
        for index, start in enumerate(chosen):
            sums[:, start : start + num_steps] += logits[:, index] * tent[:, None]
            weights[start : start + num_steps] += tent
        forget_pages(shard.frames, shard.logmel)
    blended = (sums / weights[:, None]).astype(np.float32)
    return dict(zip(modalities, blended, strict=True))


def _side_by_side(
    logits_of: Callable[[Sequence[int]], Float32], batches: Sequence[Sequence[int]], device: torch.device
) -> Iterator[Float32]:
    """The batches' logits in order. On a processor as many batches at once as torch may use threads.

    The steps of a recurrent layer are too small to be shared among threads: a batch a thread is quicker.
    """
    num_threads = torch.get_num_threads()
    if device.type != "cpu" or num_threads == 1:
        yield from map(logits_of, batches)
        return
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(num_threads) as workers:
            yield from workers.map(logits_of, batches)
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


def _window_logits(
    network: Spotter,
    shard: Features,
    starts: Sequence[int],
    num_steps: int,
    modalities: Sequence[str],
    device: torch.device,
) -> Float32:
    """(M, B, T', K): the branches run once, the head once for each modality."""
    shape = network.shape
    sizes = InputSizes(num_steps, shape.frame_dim, num_steps * shard.columns_per_step, shape.num_mels)
    windows = [read_window(shard, start_step=start, num_steps=num_steps) for start in starts]
    batch = stacked(windows, [0.0] * len(starts), sizes).to(device)
    bf16 = torch.autocast("cuda", dtype=torch.bfloat16, enabled=device.type == "cuda")
    with torch.inference_mode(), bf16:
        frames, logmel = network.standardise(batch.frames, batch.logmel)
        video, audio = network.video(frames), network.audio(logmel, num_steps)
        rows = [
            network.joined(video, audio, *masks)
            for masks in _masks(modalities, batch.has_video, batch.has_audio)
        ]
        return torch.stack(rows).float().cpu().numpy()


def _masks(
    modalities: Sequence[str], has_video: torch.Tensor, has_audio: torch.Tensor
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """What each modality lets the head see, (B,) each."""
    none = torch.zeros_like(has_video)
    for name in modalities:
        yield (none if name == "audio" else has_video), (none if name == "video" else has_audio)
