"""Average-mAP worked out by hand; what SoccerNet's own package says of it stands in test_official_evaluator."""

from __future__ import annotations

import numpy as np
import pytest

from matchreel.evaluation.average_map import DELTAS_SECONDS, MapRules, Pool, mean_known, over_deltas
from matchreel.evaluation.intervals import Bootstrap, Sampled
from matchreel.evaluation.matching import Track, hits_of, match_game, nearest_visibility
from matchreel.randomness import generator

CLASSES = ("Goal", "Penalty")


def track(spots, events, *, hidden=(), class_index=0):
    """spots is {time: confidence}."""
    times = np.array(sorted(events), dtype=float)
    return Track(
        class_index=class_index,
        spot_times=np.array(sorted(spots), dtype=float),
        confidences=np.array([spots[time] for time in sorted(spots)], dtype=float),
        event_times=times,
        visibility=np.array([-1 if time in hidden else 1 for time in times], dtype=np.int64),
        halfway=(times[:-1] + times[1:]) / 2,
    )


def hit_times(spots, events, *radii):
    held = track(spots, events)
    return [held.spot_times[row].tolist() for row in hits_of(held, radii=np.array(radii, dtype=float))]


@pytest.mark.parametrize(
    ("spots", "events", "expected"),
    [
        ({10: 0.5}, [10], [10]),
        ({15: 0.5}, [10], [15]),  # as far as the radius
        ({15.1: 0.5}, [10], []),
        ({5: 0.5, 10: 0.4}, [10], [5]),  # the surest, not the nearest
        ({7: 0.5, 12: 0.5}, [10], [7]),  # of equals the earliest
        ({12: 0.9}, [10, 13], [12]),  # one to one
        ({12: 0.9, 14: 0.1}, [10, 13], [12, 14]),  # the earlier event chooses first
        ({12: 0.1, 14: 0.9}, [10, 13], [12, 14]),
        ({14: 0.9}, [10, 10], [14]),
        ({9: 0.9, 11: 0.8}, [10, 10], [9, 11]),  # two events at one time are two
        ({}, [10], []),
        ({10: 0.5}, [], []),
    ],
)
def test_events_take_the_surest_spot_in_their_order(spots, events, expected):
    assert hit_times(spots, events, 5) == [expected]


def test_tolerances_do_not_disturb_each_other():
    assert hit_times({12: 0.5, 14: 0.9}, [10, 15], 1, 2, 4) == [[14], [12, 14], [12, 14]]
    assert hit_times({10: 0.2, 14: 0.9}, [10], 1, 4) == [[10], [14]]


def test_a_spot_counts_with_its_nearest_event():
    held = track({0: 1, 14.9: 1, 15: 1, 99: 1}, [10, 20], hidden=[20])
    assert nearest_visibility(held, without_events=1).tolist() == [1, 1, -1, -1]
    assert nearest_visibility(track({5: 1}, []), without_events=-1).tolist() == [-1]


def pooled(*games, thresholds=None, counts_absent=False, radii=(5.0,)):
    """A pool of games, each a list of tracks; two classes."""
    matches = [
        match_game(f"g{i}", tracks, radii=np.array(radii), num_classes=2, nearest_without_events=1)
        for i, tracks in enumerate(games)
    ]
    deltas = tuple(2 * radius for radius in radii)
    return Pool(matches, MapRules(CLASSES, deltas, thresholds=thresholds, counts_absent=counts_absent))


def average_precision(*tracks, kind="all", **settings):
    return pooled(list(tracks), **settings).figures(kind=kind).class_precisions[0]


@pytest.mark.parametrize(
    ("spots", "events", "expected"),
    [
        ({10: 0.9}, [10], 1),
        ({10: 0.9, 50: 0.8, 90: 0.7}, [10, 90], (6 * 1 + 5 * 2 / 3) / 11),
        ({10: 0.8, 50: 0.9, 90: 0.7}, [10, 90], 2 / 3),  # the best precision at this or a higher recall
        ({10: 0.9, 50: 0.9}, [10], 1 / 2),  # equal confidences stand or fall together
        ({10: 0.9}, [10, 50, 90], 4 / 11),  # recall 1/3 reaches 0, 0.1, 0.2 and 0.3
        ({10: 0.9}, list(range(10, 210, 20)), 2 / 11),  # recall 0.1 exactly
        ({50: 0.9}, [10], 0),
        ({}, [10], 0),
        ({10: -3.0, 50: -4.0}, [10], 1),  # any finite confidence
    ],
)
def test_average_precision(spots, events, expected):
    assert average_precision(track(spots, events)) == pytest.approx(expected)


def test_thresholds_make_near_confidences_equal():
    held = track({10: 0.904, 50: 0.901}, [10])
    assert average_precision(held) == 1
    assert average_precision(held, thresholds=np.linspace(0, 1, 11)) == 0.5
    assert average_precision(held, thresholds=np.array([0.0, 0.901, 0.902])) == 1
    assert average_precision(held, thresholds=np.array([0.0, 0.901])) == 0.5  # at or above, not above


def test_a_class_without_events_is_left_out_or_counts_as_nothing():
    tracks = [track({10: 0.9}, [10]), track({30: 0.9}, [], class_index=1)]
    left_out = pooled(tracks).figures(kind="all")
    assert left_out.average_map == 1 and np.isnan(left_out.class_precisions[1])
    assert left_out.num_events.tolist() == [1, 0]
    counted = pooled(tracks, counts_absent=True).figures(kind="all")
    assert counted.average_map == 0.5 and counted.class_precisions.tolist() == [1, 0]
    assert np.isnan(pooled([track({10: 0.9}, [])]).figures(kind="all").average_map)


def test_kinds_of_events():
    held = track({10: 0.7, 52: 0.8, 70: 0.9}, [10, 50], hidden=[50])
    assert average_precision(held) == pytest.approx(2 / 3)
    assert average_precision(held, kind="visible") == 1  # what lies near the hidden event is overlooked
    assert average_precision(held, kind="unshown") == pytest.approx(1 / 2)
    assert np.isnan(average_precision(track({10: 0.9}, [10]), kind="unshown"))


def test_deltas_are_averaged_as_the_area_under_their_curve():
    assert over_deltas(np.array([[1.0], [0.5], [0.0]])).tolist() == [0.5]
    assert over_deltas(np.array([[1.0], [0.0], [0.0]])).tolist() == [0.25]
    assert over_deltas(np.array([[0.3, 0.6]])).tolist() == [0.3, 0.6]
    assert DELTAS_SECONDS["loose"] == (5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60)
    assert DELTAS_SECONDS["tight"] == (1, 2, 3, 4, 5)
    figures = pooled([track({12: 0.9}, [10])], radii=(1.0, 2.0, 3.0)).figures(kind="all")
    assert figures.delta_maps.tolist() == [0, 1, 1] and figures.average_map == 0.75


def test_means_of_what_is_known():
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [0.5, 0.0]])
    np.testing.assert_array_equal(mean_known(values), [1.0, np.nan, 0.25])


def random_tracks(*words):
    draw = generator(0, *words)
    held = []
    for class_index in range(2):
        spots = {
            float(time): float(draw.choice([0.2, 0.5, draw.random()])) for time in draw.uniform(0, 300, 30)
        }
        events = draw.uniform(0, 300, int(draw.integers(0, 9))).tolist()
        held.append(track(spots, events, hidden=events[::3], class_index=class_index))
    return held


def plain_average_precision(tracks, radius):
    """The slow way: every confidence a threshold, every recall looked for."""
    confidences = np.concatenate([held.confidences for held in tracks])
    is_hit = np.concatenate([hits_of(held, radii=np.array([radius]))[0] for held in tracks])
    num_events = sum(len(held.event_times) for held in tracks)
    best = np.zeros(11)
    for threshold in np.unique(confidences):
        chosen = confidences >= threshold
        reached = np.arange(11) * num_events <= 10 * is_hit[chosen].sum()
        best = np.maximum(best, reached * is_hit[chosen].mean())
    return best.mean()


@pytest.mark.parametrize("seed", range(5))
def test_pooled_figures_are_those_of_the_slow_way(seed):
    games = [random_tracks(seed, game) for game in range(3)]
    found = pooled(*games, radii=(8.0,)).figures(kind="all").class_precisions
    for k in range(2):
        tracks = [game[k] for game in games]
        assert found[k] == pytest.approx(plain_average_precision(tracks, 8.0))


@pytest.mark.parametrize("thresholds", [None, np.linspace(0, 1, 200)])
def test_a_resample_is_a_pool_of_its_games(thresholds):
    games = [random_tracks("draw", game) for game in range(4)]
    settings = {"thresholds": thresholds, "radii": (2.0, 8.0)}
    draws = np.array([[1, 1, 1, 1], [2, 0, 1, 1], [0, 0, 4, 0]], dtype=float)
    for kind in ("all", "visible", "unshown"):
        found = pooled(*games, **settings).precisions(draws, kind=kind)
        for row, drawn in zip(found, draws, strict=True):
            chosen = [game for game, times in zip(games, drawn, strict=True) for _ in range(int(times))]
            expected = pooled(*chosen, **settings).figures(kind=kind).precisions
            np.testing.assert_allclose(row, expected, rtol=1e-12)


def test_many_resamples_are_the_same_as_few():
    pool = pooled(*(random_tracks("block", game) for game in range(3)))
    draws = generator(0, "draws").integers(0, 3, size=(57, 3)).astype(float)
    one_by_one = [pool.precisions(draw[None], kind="all")[0] for draw in draws]
    np.testing.assert_allclose(pool.precisions(draws, kind="all"), one_by_one, rtol=1e-12)


def test_intervals_over_games():
    games = [[track({10: 0.9}, [10])] if game % 2 else [track({90: 0.9}, [10])] for game in range(6)]
    pool = pooled(*games)
    bootstrap = Bootstrap(pool.games, num_samples=300, seed=0)
    figure = pool.sampled(bootstrap, kind="all").average_map.figure()
    assert figure.low < figure.value < figure.high and figure.n == 6
    other = Bootstrap(pool.games, num_samples=300, seed=0)
    assert pool.sampled(other, kind="all").average_map.figure() == figure
    by_class = pool.sampled(bootstrap, kind="all").classes
    assert by_class["Goal"].figure() == figure and np.isnan(by_class["Penalty"].value)
    none = by_class["Goal"].minus(by_class["Goal"]).figure()
    assert (none.value, none.low, none.high) == (0, 0, 0)
    alone = pooled(games[1])
    figure = alone.sampled(Bootstrap(alone.games, num_samples=9, seed=0), kind="all").average_map.figure()
    assert figure.value == 1 and np.isnan(figure.low)
    with pytest.raises(ValueError, match="other games"):
        pool.sampled(Bootstrap(["g0"], num_samples=9, seed=0), kind="all")


def test_draws_say_how_often_each_game_was_drawn():
    bootstrap = Bootstrap(["a", "b", "c"], num_samples=50, seed=0)
    drawn = bootstrap.draws(["a", "b", "c"])
    assert drawn.shape == (50, 3) and (drawn.sum(axis=1) == 3).all()
    np.testing.assert_array_equal(bootstrap.draws(["c", "a", "b"]), drawn[:, [2, 0, 1]])
    assert Sampled(0.5, drawn[:, 0] / 3, 4).figure().n == 4
