"""Which windows an epoch sees: their shares, their places, and the same ones from the same generator."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from matchreel.randomness import generator
from matchreel.timeline import Interval
from matchreel.training.spotter.sampling import Moment, SamplingRules, WindowSampler
from support.spotter_leagues import made_event, made_part

NUM_STEPS = 20  # 10 s


def rules(num_windows=2000, event_share=0.5, replay_share=0.1, hard_share=0.3, num_steps=NUM_STEPS):
    return SamplingRules(num_windows, num_steps, event_share, replay_share, hard_share)


def drawn(parts, hard=(), seed=0, **changes):
    return WindowSampler(parts, rules(**changes)).draw(list(hard), generator(seed, "windows"))


def holding(starts, seconds, part_index=0, num_steps=NUM_STEPS):
    """How many of the windows hold a moment."""
    step = int(seconds * 2)
    return sum(
        start.part_index == part_index and start.start_step <= step < start.start_step + num_steps
        for start in starts
    )


# Long enough that a window drawn anywhere hardly ever holds a moment.
LONG = 40_000


def test_half_lie_around_events_and_the_event_in_their_middle():
    part = made_part(made_event(5000), made_event(9000, "Penalty"), num_steps=LONG)
    starts = drawn([part])
    assert len(starts) == 2000
    around = [start for start in starts if holding([start], 5000) or holding([start], 9000)]
    assert 1000 <= len(around) <= 1005
    places = [
        (event - start.start_step) / NUM_STEPS
        for start in around
        for event in (10_000, 18_000)
        if 0 <= event - start.start_step < NUM_STEPS
    ]
    # Rounded to a step, of which a window has 20.
    assert min(places) >= 0.15 - 0.03 and max(places) <= 0.85 + 0.03
    assert max(places) - min(places) > 0.6


@pytest.mark.parametrize("event_share", [0.0, 0.25, 1.0])
def test_the_event_share_is_exact(event_share):
    starts = drawn([made_part(made_event(5000), num_steps=LONG)], event_share=event_share)
    assert holding(starts, 5000) == pytest.approx(2000 * event_share, abs=3)


def test_a_rare_class_is_drawn_as_often_as_a_common_one():
    common = [made_event(2000 + 50 * index) for index in range(90)]
    parts = [
        made_part(*common, num_steps=LONG),
        made_part(made_event(5000, "Penalty"), num_steps=LONG, game="g1"),
        made_part(made_event(5000, "Penalty"), num_steps=LONG, game="g2"),
    ]
    starts = drawn(parts, event_share=1.0)
    of_part = Counter(start.part_index for start in starts)
    assert of_part[0] == pytest.approx(1000, abs=100)
    assert of_part[1] == pytest.approx(500, abs=80) and of_part[2] == pytest.approx(500, abs=80)


def test_events_that_are_not_shown_draw_no_window():
    part = made_part(made_event(5000, visibility="not shown"), made_event(9000), num_steps=LONG)
    starts = drawn([part])
    assert holding(starts, 5000) < 5 and holding(starts, 9000) >= 1000


REPLAY, ALARM = Interval(12_000, 12_004), Moment(0, 15_000.0)


@pytest.mark.parametrize(
    ("replays", "hard", "expected"),
    [
        ((REPLAY,), (ALARM,), (100, 300)),
        ((REPLAY,), (), (100, 0)),  # before anything was mined, replays keep their share
        ((), (ALARM,), (0, 300)),
        ((), (), (0, 0)),
    ],
)
def test_replays_and_false_alarms_have_their_shares_of_the_rest(replays, hard, expected):
    part = made_part(made_event(5000), num_steps=LONG, replays=replays)
    starts = drawn([part], hard)
    found = holding(starts, REPLAY.centre_seconds), holding(starts, ALARM.seconds)
    assert found == (pytest.approx(expected[0], abs=35), pytest.approx(expected[1], abs=50))


def test_the_rest_lies_anywhere_by_the_length_of_parts():
    parts = [made_part(num_steps=3000), made_part(num_steps=1000, game="g1")]
    starts = drawn(parts, event_share=0.5)  # there is no event: all lie anywhere
    assert len(starts) == 2000
    of_part = Counter(start.part_index for start in starts)
    assert of_part[0] == pytest.approx(1500, abs=80)
    places = [start.start_step for start in starts if start.part_index == 0]
    assert min(places) < 30 and max(places) > 2950 and np.mean(places) == pytest.approx(1490, abs=80)


def test_windows_never_leave_their_part():
    edges = [made_event(0.0), made_event(99.9), made_event(100.9, "Penalty")]
    replays = [Interval(0, 1), Interval(98, 100)]
    starts = drawn([made_part(*edges, replays=replays)], [Moment(0, 0.1), Moment(0, 99.5)])
    places = {start.start_step for start in starts}
    assert min(places) == 0 and max(places) == 200 - NUM_STEPS
    assert all(isinstance(start.start_step, int) for start in starts)


@pytest.mark.parametrize("num_steps", [1, 7, NUM_STEPS - 1, NUM_STEPS])
def test_a_part_no_longer_than_a_window_gives_its_beginning(num_steps):
    parts = [made_part(made_event(0.4), num_steps=num_steps), made_part(num_steps=200, game="g1")]
    starts = drawn(parts, [Moment(0, 0.2)])
    short = [start.start_step for start in starts if start.part_index == 0]
    assert len(short) > 1000 and set(short) == {0}


def test_the_same_generator_draws_the_same_windows():
    part = made_part(made_event(50), made_event(70, "Penalty"), replays=[Interval(60, 62)])
    assert drawn([part], [ALARM]) == drawn([part], [ALARM])
    assert drawn([part], [ALARM]) != drawn([part], [ALARM], seed=1)
    sampler = WindowSampler([part], rules())
    assert sampler.draw([], generator(0, "windows")) == sampler.draw([], generator(0, "windows"))


def test_kinds_of_windows_are_shuffled():
    part = made_part(made_event(5000), num_steps=LONG)
    starts = drawn([part])
    first, second = starts[:1000], starts[1000:]
    assert 400 < holding(first, 5000) < 600 and 400 < holding(second, 5000) < 600
