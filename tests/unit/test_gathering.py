"""Moments that lie close together are one, and of moments found there are no more than a reel can use."""

from __future__ import annotations

from itertools import pairwise

from matchreel.gathering import Gathering, gather, merged_moments
from support.given_moments import moment


def gathered(*rows, gap=2.0, apart=0.0, longest=39.0, enough=1e9):
    found = gather(rows, Gathering(gap, apart, longest, enough))
    return [(row.label, row.start_seconds, row.end_seconds, row.action.start_seconds) for row in found]


def test_a_chain_of_moments_does_not_swallow_the_half():
    rows = [moment(at=100 + 8 * number, score=0.9 - number / 100) for number in range(12)]
    found = gathered(*rows)
    assert max(end - start for _, start, end, _ in found) <= 39 and len(found) > 2
    assert all(one[2] <= two[1] for one, two in pairwise(sorted(found, key=lambda row: row[1])))


def test_what_is_joined_keeps_the_action_of_what_it_is_named_after():
    shot, goal = moment(at=100, score=0.9), moment("Goal", 108, 0.6)
    assert gathered(shot, goal) == [("Goal", 92, 113, 104)]
    assert gathered(shot, moment("Shots off target", 112, 0.6), longest=20) == [
        ("Shots on target", 92, 105, 96), ("Shots off target", 105, 117, 108),
    ]  # fmt: skip
    assert gathered(shot, moment(at=105, score=0.1), longest=10) == [("Shots on target", 92, 105, 96)]


def test_enough_is_enough():
    rows = [moment(at=100 * number) for number in range(1, 9)]
    assert len(gathered(*rows, enough=30)) == 3


def test_goals_at_one_time_are_one_and_lesser_moments_are_part_of_them():
    rows = [moment("Shots on target", 99, 0.9), moment("Goal", 100, 0.3), moment("Goal", 104, 0.2),
            moment("Shots on target", 120, 0.9)]  # fmt: skip
    found = merged_moments(rows)
    assert [(row.label, row.action.start_seconds, row.action.end_seconds) for row in found] == [
        ("Goal", 96, 106), ("Shots on target", 116, 122),
    ]  # fmt: skip
    assert (found[0].start_seconds, found[0].end_seconds) == (91, 109)
