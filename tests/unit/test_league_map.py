"""Spotting figures of any league, worked out by hand."""

from __future__ import annotations

import pytest

from matchreel.evaluation.intervals import Bootstrap
from matchreel.evaluation.league import JudgedPart, as_one_class, league_figures, league_pool, of_every_class
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.events import Event
from matchreel.labels import MOMENT

CLASSES = ("Goal", "Penalty")


def event(seconds, label="Goal", visibility="visible", part="1"):
    return Event(part, seconds, label, "home", visibility, 0)


def spot(seconds, confidence=0.5, label="Goal", part="1"):
    return TypedSpot(part, seconds, label, confidence)


def judged(spots, events, *, game="a", part="1"):
    return JudgedPart(game, part, tuple(spots), tuple(events))


def league_map(parts, metric="tight", kind="all", classes=CLASSES):
    return league_pool(parts, classes=classes, metric=metric).figures(kind=kind)


@pytest.mark.parametrize(("seconds", "expected"), [(10.9, 1), (9.9, 1), (10.95, 0.875), (10.4, 1), (13.0, 0)])
def test_a_league_is_judged_at_true_times(seconds, expected):
    """Deltas of 1 to 5 s reach 0.5 to 2.5 s; 10.4 and 10.95 are neighbouring half seconds to SoccerNet."""
    assert league_map([judged([spot(seconds)], [event(10.4)])]).average_map == expected


def test_what_is_written_as_half_a_second_is_half_a_second():
    assert 8.3 - 7.8 > 0.5  # in binary
    assert league_map([judged([spot(8.3)], [event(7.8)])]).average_map == 1


def test_a_game_may_have_any_parts():
    parts = [
        judged([spot(10)], [event(10)]),
        judged([spot(30, part="2")], [event(30, part="2")], part="2"),
        judged(
            [spot(10, part="full")], [event(10, part="full"), event(50, part="full")], game="b", part="full"
        ),
    ]
    pool = league_pool(parts, classes=CLASSES, metric="tight")
    assert pool.games == ("a", "b")
    assert pool.figures(kind="all").average_map == pytest.approx(
        8 / 11
    )  # three of four events, no false alarm
    with pytest.raises(ValueError, match="stands there twice"):
        league_pool([parts[0], parts[0]], classes=CLASSES, metric="tight")
    with pytest.raises(ValueError, match="another part"):
        judged([spot(10, part="2")], [])
    with pytest.raises(ValueError, match="without time or confidence"):
        judged([spot(10, float("nan"))], [])


def test_other_classes_do_not_count_in_a_league():
    parts = [judged([spot(10), spot(50, 0.9, "Foul")], [event(10), event(90, "Foul")])]
    assert league_map(parts).average_map == 1
    assert league_map(parts, classes=("Goal", "Penalty", "Foul")).average_map == 0.5


def test_false_alarms_where_there_is_no_event_count_among_the_visible():
    parts = [judged([spot(10)], [event(10)]), judged([spot(10, 0.9)], [], game="b")]
    assert league_map(parts, kind="visible").average_map == 0.5


def test_a_moment_counts_for_every_class():
    part = judged([spot(10, 0.7, MOMENT), spot(20, 0.6)], [event(10), event(40, "Penalty")])
    spread = of_every_class(part, classes=CLASSES)
    assert spread.spots == (spot(10, 0.7), spot(10, 0.7, "Penalty"), spot(20, 0.6))
    assert spread.events == part.events


def test_as_one_class_the_surest_near_each_other_stays():
    part = judged(
        [spot(10, 0.7), spot(12, 0.8, "Penalty"), spot(15, 0.6, MOMENT), spot(12, 0.9, "Foul")],
        [event(12, "Penalty"), event(50, "Foul")],
    )
    found = as_one_class(part, classes=CLASSES, min_apart_seconds=2)
    assert found.spots == (spot(12, 0.8, MOMENT), spot(15, 0.6, MOMENT))
    assert [held.label for held in found.events] == [MOMENT]
    apart = as_one_class(part, classes=CLASSES, min_apart_seconds=0)
    assert [held.seconds for held in apart.spots] == [10, 12, 15]


def test_the_figures_of_a_league_have_their_own_names():
    parts = [
        judged([spot(10, 0.7, MOMENT)], [event(10), event(60, "Penalty")], game="a"),
        judged([spot(30, 0.7, MOMENT), spot(90, 0.9, MOMENT)], [event(30)], game="b"),
    ]
    bootstrap = Bootstrap(["a", "b"], num_samples=40, seed=0)
    found = league_figures(parts, classes=CLASSES, kind="all", min_apart_seconds=5.0, bootstrap=bootstrap)
    values = {name: figure.figure().value for name, figure in found.items()}
    assert values["league_average_precision_tight_goal"] == pytest.approx(2 / 3)
    assert values["league_average_precision_tight_penalty"] == 0
    assert values["league_average_map_tight"] == pytest.approx(1 / 3)
    assert values["league_moment_average_map_tight"] == pytest.approx((7 * 2 / 3) / 11)
    assert set(values) == {name.replace("tight", metric) for name in values for metric in ("tight", "loose")}
    assert found["league_average_map_tight"].n == found["league_moment_average_map_tight"].n == 3
