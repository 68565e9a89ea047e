"""A highlight's ends move to camera cuts, never into its action, never over its neighbours."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from matchreel.boundaries import FLASH_SECONDS, BoundaryRules, with_boundaries
from matchreel.camera_cuts.record import CameraCuts
from matchreel.edit_list import PlannedHighlight
from matchreel.timeline import Interval

DURATION = 100.0
RULES = BoundaryRules(snap_seconds=3, num_replays=1)


def row(start, end, action=None, event=None, part="1"):
    first, last = action or (None, None)
    return PlannedHighlight(part, start, end, event, "Goal", 0.9, {}, first, last)


def moved(rows, *, cuts=(), gradual=(), replays=(), rules=RULES, spare=60.0, idle=()):
    known = CameraCuts(
        "1",
        cuts_seconds=tuple(cuts),
        gradual=tuple(Interval(*pair) for pair in gradual),
        replays=tuple(Interval(*pair) for pair in replays),
    )
    done = with_boundaries(
        rows,
        cuts={"1": known},
        durations_seconds={"1": DURATION},
        idle={"1": idle},
        rules=rules,
        spare_seconds=spare,
    )
    return [(held.start_seconds, held.end_seconds) for held in done]


@pytest.mark.parametrize(
    ("cuts", "expected"),
    [
        ((), (20, 33)),
        ((18.5,), (18.5, 33)),  # outward
        ((18.5, 21), (21, 33)),  # the nearer one, inward
        ((16.9,), (20, 33)),  # too far
        ((22.5,), (22.5, 33)),
        ((24.5,), (20, 33)),  # in the action
        ((34.5, 31.5), (20, 31.5)),  # as near: the earlier one
        ((29,), (20, 33)),  # in the action
        ((20.2, 20.1), (20.2, 33)),  # from 20.1 on the next view would follow at once
        ((33.2, 33.1), (20, 33.1)),
    ],
)
def test_ends_move_to_the_nearest_cut_outside_the_action(cuts, expected):
    assert moved([row(20, 33, action=(24, 30))], cuts=sorted(cuts)) == [expected]


@pytest.mark.parametrize(
    ("own", "action", "cut", "expected"),
    [
        ((20, 33), (20, 33), 20.2, (20.2 - FLASH_SECONDS, 33)),
        ((20, 33), (20, 33), 32.9, (20, 32.9 + FLASH_SECONDS)),
        ((0, 33), (0, 33), 0.2, (0, 33)),  # there is nothing before it
        ((20, 33), (20, 33), 20.5, (20, 33)),  # long enough to be a view
    ],
)
def test_no_other_view_flashes_up_where_a_cut_lies_in_the_action(own, action, cut, expected):
    (found,) = moved([row(*own, action=action)], cuts=[cut])
    assert found == pytest.approx(expected)


def test_a_gradual_change_stays_outside():
    found = moved([row(20, 33, action=(24, 30))], cuts=[20.4, 33.4], gradual=[(20, 20.8), (33, 33.8)])
    assert found == [(20.8, 33)]


def test_no_row_enters_time_in_which_nothing_is_played():
    rows = [row(20, 33, action=(24, 30))]
    assert moved(rows, cuts=[18.5, 35], idle=[Interval(0, 19), Interval(34, 50)]) == [(20, 33)]
    assert moved(rows, cuts=[18.5, 35], idle=[Interval(0, 18), Interval(35, 50)]) == [(18.5, 35)]


def test_without_snapping_ends_stay():
    still = BoundaryRules(snap_seconds=0, num_replays=0)
    assert moved([row(20, 33, action=(24, 30))], cuts=[19, 20.1, 34], rules=still) == [(20, 33)]


@pytest.mark.parametrize(
    ("num_replays", "replays", "expected"),
    [
        (1, [(36, 44)], (20, 44)),
        (1, [(36, 44), (44, 50)], (20, 44)),  # never a second one
        (1, [(42, 50)], (20, 33)),  # too late to be this moment's
        (1, [(10, 15)], (20, 33)),  # of something before
        (1, [(31, 32), (32, 38)], (20, 32)),  # it runs into a second one
        (1, [(15, 22), (36, 44)], (22, 44)),  # does not begin in the replay of what was before
        (0, [(36, 44)], (20, 33)),
        (0, [(31, 44)], (20, 31)),
    ],
)
def test_a_row_runs_on_to_the_end_of_its_first_replay(num_replays, replays, expected):
    rules = BoundaryRules(snap_seconds=3, num_replays=num_replays)
    found = moved([row(20, 33, action=(24, 30), event=25)], replays=replays, rules=rules)
    assert found == [expected]


def test_the_replay_ends_before_the_wipe_out_of_it():
    found = moved(
        [row(20, 33, action=(24, 33), event=25)],
        cuts=[36, 44],
        gradual=[(35.6, 36.4), (43.6, 44.4)],
        replays=[(36, 44)],
    )
    assert found == [(20, pytest.approx(43.6))]


def test_no_row_enters_another_and_the_first_one_served_has_its_way():
    early, late = row(20, 30, action=(22, 28)), row(31, 40, action=(33, 38))
    assert moved([early, late], cuts=[32.5]) == [(20, 30), (32.5, 40)]
    assert moved([early, late], cuts=[29.5]) == [(20, 29.5), (29.5, 40)]
    assert moved([late, early], cuts=[30.5]) == [(30.5, 40), (20, 30.5)]
    # A replay that lies in the next highlight is not shown twice.
    assert moved([early, late], replays=[(29, 33)])[0][1] <= 31


def test_rows_grow_only_by_what_is_spare():
    rows = [row(20, 30, action=(20, 30)), row(60, 70, action=(62, 68))]
    assert moved(rows, cuts=[18, 31, 71, 61], spare=1.5) == [(20, 31), (61, 71)]
    assert moved(rows, cuts=[18, 31, 71, 61], spare=0) == [(20, 30), (61, 71)]
    assert moved(rows, replays=[(35, 45)], spare=5) == [(20, 30), (60, 70)]


def test_parts_do_not_touch_each_other():
    rows = [row(20, 30, action=(22, 28)), row(30, 40, action=(32, 38), part="2")]
    done = with_boundaries(
        rows,
        cuts={"1": CameraCuts("1", cuts_seconds=(31.0,))},
        durations_seconds={"1": 50, "2": 50},
        idle={},
        rules=RULES,
        spare_seconds=10,
    )
    assert [held.end_seconds for held in done] == [31.0, 40]


@pytest.mark.parametrize("seed", range(150))
def test_whatever_is_known_nothing_is_lost_and_nothing_shown_twice(seed):
    """Random rows, cuts, fades and replays: action kept, in the part, apart, within the time, deterministic."""
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.uniform(0, DURATION, 2 * int(rng.integers(1, 8))))
    rows = []
    for start, end in edges.reshape(-1, 2):
        first, last = np.sort(rng.uniform(start, end, 2))
        rows.append(
            row(float(start), float(end), (float(first), float(last)), float(rng.uniform(first, last)))
        )
    rows = [rows[index] for index in rng.permutation(len(rows))]
    known = {
        "cuts": np.sort(rng.uniform(0, DURATION, int(rng.integers(0, 60)))).tolist(),
        "gradual": np.sort(rng.uniform(0, DURATION, 2 * int(rng.integers(0, 6)))).reshape(-1, 2).tolist(),
        "replays": np.sort(rng.uniform(0, DURATION, 2 * int(rng.integers(0, 6)))).reshape(-1, 2).tolist(),
    }
    rules = BoundaryRules(float(rng.choice([0, 0.5, 3, 20])), int(rng.integers(0, 2)))
    spare = float(rng.choice([0, 2, 50]))
    found = moved(rows, **known, rules=rules, spare=spare)
    assert found == moved(rows, **known, rules=rules, spare=spare)
    for held, (start, end) in zip(rows, found, strict=True):
        assert 0 <= start <= held.action.start_seconds
        assert held.action.end_seconds <= end <= DURATION
    ordered = sorted(found)
    assert all(a[1] <= b[0] for a, b in pairwise(ordered))
    before = sum(held.end_seconds - held.start_seconds for held in rows)
    assert sum(end - start for start, end in found) <= before + spare + 1e-4
