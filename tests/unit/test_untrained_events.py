"""An untrained window's event: where the evidence peaks, live; and what it is called."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matchreel.edit_list import PlannedHighlight
from matchreel.moment_rows import Laying
from matchreel.strikes import Evidence, strike_evidence
from matchreel.timeline import FrameGrid, Interval
from matchreel.untrained_events import Places, confidence_at, event_in, is_chance
from support.strikes import CONSTANTS, cues

GRID = FrameGrid(Fraction(2), 600)
CLIP = Laying(8.0, 5.0, 4.0, 2.0)


def evidence(*replays, breaks=0.5, **peaks):
    """0.3 but for peaks: at100=0.9; slope as given, else the same."""
    curve = np.full(600, 0.3)
    for name, value in peaks.items():
        curve[2 * int(name.removeprefix("at"))] = value
    level = np.full(600, breaks)
    return Evidence({"loud": curve, "slope": curve}, level, GRID, tuple(Interval(*held) for held in replays))


@pytest.mark.parametrize(
    ("window", "replays", "peaks", "expected"),
    [
        ((90, 105), [], {"at100": 0.9}, 100),
        ((90, 105), [(80, 88)], {"at84": 0.95, "at100": 0.9}, 100),  # a replay elsewhere
        # The peak is in a replay: it moves to what stood out before it ...
        ((110, 125), [(112, 118)], {"at100": 0.9, "at115": 0.8}, 100),
        ((110, 125), [(112, 118), (120, 124)], {"at100": 0.9, "at122": 0.8}, 100),
        ((110, 125), [(112, 118)], {"at100": 0.6, "at115": 0.8, "at123": 0.7}, 123),  # ... unless weaker
        ((110, 125), [(112, 118)], {"at60": 0.9, "at115": 0.8, "at105": 0.4}, 105),  # too long ago
        ((10, 15), [(0, 20)], {"at12": 0.9}, None),  # nothing before it
    ],
)
def test_the_event_is_the_live_peak(window, replays, peaks, expected):
    assert event_in(Interval(*window), evidence(*replays, **peaks)) == expected


@pytest.mark.parametrize(
    ("replay", "strikes", "believed"),
    [
        ((110, 116), (100,), True),
        ((104, 110), (107,), True),  # short ones are believed
        ((125, 160), (100,), True),
        ((90, 125), (100,), False),  # it stands out more than all before it: a wipe was missed
    ],
)
def test_a_long_replay_must_show_what_stood_out_before(replay, strikes, believed):
    held = strike_evidence(cues(*strikes), CONSTANTS, [Interval(*replay)])
    assert held.replays == ((Interval(*replay),) if believed else ())
    assert np.isneginf(held.live).any() == believed


@pytest.mark.parametrize(
    ("slope", "breaks", "expected"), [(0.9, 0.5, True), (0.5, 0.5, False), (0.9, 0.1, False)]
)
def test_a_chance_is_a_turned_camera_before_a_break(slope, breaks, expected):
    assert is_chance(evidence(breaks=breaks, at100=slope), 100.0) is expected
    blind = Evidence({"loud": np.full(600, 0.9)}, np.zeros(600), GRID)
    assert not is_chance(blind, 100.0)


def window(start, end=None):
    return PlannedHighlight("1", start, end or start + 15, None, "Moment", 0.8, {"loud": 0.8})


def test_a_window_becomes_a_clip_around_its_event():
    places = Places({"1": evidence(at100=0.9)}, CLIP, {"1": 300.0, "2": 300.0})
    row = places.moment_of(window(90))
    assert row is not None and row.label == "Chance" and row.why == {"loud": 0.8}
    assert (row.event_seconds, row.interval, row.action) == (100.0, Interval(92, 105), Interval(96, 102))
    assert row.id == "1-100000"
    elsewhere = PlannedHighlight("2", 90, 105, None, "Moment", 0.8, {})
    assert places.moment_of(elsewhere) == elsewhere  # nothing is known of that part


def test_nothing_is_shown_between_a_goal_and_its_kick_off():
    goal = PlannedHighlight("1", 92, 105, 100, "Goal", 1.0, {}, side="home", score_after="1-0")
    ruled_out = PlannedHighlight("1", 92, 105, 100, "Goal ruled out", 1.0, {}, side="home")
    for known, expected in (([goal], None), ([ruled_out], 140.0), ([], 140.0)):
        places = Places({"1": evidence(at140=0.9)}, CLIP, {"1": 300.0}, known)
        row = places.moment_of(window(132))
        assert (row and row.event_seconds) == expected


def test_what_stands_out_more_is_surer_and_what_was_not_measured_says_nothing():
    held = evidence(at100=0.95, at200=0.6)
    sure, unsure = (confidence_at(held, at, "Moment") for at in (100.0, 200.0))
    assert 0 < unsure < sure < 1
    deaf = Evidence({"slope": np.full(600, 0.5)}, np.zeros(600), GRID)
    assert 0 < confidence_at(deaf, 100.0, "Moment") < 1
