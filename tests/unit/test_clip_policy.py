"""Where training clips lie: one per highlight, on frames, inside the part, and negatives that touch none."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchreel.clips.policy import ClipShape, NegativePolicy, choose_clips, positive_clips
from matchreel.events import Event
from matchreel.labels import HIGHLIGHT_LABELS, LABELS
from matchreel.timeline import Interval

SHAPE = ClipShape(before_seconds=10, after_seconds=5, duration_seconds=2700.0, rate_fps=Fraction(25))
RATES = (Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(50))
POLICY = NegativePolicy(labelled_every=8, open_play_per_positive=1.0, replays_per_positive=0.5)


def event(seconds: float, label: str = "Goal", index: int = 0) -> Event:
    return Event("1", seconds, label, "home", "visible", index)


def chosen(events, *, replays=(), shape=SHAPE, overlap="merge", policy=POLICY, seed=0, game="g", part="1"):
    return choose_clips(
        events=list(events),
        replays=list(replays),
        classes=list(HIGHLIGHT_LABELS),
        shape=shape,
        overlap=overlap,
        policy=policy,
        seed=seed,
        game=game,
        part=part,
    )


@pytest.mark.parametrize(
    ("position", "duration", "expected"),
    [
        (100.0, 2700.0, (90.0, 105.0)),
        (100.013, 2700.0, (90.0, 105.0)),
        (100.027, 2700.0, (90.04, 105.04)),
        (3.0, 2700.0, (0.0, 15.0)),
        (2699.0, 2700.0, (2685.0, 2700.0)),
        (2699.0, 2699.99, (2684.96, 2699.96)),
        (4.0, 9.0, (0.0, 9.0)),
    ],
)
def test_a_clip_is_moved_inside_the_part_and_keeps_its_length(position, duration, expected):
    interval = replace(SHAPE, duration_seconds=duration).around(position)
    assert (interval.start_seconds, interval.end_seconds) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("rate_fps", RATES)
def test_starts_lie_on_frames_to_the_end_of_the_half(rate_fps):
    shape = replace(SHAPE, rate_fps=rate_fps)
    for position in np.linspace(0.0, 2700.0, 271):
        frame = Fraction(shape.around(float(position)).start_seconds) * rate_fps
        assert abs(frame - round(frame)) < Fraction(1, 10**6)
        wanted = min(max(position - 10, 0), 2685)
        assert abs(float(frame / rate_fps) - wanted) <= float(1 / rate_fps)
    assert shape.num_frames == round(15 * rate_fps)


@pytest.mark.parametrize(
    ("overlap", "events", "expected"),
    [
        ("merge", [(100, "Goal")], [("Goal", 90, [0])]),
        ("merge", [(100, "Goal"), (100, "Goal")], [("Goal", 90, [0, 1])]),
        ("merge", [(100, "Shots on target"), (106, "Goal")], [("Goal", 96, [1, 0])]),
        ("merge", [(100, "Goal"), (115, "Goal")], [("Goal", 90, [0]), ("Goal", 105, [1])]),
        ("merge", [(100, "Goal"), (112, "Goal"), (124, "Goal")], [("Goal", 90, [0, 1]), ("Goal", 114, [2])]),
        ("drop", [(100, "Goal"), (100, "Goal")], [("Goal", 90, [0])]),
        ("drop", [(100, "Shots on target"), (106, "Goal")], [("Shots on target", 90, [0])]),
        ("drop", [(100, "Goal"), (112, "Goal"), (124, "Goal")], [("Goal", 90, [0]), ("Goal", 114, [2])]),
    ],
)
def test_of_overlapping_highlights_one_stays(overlap, events, expected):
    rows = [event(seconds, label, index) for index, (seconds, label) in enumerate(events)]
    clips = positive_clips(rows, shape=SHAPE, overlap=overlap)
    found = [(clip.label, clip.interval.start_seconds, [e.index for e in clip.events]) for clip in clips]
    assert sorted(found, key=lambda row: row[1]) == expected


def test_every_eighth_other_event_is_a_negative():
    others = [event(30.0 * n, "Foul", n) for n in range(1, 33)]
    clips = chosen(others, policy=NegativePolicy(8, 0.0, 0.0))
    assert [clip.events[0].index for clip in clips] == [5, 13, 21, 29]
    assert {(clip.kind, clip.label, clip.is_positive) for clip in clips} == {("labelled", "Foul", False)}
    assert len(chosen(others, policy=NegativePolicy(1, 0.0, 0.0))) == 32


def test_an_other_event_beside_a_highlight_is_no_negative():
    clips = chosen(
        [event(100.0), event(114.9, "Foul", 1), event(115.0, "Foul", 2)], policy=NegativePolicy(1, 0, 0)
    )
    assert [(clip.kind, clip.events[0].index) for clip in clips] == [("highlight", 0), ("labelled", 2)]


def test_negatives_stay_away_from_dropped_and_merged_highlights_too():
    events = [event(100.0), event(108.0, "Shots on target", 1), event(121.0, "Foul", 2)]
    for overlap in ("merge", "drop"):
        clips = chosen(events, overlap=overlap, policy=NegativePolicy(1, 0, 0))
        assert [clip.kind for clip in clips] == ["highlight"]


@pytest.mark.parametrize(
    ("replay", "expected"),
    [
        (Interval(120.0, 130.0), 10.0),
        (Interval(106.0, 112.0), 6.0),
        (Interval(200.0, 240.0), 15.0),
        (Interval(101.0, 107.0), None),
    ],
)
def test_a_replay_clip_shows_as_much_of_the_replay_as_is_free(replay, expected):
    clips = chosen([event(100.0)], replays=[replay], policy=NegativePolicy(8, 0.0, 1.0))
    shown = [clip.interval.overlap_seconds(replay) for clip in clips if clip.kind == "replay"]
    assert shown == ([] if expected is None else [pytest.approx(expected, abs=0.5)])


def test_the_number_of_negatives_follows_the_positives():
    highlights = [event(200.0 * n, index=n) for n in range(1, 11)]
    replays = [Interval(200.0 * n + 20, 200.0 * n + 30) for n in range(1, 11)]
    kinds = [clip.kind for clip in chosen(highlights, replays=replays)]
    assert (kinds.count("highlight"), kinds.count("open_play"), kinds.count("replay")) == (10, 10, 5)


def test_a_part_without_a_highlight_still_gives_negatives():
    clips = chosen([event(100.0, "Foul")], replays=[Interval(300.0, 310.0)])
    assert sorted(clip.kind for clip in clips) == ["open_play", "replay"]


def test_the_draw_hangs_on_seed_game_and_part_alone():
    events = [event(400.0), event(900.0, index=1)]
    same = chosen(events)
    assert chosen(events) == same
    for change in ({"seed": 1}, {"game": "h"}, {"part": "2"}):
        assert chosen(events, **change) != same


positions = st.lists(st.tuples(st.floats(0, 600), st.sampled_from(LABELS)), max_size=40)


@settings(max_examples=60, deadline=None)
@given(
    positions=positions,
    replay_starts=st.lists(st.floats(0, 590), max_size=6),
    duration=st.floats(1, 600),
    rate_fps=st.sampled_from(RATES),
    overlap=st.sampled_from(["merge", "drop"]),
)
def test_no_two_clips_share_time_and_all_lie_inside(positions, replay_starts, duration, rate_fps, overlap):
    held = sorted((seconds, label) for seconds, label in positions if seconds <= duration)
    events = [event(seconds, label, index) for index, (seconds, label) in enumerate(held)]
    shape = replace(SHAPE, duration_seconds=duration, rate_fps=rate_fps)
    replays = [Interval(start, start + 8) for start in replay_starts]
    clips = chosen(events, replays=replays, shape=shape, overlap=overlap, policy=NegativePolicy(2, 1.0, 1.0))

    intervals = [clip.interval for clip in clips]
    assert intervals == sorted(intervals)
    edge = float(1 / rate_fps) + 1e-6
    for clip in intervals:
        assert clip.start_seconds >= 0 and clip.end_seconds <= duration + edge
        assert clip.duration_seconds == pytest.approx(float(shape.num_frames / rate_fps))
    assert not any(first.overlaps(second) for first, second in pairwise(intervals))
    highlights = [e for e in events if e.label in HIGHLIGHT_LABELS]
    for clip in clips:
        near = [e for e in highlights if shape.around(e.position_seconds).overlaps(clip.interval)]
        assert bool(near) == clip.is_positive
    for clip in (clip for clip in clips if clip.kind == "open_play"):
        assert not any(clip.interval.contains(e.position_seconds) for e in events)
        assert not any(clip.interval.overlaps(replay) for replay in replays)
    if overlap == "merge":
        named = [e.index for clip in clips if clip.is_positive for e in clip.events]
        assert sorted(named) == [e.index for e in highlights]
