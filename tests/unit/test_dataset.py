"""Windows are cut from the shards at the right time, varied within bounds, and read without reading all."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
import torch

from matchreel.clip_windows import CachedWindows, ClipRow, WindowRules, free_starts, read_clips
from matchreel.dataset import InputSizes, load_shards, read_window
from matchreel.errors import InputError
from matchreel.records import Features
from matchreel.timeline import FrameGrid
from support.shards import FRAME_DIM, NUM_MELS, PER_STEP, SETTINGS, save_clips, save_shard

RULES = WindowRules(before_seconds=10, window_seconds=15, jitter_seconds=2, free_per_positive=0)


def counted(num_steps=200, **kwargs):
    """A shard whose frames and columns hold their own number (columns divided by PER_STEP)."""
    steps = np.arange(num_steps)[:, None] * np.ones(FRAME_DIM)
    columns = (np.arange(num_steps * PER_STEP)[:, None] // PER_STEP) * np.ones(NUM_MELS)
    held = {"frames": steps.astype(np.float16), "logmel": columns.astype(np.float16), **kwargs}
    return Features(
        **held, grid=FrameGrid(Fraction(2), num_steps), columns_per_step=PER_STEP,
        duration_seconds=num_steps / 2, backbone="x", settings=SETTINGS,
    )  # fmt: skip


def row(start=0.0, event=10.0, *, positive=True, num_events=1, folder=None, end=None):
    return ClipRow(
        "g0", "1", folder, start, end or start + 15, positive, "highlight", event, num_events
    )  # fmt: skip


def windows_of(rows, shard, rules=RULES):
    sizes = InputSizes.of([shard], rules.window_seconds)
    return CachedWindows(rows, {("g0", "1"): shard}, sizes, rules)


@pytest.mark.parametrize(
    ("event", "first"), [(10.0, 0), (30.0, 40), (30.24, 40), (30.3, 41), (5.0, 0), (99.0, 170)]
)
def test_a_clip_is_the_window_before_its_event(event, first):
    shard = counted()
    batch = windows_of([row(event=event)], shard).batch([0], None)
    assert batch.frames.shape == (1, 30, FRAME_DIM) and batch.logmel.shape == (1, 30 * PER_STEP, NUM_MELS)
    assert batch.frames[0, :, 0].tolist() == list(range(first, first + 30))
    # Sound and picture of one step stand at the same place.
    assert torch.equal(batch.logmel[0, ::PER_STEP, 0], batch.frames[0, :, 0])


def test_a_clip_without_event_is_its_own_window():
    batch = windows_of([row(start=20.0, event=None, positive=False)], counted()).batch([0], None)
    assert batch.frames[0, 0, 0] == 40 and batch.labels.tolist() == [0]


def test_jitter_moves_windows_within_bounds():
    windows = windows_of([row(start=30.0, event=40.0)], counted())
    random = np.random.default_rng(0)
    starts = {int(windows.batch([0], random).frames[0, 0, 0]) for _ in range(200)}
    assert starts == set(range(60 - 4, 60 + 4 + 1))


@pytest.mark.parametrize(
    ("frames", "logmel", "has"), [(None, "kept", (0, 1)), ("kept", None, (1, 0)), ("kept", "kept", (1, 1))]
)
def test_an_absent_modality_is_told(frames, logmel, has):
    shard = counted(**{k: None for k, v in {"frames": frames, "logmel": logmel}.items() if v is None})
    whole = counted()
    sizes = InputSizes.of([shard, whole], 15)
    batch = CachedWindows([row()], {("g0", "1"): shard}, sizes, RULES).batch([0], None)
    assert (batch.has_video.item(), batch.has_audio.item()) == has
    assert batch.frames.shape[2] == FRAME_DIM and batch.logmel.shape[2] == NUM_MELS


def test_a_part_shorter_than_a_window_repeats_its_end():
    frames, logmel = read_window(counted(4), start_step=3, num_steps=6)
    assert frames[:, 0].tolist() == [0, 1, 2, 3, 3, 3]
    assert len(logmel) == 6 * PER_STEP and logmel[-1, 0] == 3


@pytest.mark.parametrize(
    ("clip", "taken"),
    [
        (row(start=40.0, event=50.0), (50.0, 50.0)),
        # Merged clips, and clips of an unknown moment: anywhere another event could have hidden.
        (row(start=40.0, event=50.0, num_events=2), (35.0, 65.0)),
        (row(start=40.0, event=None), (35.0, 65.0)),
        (row(start=40.0, event=50.0, num_events=2, end=70.0), (35.0, 80.0)),
    ],
)
def test_free_windows_hold_no_highlight(clip, taken):
    grid = FrameGrid(Fraction(2), 200)
    starts = free_starts([clip], grid, num_steps=30, rules=RULES) / 2
    assert not any(start <= taken[1] and taken[0] <= start + 15 for start in starts)
    assert starts.min() == 0 and starts.max() == 85
    near = [start for start in starts if start + 15 >= taken[0] - 1.5 or start <= taken[1] + 1.5]
    assert near, "windows right beside the highlight are the most telling ones"


def test_free_windows_are_drawn_anew_and_counted():
    rules = WindowRules(10, 15, 2, free_per_positive=3)
    windows = windows_of(
        [row(start=40.0, event=50.0), row(start=70.0, event=None, positive=False)], counted(), rules
    )
    assert windows.labels.tolist() == [1, 0, 0, 0, 0]
    random = np.random.default_rng(0)
    starts = {int(windows.batch([2], random).frames[0, 0, 0]) for _ in range(50)}
    assert len(starts) > 20 and all(start / 2 > 50 or start / 2 + 15 < 50 for start in starts)


def test_windows_are_read_from_disk_one_by_one(tmp_path):
    num_steps = 20_000
    random = np.random.default_rng(0)
    frames = random.normal(size=(num_steps, 512)).astype(np.float16)  # 20 MB
    grid = FrameGrid(Fraction(2), num_steps)
    path = save_shard(tmp_path, "g0", frames, None, grid)
    del frames
    tracemalloc.start()
    shards = load_shards([path])
    windows = CachedWindows(
        [row(start=9000.0, event=9010.0)], shards, InputSizes.of(list(shards.values()), 15), RULES
    )
    windows.batch([0], None)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 1_000_000


def test_clips_are_read_as_written(tmp_path):
    path = save_clips(
        tmp_path, "g0",
        [("g0", "1", "a b.mp4", 1.5, 16.5, "Goal", 1, "highlight", 11.5, "4;5"),
         ("g0", "1", "n.mp4", 20, 35, "negative", 0, "open_play", None, None)],
    )  # fmt: skip
    first, second = read_clips([path])
    assert first.clip_path == path.parent / "a b.mp4" and first.num_events == 2 and first.is_positive
    assert second.event_seconds is None and not second.is_positive and second.part == "1"


@pytest.mark.parametrize("text", ["", "game,part\na,1\n", "game,part,clip,start_seconds,end_seconds,is_positive,kind,event_seconds,source_event\ng,1,c,zero,1,1,k,,\n"])  # fmt: skip
def test_a_table_that_is_none_is_one_line(tmp_path, text):
    path = tmp_path / "clips.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="not a table of clips"):
        read_clips([path])


def test_shards_of_two_feature_sets_do_not_mix(tmp_path):
    grid = FrameGrid(Fraction(2), 40)
    frames = np.zeros((40, FRAME_DIM))
    paths = [
        save_shard(tmp_path, game, frames, None, grid, height=height)
        for game, height in (("g0", 32), ("g1", 64))
    ]
    with pytest.raises(InputError, match=r"height 64, but .* has 32"):
        load_shards(paths)


def test_a_clip_without_shard_is_named():
    with pytest.raises(InputError, match="game g0, part 1"):
        CachedWindows([row()], {}, InputSizes(30, 1, 30, 1), RULES)
