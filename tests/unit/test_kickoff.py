"""When play starts, from wide views alone."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest

from matchreel.cues import Cues
from matchreel.errors import InputError
from matchreel.kickoff import estimate_kickoff, find_kickoff, idle_stretches, known_idle, known_kickoffs
from matchreel.timeline import FrameGrid, Interval
from support.views import made_cues, saved


def views(*stretches):
    """(T,) at 2 steps a second of stretches (seconds, share of wide steps)."""
    held = []
    for seconds, share in stretches:
        steps = np.arange(round(2 * seconds))
        held.append((np.floor((steps + 1) * share) > np.floor(steps * share)).astype(float))
    return np.concatenate(held)


def estimated(is_wide, rate=Fraction(2)):
    return estimate_kickoff(is_wide, FrameGrid(rate, len(is_wide)))


@pytest.mark.parametrize(
    ("before", "low", "high"),
    [
        ([], 0, 1),
        ([(300, 0.0)], 298, 301),
        ([(300, 0.0), (20, 1.0), (200, 0.1)], 516, 522),  # a view of the pitch while the teams come out
        ([(600, 0.3)], 590, 605),
    ],
)
def test_play_starts_where_wide_views_last(before, low, high):
    found = estimated(views(*before, (600, 0.8)))
    assert low <= found.seconds <= high
    assert found.confidence > 0.4


def test_black_is_not_play():
    is_wide = np.concatenate([np.full(400, np.nan), views((600, 0.9))])
    assert 198 <= estimated(is_wide).seconds <= 201


@pytest.mark.parametrize("share", [0.0, 0.4])
def test_no_play_no_confidence(share):
    found = estimated(views((600, share)))
    assert (found.seconds, found.confidence) == (0.0, 0.0)


def test_a_short_part_is_measured_as_a_whole():
    assert estimated(views((20, 1.0))).confidence == 1
    assert estimated(np.zeros(1)).confidence == 0


def test_less_difference_less_confidence():
    sure, unsure = (estimated(views((600, share), (600, 0.8))) for share in (0.0, 0.4))
    assert sure.confidence > unsure.confidence + 0.2


def test_seconds_follow_the_rate():
    is_wide = views((300, 0.0), (600, 1.0))
    assert estimated(is_wide, Fraction(1)).seconds > 1.9 * estimated(is_wide).seconds


def saved_cues(folder, open_share):
    curves = {"open_share": np.float32(open_share), "body_share": np.zeros(len(open_share), np.float32)}
    grid = FrameGrid(Fraction(2), len(open_share))
    Cues(curves, grid, len(open_share) / 2, "a", "2").save(folder / "cues.safetensors")
    return folder / "cues.safetensors"


@pytest.mark.parametrize(
    ("given", "expected"), [({}, {"2": 300}), ({"2": 7.0}, {"2": 7}), ({"1": 3.0}, {"1": 3, "2": 300})]
)
def test_an_estimate_stands_in_where_the_table_is_silent(tmp_path, given, expected):
    cues_path = saved_cues(tmp_path, views((300, 0.0), (600, 0.9)))
    path = tmp_path / "2.kickoff.json"
    find_kickoff(cues_path=cues_path, kickoff_path=path, wide_open_share=0.5, wide_body_share=0.2)
    found = known_kickoffs(given, [path])
    assert found == {part: pytest.approx(seconds, abs=2) for part, seconds in expected.items()}


def test_a_part_without_a_picture_has_no_sure_kickoff(tmp_path):
    cues_path = saved(made_cues(picture=False), tmp_path / "2.npz")
    find_kickoff(cues_path=cues_path, kickoff_path=tmp_path / "k", wide_open_share=0.5, wide_body_share=0.2)
    assert json.loads((tmp_path / "k").read_text())["confidence"] == 0
    assert known_kickoffs({}, [tmp_path / "k"]) == {}


def test_without_play_nothing_is_claimed(tmp_path):
    cues_path = saved_cues(tmp_path, np.zeros(1000))
    find_kickoff(cues_path=cues_path, kickoff_path=tmp_path / "k", wide_open_share=0.5, wide_body_share=0.2)
    assert known_kickoffs({}, [tmp_path / "k"]) == {}
    (tmp_path / "k").write_text("[]")
    for seconds in ("1e300", "1e999", "-1", "NaN"):
        with pytest.raises(InputError, match="not a kick-off estimate"):
            known_kickoffs({}, [tmp_path / "k"])
        row = f'{{"part": "1", "seconds": {seconds}, "confidence": 1, "idle": []}}'
        (tmp_path / "k").write_text(row)


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ([(600, 0.8)], []),
        (
            [(400, 0.02), (2700, 0.7), (900, 0.05), (2700, 0.7), (300, 0.0)],
            [(0, 400), (3100, 4000), (6700, 7000)],
        ),
        ([(600, 0.8), (200, 0.0), (600, 0.8)], []),  # a long injury: too short to be sure
        ([(600, 0.8), (900, 0.3), (600, 0.8)], []),  # close play: wide views come and go
        ([(2000, 0.3)], []),  # a camera that is never wide says nothing
    ],
)
def test_only_long_stretches_without_wide_views_are_surely_idle(stretches, expected):
    is_wide = views(*stretches)
    found = idle_stretches(is_wide, FrameGrid(Fraction(2), len(is_wide)))
    assert [(span.start_seconds, span.end_seconds) for span in found] == [
        pytest.approx(ends, abs=16) for ends in expected
    ]


@pytest.mark.parametrize(
    ("stretches", "given", "expected"),
    [
        ([(300, 0.0), (600, 0.9)], {}, [(0, 300), (0, 300)]),
        ([(150, 0.1), (600, 0.9)], {}, [(0, 150)]),  # a sure kick-off, too short to be idle by itself
        ([(60, 0.0), (600, 0.9)], {}, []),  # an estimate so near the start may be a lull
        ([(300, 0.5), (600, 0.9)], {}, []),  # not sure enough
        ([(60, 0.0), (600, 0.9)], {"2": 42.0}, [(0, 42)]),
    ],
)
def test_when_surely_nothing_is_played(tmp_path, stretches, given, expected):
    cues_path = saved_cues(tmp_path, views(*stretches))
    find_kickoff(cues_path=cues_path, kickoff_path=tmp_path / "k", wide_open_share=0.5, wide_body_share=0.2)
    idle = known_idle(given, [tmp_path / "k"])
    assert [(span.start_seconds, span.end_seconds) for span in idle["2"]] == [
        pytest.approx(ends, abs=16) for ends in expected
    ]
    assert known_idle({"1": 5.0}, []) == {"1": (Interval(0, 5),)}
