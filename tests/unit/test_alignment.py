"""Where labels fit: a shifted game is found, games that lie right are left alone, few events say nothing."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from matchreel.alignment import (
    MAX_CHANCE,
    Alignment,
    CuedPart,
    Sums,
    TooFew,
    alignments,
    group_fits,
    label_sums,
    random_fits,
)
from matchreel.errors import InputError
from matchreel.randomness import generator
from matchreel.timeline import FrameGrid
from support.shifted import LABELS, made_part

ALLOWED_SECONDS = 3.0


def league(seed, late_seconds=(0.0,) * 6, **keywords):
    return [
        made_part(f"game-{index}", seed, late_seconds=late, **keywords)
        for index, late in enumerate(late_seconds)
    ]


def checked(parts, allowed_seconds=ALLOWED_SECONDS):
    return alignments(parts, allowed_seconds=allowed_seconds, seed=0)


@pytest.mark.parametrize("late", [6.0, -6.0, 20.0])
def test_a_shifted_game_is_found_and_the_others_are_left_alone(late):
    for seed in range(4):
        first, *others = checked(league(seed, (late, 0, 0, 0, 0, 0)))
        assert first.is_shifted and first.offset_seconds == pytest.approx(late, abs=2)
        assert not any(held.is_shifted for held in others)
        assert all(abs(held.offset_seconds) <= 2 and held.chance <= MAX_CHANCE for held in others)


@pytest.mark.parametrize("gain", [0.0, 0.3, 0.6])
def test_quiet_games_that_lie_right_are_not_called_shifted(gain):
    # Over many more leagues: the docstring of alignment.
    found = [held for seed in range(8) for held in checked(league(seed, gain=gain))]
    assert not any(held.is_shifted for held in found if isinstance(held, Alignment))


def test_shifted_games_do_not_spoil_the_profile_of_the_others():
    # Two of five, both 8 s late: in the first pass some of the three others look shifted the other way.
    for seed in range(6):
        found = checked(league(seed, (8.0, 8.0, 0, 0, 0), gain=0.6))
        assert not any(held.is_shifted for held in found[2:]), seed
        assert any(held.is_shifted for held in found[:2])


def test_parts_of_a_game_are_judged_each_by_itself_and_not_by_each_other():
    parts = league(1)
    halves = [made_part("two-halves", 1, late_seconds=late, part=part) for part, late in (("1", 0), ("2", 7))]
    first, second = checked([*halves, *parts])[:2]
    assert not first.is_shifted
    assert second.is_shifted and second.offset_seconds == pytest.approx(7, abs=2)


def test_a_shift_within_what_is_allowed_is_none():
    parts = league(0, (6.0, 0, 0, 0, 0, 0))
    first, *_ = checked(parts, allowed_seconds=10.0)
    assert not first.is_shifted and first.offset_seconds == pytest.approx(6, abs=2)
    assert checked(parts, allowed_seconds=100.0)[0].margin == -np.inf


def test_three_events_are_too_few():
    parts = league(0)
    few = replace(parts[0], labels=parts[0].labels[:3], positions_seconds=parts[0].positions_seconds[:3])
    first, *others = checked([few, *parts[1:]])
    assert first == TooFew(3, has_profiles=True)
    assert all(isinstance(held, Alignment) for held in others)


def test_events_at_one_moment_count_once():
    parts = league(0)
    times = tuple(100.0 + index for index in range(len(parts[0].labels)))
    assert isinstance(checked([replace(parts[0], positions_seconds=times), *parts[1:]])[0], TooFew)


def test_two_games_cannot_tell_which_of_them_is_shifted():
    assert checked(league(0, (6.0, 0.0))) == [TooFew(24, has_profiles=False)] * 2


def test_a_label_around_which_nothing_speaks_has_no_profile():
    draw = generator(0, "silence")
    parts = [replace(part, ranks=np.zeros_like(part.ranks)) for part in league(0)]
    assert all(held == TooFew(24, has_profiles=False) for held in checked(parts))
    others = [replace(part, labels=("Throw-in",) * len(part.labels)) for part in league(0)]
    noise = [replace(part, ranks=draw.uniform(-0.5, 0.5, part.ranks.shape)) for part in others]
    assert not any(held.is_shifted for held in checked(noise) if isinstance(held, Alignment))


def test_the_same_seed_gives_the_same_answer():
    assert checked(league(0)) == checked(league(0))


def test_one_rate_for_all():
    parts = league(0)
    faster = replace(parts[0], grid=FrameGrid(Fraction(5, 2), parts[0].grid.num_steps))
    with pytest.raises(InputError, match="grids of different rates"):
        checked([faster, *parts[1:]])


def test_a_profile_is_the_mean_less_what_is_noise():
    assert not Sums(1, np.ones((1, 3)), np.array([3.0])).profile().any()
    # Two events alike: nothing is noise. Two that cancel out: all is.
    rows = np.array([[0.0, 0.3, 0.0]])
    alike = Sums(2, 2 * rows, 2 * (rows**2).sum(axis=1))
    assert alike.profile() == pytest.approx(rows - 0.1)
    draw = np.random.default_rng(0).normal(size=(50, 1, 81))
    pure_noise = Sums(50, draw.sum(axis=0), (draw**2).sum(axis=(0, 2)))
    assert np.abs(pure_noise.profile()).max() < 0.5 * np.abs(draw.mean(axis=0)).max()


def test_sums_come_apart_again():
    whole, own = (label_sums(parts) for parts in (league(0), league(0)[:1]))
    rest = label_sums(league(0)[1:])
    for label in LABELS:
        left = whole[label].plus(own[label], -1)
        assert left.num_events == rest[label].num_events
        np.testing.assert_allclose(left.total, rest[label].total, atol=1e-9)


def test_fits_are_greatest_where_the_cue_is():
    # One cue, one peak at 50 s; two events of one label at 40 s and 45 s are one group, one at 90 s another.
    grid = FrameGrid(Fraction(2), 240)
    ranks = np.zeros((1, 240))
    ranks[0, 100] = 1.0
    part = CuedPart("g", "1", ranks, grid, ("Goal", "Goal", "Goal", "Foul"), (40.0, 45.0, 90.0, 60.0))
    profile = np.zeros((1, 81))
    profile[0, 40] = 1.0
    fits = group_fits(part, {"Goal": profile})
    assert fits.shape == (2, 240)
    assert sorted(np.flatnonzero(fits[0])) == [10, 20]  # 5 s and 10 s later
    assert np.flatnonzero(fits[1]).tolist() == [160]  # 40 s earlier, which is 80 s later with the ends joined
    drawn = random_fits(fits, num_lags=60, random=np.random.default_rng(0))
    assert drawn.shape == (2000, 121)
    assert drawn.mean() == pytest.approx(3 / 240, rel=0.1)
