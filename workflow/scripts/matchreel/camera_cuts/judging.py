"""From small pictures to camera cuts: where colours change, the network says whether the camera does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from matchreel.camera_cuts.bursts import thinning
from matchreel.records import Float32, Float64

Pictures = npt.NDArray[np.uint8]
# N windows (T, H, W, 3) uint8, each of a T of its own -> N logits (T, 2); see network.change_logits.
Judge = Callable[[Sequence[Pictures]], list[Float32]]

# SOURCE: measured on 200 s of a broadcast: colours change by 0.5 or more at all cuts and fades that the
# network finds, by less than 0.27 in nine of ten half seconds.
_COLOUR_SHARE, _COLOUR_SECONDS = 0.25, 0.48
# Pictures that are judged on both sides of suspicious ones, and those around them that only help. SOURCE:
# measured: with a context of 20 pictures probabilities differ by 0.08 at most from those with 50, and stand
# at the same pictures.
_AROUND, _CONTEXT = 6, 20
# More are judged in pieces, and windows have few different lengths: torch keeps memory for each.
_LONGEST, _LENGTH_STEP = 56, 16
# A cut between views of like colours: a picture differs from the last by so many levels of 255, and so many
# times as much as pictures about it do.
_JUMP_LEVEL, _JUMP_TIMES = 8, 4
# SOURCE: measured: rendered cuts have probabilities of 0.47 or more, what is none 0.27 at most. (Its authors
# take 0.5.)
_LOGIT = -0.6
# Where a picture stands out as well, 0.2 is enough: views of like colours are cut at 0.22 and more.
_JUMP_LOGIT = -1.4
# A change that takes so many pictures is gradual.
_GRADUAL_PICTURES = 3


@dataclass(frozen=True)
class Change:
    """last_old: the last picture before a cut. mixed: [first, end) pictures of a gradual one, else None."""

    last_old: int
    mixed: tuple[int, int] | None

    def later_by(self, num_pictures: int) -> Change:
        """The same change, counted from so many pictures earlier."""
        mixed = None if self.mixed is None else (self.mixed[0] + num_pictures, self.mixed[1] + num_pictures)
        return Change(self.last_old + num_pictures, mixed)


def find_changes(
    pictures: Pictures, rate_fps: Fraction, judge: Judge, *, inside: tuple[int, int]
) -> list[Change]:
    """The changes of camera after pictures [first, end) = inside of (n, H, W, 3) uint8 RGB ones, in order."""
    # The network, too, learnt from pictures at such rates.
    every = thinning(rate_fps)
    thin = pictures[::every]
    suspicious = _suspicious(thin, rate_fps / every)
    suspicious[: inside[0] // every] = False
    suspicious[-(-inside[1] // every) :] = False
    logits = _judged(thin, suspicious, judge)
    single, mixed = logits[:, 0], logits[:, 1] > _LOGIT
    found = list[Change]()
    lag = _lag(rate_fps / every)
    stands_out = _at_changes(_jumps(thin, lag)) if len(thin) > 1 else np.zeros(len(thin), dtype=bool)
    least = np.where(stands_out, _JUMP_LOGIT, _LOGIT)
    for index in np.flatnonzero(single > least):
        if single[index] == single[max(0, index - 2) : index + 3].max():
            found.append(_change(pictures, int(index), mixed, every))
    new = [change for at, change in enumerate(found) if at == 0 or _is_new(change, found[at - 1])]
    return [change for change in new if inside[0] <= change.last_old < inside[1]]


def _is_new(change: Change, last: Change) -> bool:
    """Not another picture of the same gradual change."""
    return change.mixed is None or change.mixed != last.mixed


def _change(pictures: Pictures, index: int, mixed: npt.NDArray[np.bool_], every: int) -> Change:
    first, end = index, index
    while first > 0 and mixed[first - 1]:
        first -= 1
    while end < len(mixed) and mixed[end]:
        end += 1
    if end - first >= _GRADUAL_PICTURES:
        return Change(index * every, (first * every, min(end * every, len(pictures))))
    return Change(_sharpest(pictures, index * every, every), None)


def _sharpest(pictures: Pictures, first: int, every: int) -> int:
    """Of the pictures that were left out, the one after which the change is largest."""
    held = pictures[first : first + every + 1].astype(np.int16)
    changes = np.abs(held[1:] - held[:-1]).mean(axis=(1, 2, 3))
    return first + int(changes.argmax()) if len(changes) else first


def _suspicious(pictures: Pictures, rate_fps: Fraction) -> npt.NDArray[np.bool_]:
    """(n,) bool: pictures about which colours change much within a moment, or one change stands out."""
    n, lag = len(pictures), _lag(rate_fps)
    if n <= lag:
        return np.ones(n, dtype=bool)
    levels = (pictures >> 5).astype(np.int32)
    colours = (levels[..., 0] * 64 + levels[..., 1] * 8 + levels[..., 2]).reshape(n, -1)
    counts = np.stack([np.bincount(row, minlength=512) for row in colours]) / colours.shape[1]
    is_jump = _jumps(pictures, lag)
    marked = _at_changes(is_jump)
    for start in np.flatnonzero(_differ(counts[:-lag], counts[lag:])):
        if not _is_jump_alone(counts[start : start + lag + 1], is_jump[start : start + lag]):
            marked[start : start + lag + 1] = True
    return marked


def _differ(counts: Float64, others: Float64) -> npt.NDArray[np.bool_]:
    """(n,) bool: whether two tables (n, 512) of colours' shares differ much."""
    differ: npt.NDArray[np.bool_] = np.abs(others - counts).sum(axis=-1) / 2 >= _COLOUR_SHARE
    return differ


def _is_jump_alone(counts: Float64, is_jump: npt.NDArray[np.bool_]) -> bool:
    """Whether colours (n, 512) change at one of n - 1 jumps, and much neither before nor after it."""
    return any(
        not _differ(counts[0], counts[at]) and not _differ(counts[at + 1], counts[-1])
        for at in np.flatnonzero(is_jump)
    )


def _lag(rate_fps: Fraction) -> int:
    return max(1, round(_COLOUR_SECONDS * float(rate_fps)))


def _jumps(pictures: Pictures, reach: int) -> npt.NDArray[np.bool_]:
    """(n - 1,) bool: whether the change after a picture stands out from those within reach of it."""
    held = pictures.astype(np.int16)
    changes = np.abs(held[1:] - held[:-1]).mean(axis=(1, 2, 3))
    around = sliding_window_view(np.pad(changes, reach, mode="edge"), 2 * reach + 1)
    is_jump: npt.NDArray[np.bool_] = (changes >= _JUMP_LEVEL) & (
        changes >= _JUMP_TIMES * np.median(around, axis=1)
    )
    return is_jump


def _at_changes(is_jump: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """(n,) bool: the pictures before and after each of n - 1 changes that are marked."""
    marked: npt.NDArray[np.bool_] = np.pad(is_jump, (0, 1)) | np.pad(is_jump, (1, 0))
    return marked


def _judged(pictures: Pictures, suspicious: npt.NDArray[np.bool_], judge: Judge) -> Float32:
    """(n, 2) logits of n pictures; -inf where nobody suspects a change."""
    logits = np.full((len(pictures), 2), -np.inf, dtype=np.float32)
    cores = list(_cores(suspicious))
    if not cores:
        return logits
    padded = np.pad(pictures, ((_CONTEXT, _CONTEXT + _LENGTH_STEP), (0, 0), (0, 0), (0, 0)), mode="edge")
    lengths = [-(-(end - start + 2 * _CONTEXT) // _LENGTH_STEP) * _LENGTH_STEP for start, end in cores]
    windows = [padded[core[0] : core[0] + length] for core, length in zip(cores, lengths, strict=True)]
    for (start, end), rows in zip(cores, judge(windows), strict=True):
        logits[start:end] = rows[_CONTEXT : _CONTEXT + end - start]
    # The last picture stands for all that would follow: what seems to change after it is not there.
    logits[-1] = -np.inf
    return logits


def _cores(suspicious: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """[first, end) pictures that are judged together: what is suspicious, and a few on either side.

    Two that lie closer than their contexts reach are one: to judge what is between them costs less.
    """
    joined = list[list[int]]()
    for index in np.flatnonzero(suspicious):
        start, end = max(0, int(index) - _AROUND), min(len(suspicious), int(index) + 1 + _AROUND)
        if joined and start - joined[-1][1] < 2 * _CONTEXT:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    for start, end in joined:
        count = -(-(end - start) // _LONGEST)
        edges = [start + (end - start) * at // count for at in range(count + 1)]
        yield from pairwise(edges)
