"""Labels as step targets: dilated exactly at any rate, open where an event is not shown."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.timeline import Interval
from matchreel.training.spotter.parts import load_parts
from support.spotter_leagues import CLASSES, made_event, made_part, make_spotter_league, save_labels


def steps_of(values, class_index=0):
    return np.flatnonzero(values[:, class_index]).tolist()


@pytest.mark.parametrize(
    ("rate", "seconds", "dilation", "steps"),
    [
        # 25/s: centres at 0.02 + 0.04 i. Within 0.4 s of 4.02 s: centres 3.62 ... 4.42.
        ("25", 4.02, 0.4, list(range(90, 111))),
        ("25", 4.0, 0.4, list(range(90, 110))),
        ("25", 4.0, 0.0, [99, 100]),  # on the line between two steps: both
        ("25", 4.01, 0.0, [100]),
        # 2.5/s: centres at 0.2 + 0.4 i.
        ("5/2", 4.2, 0.4, [9, 10, 11]),
        ("5/2", 4.1, 0.4, [9, 10]),
        ("5/2", 4.0, 0.4, [9, 10]),
        ("5/2", 4.19, 0.0, [10]),
        # 2/s: centres at 0.25 + 0.5 i.
        ("2", 4.25, 0.4, [8]),
        ("2", 4.25, 0.5, [7, 8, 9]),
        ("2", 4.0, 0.4, [7, 8]),
        ("2", 4.1, 0.1, [8]),
        ("30000/1001", 4.0, 0.1, list(range(117, 123))),
    ],
)
def test_an_event_counts_for_all_steps_within_the_dilation(rate, seconds, dilation, steps):
    part = made_part(made_event(seconds), rate_fps=Fraction(rate), dilation_seconds=dilation)
    centres = (np.arange(200) + 0.5) / float(Fraction(rate))
    assert steps_of(part.targets) == steps
    assert all(
        abs(centres[step] - seconds) <= max(dilation, 0.5 / float(Fraction(rate))) + 1e-9 for step in steps
    )
    assert not part.targets[:, 1].any() and (part.weights == 1).all()


@pytest.mark.parametrize("seconds", [0.0, 0.1, 99.9, 100.0, 100.2, 101.0])
def test_an_event_at_the_very_ends_has_a_step(seconds):
    # Labels may lie up to a second behind the last frame.
    part = made_part(made_event(seconds), dilation_seconds=0.0)
    assert steps_of(part.targets) == [0 if seconds < 1 else 199]


def test_an_event_that_is_not_shown_leaves_open_what_is_true():
    part = made_part(made_event(20.0), made_event(50.0, "Penalty", visibility="not shown"))
    assert steps_of(part.targets) == [39, 40] and not part.targets[:, 1].any()
    # Centres 47.25 ... 52.75 are within 3 s, for its own class only.
    assert np.flatnonzero(part.weights[:, 1] == 0).tolist() == list(range(94, 106))
    assert (part.weights[:, 0] == 1).all()
    assert part.shown == [(0, 20.0)] and len(part.events) == 2


def test_an_event_that_is_shown_counts_beside_one_that_is_not():
    part = made_part(made_event(50.0), made_event(51.0, visibility="not shown"))
    assert steps_of(part.targets) == [99, 100]
    assert (part.weights[[99, 100], 0] == 1).all() and part.weights[102, 0] == 0


def test_events_of_other_classes_are_left_out():
    part = made_part(made_event(20.0, "Corner"), made_event(40.0, "Penalty"), made_event(60.0, "Foul"))
    assert [event.label for event in part.events] == ["Penalty"] and part.class_indices == (1,)
    assert part.targets.sum() == 2 and (part.weights == 1).all()
    assert part.targets.dtype == part.weights.dtype == np.float32 and part.targets.shape == (200, 2)


def test_classes_stand_in_the_models_order():
    part = made_part(made_event(20.0, "Penalty"), classes=("Penalty", "Goal"))
    assert part.class_indices == (0,) and steps_of(part.targets, 0) == [39, 40]


def load(league, **changes):
    given = {
        "features_paths": league.features_paths, "labels_paths": league.labels_paths,
        "truth_paths": {path.parent.name: path for path in league.truth_paths}, "classes": CLASSES,
        "dilation_seconds": 0.5,
    }  # fmt: skip
    return load_parts(**{**given, **changes})


def test_parts_hold_their_own_labels_and_replays(tmp_path):
    league = make_spotter_league(tmp_path, num_games=2, num_events=3, replays=True)
    parts = load(league, truth_paths={"g1": league.truth_paths[1]})
    assert [(part.game, part.part) for part in parts] == [("g0", "1"), ("g1", "1")]
    assert [len(part.events) for part in parts] == [3, 3] and parts[0].events != parts[1].events
    first = parts[1].events[0].position_seconds
    assert parts[0].replays == () and parts[1].replays[0] == Interval(first + 8, first + 9)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"features_paths": [], "labels_paths": []}, "no features to train on"),
        ({"labels_paths": []}, "0 label files for 2 parts"),
    ],
)
def test_what_does_not_fit_is_said(tmp_path, change, match):
    league = make_spotter_league(tmp_path, num_games=2, num_events=3)
    with pytest.raises(InputError, match=match) as caught:
        load(league, **change)
    assert "\n" not in str(caught.value)


def test_labels_of_a_longer_recording_are_refused(tmp_path):
    league = make_spotter_league(tmp_path, num_games=2, num_events=3)
    save_labels(tmp_path, "g1", [(10, "Goal"), (3000, "Goal")])
    with pytest.raises(InputError, match="beyond the end of the recording"):
        load(league)
