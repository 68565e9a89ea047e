"""The choice of a reel: exact, never over its budget, padding trimmed before a moment is dropped."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matchreel.budget import Budget, choose, in_order, reel_seconds
from matchreel.edit_list import PlannedHighlight
from matchreel.importance import Tier, importance_of, share_of, tier_of
from matchreel.knapsack import best_subset
from matchreel.reel_frames import fades_frames, num_frames
from matchreel.reel_length import max_seconds_of, search_seconds_of
from support.given_moments import moment

KINDS = ("Goal", "Penalty", "Shots on target", "Shots off target", "Red card", "Moment", "Save")


PLAIN = Budget(max_seconds=60, transition_seconds=0, title_card_seconds=0, rate_fps=None)


@st.composite
def moments(draw, max_size=9, kinds=KINDS):
    """Disjoint moments of one part, each with an action inside it, at times in whole centiseconds."""
    rows, clock = [], 0
    for _ in range(draw(st.integers(0, max_size))):
        before, first, last, after = (draw(st.integers(0, 900)) for _ in range(4))
        start = clock + draw(st.integers(1, 500))
        event, end = start + before + first + 30, start + before + first + last + after + 60
        clock = end
        rows.append(
            PlannedHighlight(
                "1", start / 100, end / 100, event / 100, draw(st.sampled_from(kinds)),
                draw(st.integers(1, 1000)) / 1000, {}, (start + before) / 100, (end - after) / 100,
            )
        )  # fmt: skip
    return rows


budgets = st.builds(
    Budget,
    max_seconds=st.integers(5, 70).map(float),
    transition_seconds=st.sampled_from([0.0, 0.5, 1.0]),
    title_card_seconds=st.sampled_from([0.0, 0.7, 3.0]),
    rate_fps=st.sampled_from([None, Fraction(25), Fraction(30000, 1001)]),
)


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 9)), max_size=11),
    st.integers(0, 120),
)
@settings(deadline=None)
def test_the_knapsack_is_as_good_as_trying_everything(items, capacity):
    weights, values = [weight for weight, _ in items], [value for _, value in items]
    best = max(
        (sum(values[i] for i in chosen), -sum(weights[i] for i in chosen))
        for size in range(len(items) + 1)
        for chosen in combinations(range(len(items)), size)
        if sum(weights[i] for i in chosen) <= capacity
    )
    found = best_subset(weights, values, capacity)
    assert (sum(values[i] for i in found), -sum(weights[i] for i in found)) == best


@pytest.mark.parametrize("items", [([0], [1]), ([1], [0]), ([1, 2], [1]), ([1] * 3, [2**61] * 3)])
def test_the_knapsack_refuses_what_it_cannot_count(items):
    with pytest.raises(ValueError):
        best_subset(*items, 10)


def test_two_hundred_moments_of_worth_proportional_to_length():
    """The hardest kind, where no bound tells one subset from another: quick all the same, and full."""
    weights = [4000 + (7919 * i) % 16000 for i in range(200)]
    found = best_subset(weights, [weight * 1000 for weight in weights], 480_000)
    assert sum(weights[i] for i in found) == 480_000


def least_seconds(row):
    """How short its clip may get without a crossfade; all the rows drawn have an action under that or over it."""
    return max(row.action.duration_seconds, min(1.0, row.interval.duration_seconds))


@given(moments(), st.integers(5, 70))
@settings(max_examples=150, deadline=None)
def test_the_choice_is_as_good_as_trying_everything(rows, max_seconds):
    """Goals, then penalties, then the rest, each worth most in what the ones before leave."""
    choice = choose(rows, replace(PLAIN, max_seconds=float(max_seconds)))
    goals = [row for row in rows if row.label == "Goal"]
    room = max_seconds - sum(map(least_seconds, goals))
    if room < -1e-6:
        assert {row.id for row in choice.highlights} == {row.id for row in goals}
        assert choice.over_seconds > 0 and choice.reel_seconds == pytest.approx(max_seconds - room, abs=1e-3)
        return

    def worth(chosen):
        return tuple(
            sum(importance_of(row) for row in chosen if tier_of(row.label) is tier)
            for tier in (Tier.PENALTY, Tier.REST)
        )

    others = [row for row in rows if row.label != "Goal"]
    best = max(
        worth(chosen)
        for size in range(len(others) + 1)
        for chosen in combinations(others, size)
        if sum(map(least_seconds, chosen)) <= room + 1e-6
    )
    fits = {row.id for row in choice.highlights}
    if any(least_seconds(row) <= max_seconds for row in rows):
        assert {row.id for row in goals} <= fits
        assert worth([row for row in others if row.id in fits]) == pytest.approx(best, abs=1e-6)


@given(moments(max_size=14), budgets)
@settings(max_examples=150, deadline=None)
def test_a_reel_is_never_over_its_budget_unless_its_goals_are(rows, budget):
    choice = choose(rows, budget)
    chosen = choice.highlights
    if choice.over_seconds:
        assert {row.label for row in chosen} == {"Goal"}
        assert {row.id for row in chosen} == {row.id for row in rows if row.label == "Goal"}
        assert choice.over_seconds == pytest.approx(choice.reel_seconds - budget.max_seconds, abs=1e-3)
    else:
        for order in ("time", "importance"):
            assert reel_seconds(in_order(chosen, order), budget) <= budget.max_seconds + 1e-6
    by_id = {row.id: row for row in rows}
    for row in chosen:
        whole = by_id[row.id]
        assert whole.start_seconds - 1e-3 <= row.start_seconds < row.end_seconds <= whole.end_seconds + 1e-3
    assert all(one.end_seconds <= two.start_seconds for one, two in pairwise(chosen))
    assert len(chosen) + len(choice.left_out) == len(rows)
    assert [row.score for row in choice.left_out] == sorted(
        (row.score for row in choice.left_out), reverse=True
    )


@given(moments(max_size=10), budgets, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_candidates_changes_nothing(rows, budget, random):
    mixed = list(rows)
    random.shuffle(mixed)
    assert choose(mixed, budget) == choose(rows, budget)


@given(moments(max_size=10), budgets)
@settings(max_examples=100, deadline=None)
def test_padding_goes_before_a_moment_does(rows, budget):
    """What was left out would not fit even if every clip shrank to its action; no padding is wasted either."""
    choice = choose(rows, budget)
    if choice.over_seconds or not choice.highlights:
        return
    whole = {row.id: row for row in rows}
    trimmed = [
        row
        for row in choice.highlights
        if row.interval.duration_seconds < whole[row.id].interval.duration_seconds - 1e-3
    ]
    actions = all(row.interval.overlap_seconds(whole[row.id].action) >= whole[row.id].action.duration_seconds - 2e-3
                  for row in choice.highlights)  # fmt: skip
    if len(choice.highlights) > 1:
        assert actions
    if trimmed and actions and budget.transition_seconds == 0:
        spent = budget.title_card_seconds + budget.frame_seconds * len(choice.highlights)
        spent += sum(row.interval.duration_seconds for row in choice.highlights)
        title_frame = budget.frame_seconds if budget.title_card_seconds else 0.0
        assert budget.max_seconds - spent - title_frame < 0.01 * len(choice.highlights)


def test_time_that_is_left_goes_evenly_to_what_surrounds_the_actions():
    rows = [moment(at=100), moment(at=200, around=(5, 2)), moment(at=300)]
    choice = choose(rows, replace(PLAIN, max_seconds=25))
    # 18 s of action; of the 7 s left the second can use 1.
    assert [row.interval.duration_seconds for row in choice.highlights] == pytest.approx([9, 7, 9])
    first = choice.highlights[0]
    assert (first.start_seconds, first.end_seconds) == pytest.approx(
        (100 - 4 - 12 / 7, 102 + 9 / 7), abs=1e-3
    )
    assert choose(rows, PLAIN).highlights == tuple(rows)


def test_goals_that_do_not_fit_are_all_there_alone_and_it_is_said():
    rows = [moment("Goal", at, 0.1) for at in (100, 200, 300)] + [moment("Penalty", 400, 1.0)]
    budget = replace(PLAIN, max_seconds=15)
    choice = choose(rows, budget)
    assert [row.label for row in choice.highlights] == ["Goal"] * 3
    assert [row.interval for row in choice.highlights] == [row.action for row in rows[:3]]
    assert (choice.reel_seconds, choice.over_seconds) == (18, 3)
    assert tuple(notice.text for notice in choice.notices(budget)) == (
        "the goals alone last 18.0 s even at their shortest: 3.0 s more than the 15 s asked for",
    )
    enough = choose(rows, replace(PLAIN, max_seconds=18))
    assert enough.over_seconds == 0 and enough.notices(PLAIN) == ()


def test_a_penalty_comes_before_any_shot_and_a_goal_before_any_penalty():
    weak, strong = moment("Penalty", 100, 0.01), moment("Red card", 200, 1.0)
    assert choose([weak, strong], replace(PLAIN, max_seconds=7)).highlights[0].label == "Penalty"
    goal = moment("Goal", 300, 0.01)
    assert choose([weak, strong, goal], replace(PLAIN, max_seconds=7)).highlights[0].label == "Goal"


def test_of_penalties_worth_the_same_the_shorter_leaves_room_for_more():
    rows = [
        moment("Penalty", 100, 0.5, action=(8, 5)), moment("Penalty", 200, 0.5), moment("Red card", 300, 0.5),
    ]  # fmt: skip
    choice = choose(rows, replace(PLAIN, max_seconds=13))
    assert [row.event_seconds for row in choice.highlights] == [200, 300]


def test_crossfades_save_and_a_title_card_costs():
    rows = [moment(at=100 * number) for number in range(1, 6)]  # five actions of 6 s
    faded = replace(PLAIN, transition_seconds=0.5, max_seconds=28)
    choice = choose(rows, faded)
    assert len(choice.highlights) == 5 and choice.reel_seconds == 28  # 30 s less four joints
    assert len(choose(rows, replace(faded, max_seconds=27.9)).highlights) == 4
    # The card fades into the first moment: 3 + 30 s less five joints.
    titled = replace(faded, max_seconds=30.5, title_card_seconds=3)
    choice = choose(rows, titled)
    assert len(choice.highlights) == 5 and choice.reel_seconds == 30.5
    assert len(choose(rows, replace(titled, max_seconds=30.4)).highlights) == 4
    # A card of 0.9 s gives up only a third of itself.
    short = replace(faded, max_seconds=28.6, title_card_seconds=0.9)
    choice = choose(rows, short)
    assert len(choice.highlights) == 5 and choice.reel_seconds == 28.6
    assert len(choose(rows, replace(short, max_seconds=28.5)).highlights) == 4


@pytest.mark.parametrize(("transition_seconds", "card_saving"), [(0.0, 0.0), (0.5, 0.48), (2.0, 1.0)])
def test_what_the_title_card_saves_is_shown_of_the_moments(transition_seconds, card_saving):
    """Every frame is used but those that the ends of clips may take; card and moments alike."""
    rows = [moment(at=100 * number, around=(20, 20)) for number in range(1, 6)]
    budget = Budget(60, transition_seconds, 3, Fraction(25))
    assert budget.card_saving_ms == 1000 * card_saving
    choice = choose(rows, budget)
    lengths = [75, *(num_frames(row.interval, Fraction(25)) for row in choice.highlights)]
    saved = fades_frames(lengths, fade_seconds=transition_seconds, rate_fps=Fraction(25))
    assert saved[0] / 25 == card_saving
    assert sum(lengths) - sum(saved) == round(choice.reel_seconds * 25) <= 60 * 25
    assert choice.reel_seconds > 60 - 0.05 * len(rows)


def test_a_clip_too_short_to_fade_in_full_fades_over_a_third_of_it():
    rows = [moment(at=100 * n, around=(0.9, 0.5), action=(0.9, 0.5)) for n in range(1, 4)]
    budget = replace(PLAIN, transition_seconds=0.5, max_seconds=30)
    assert choose(rows, budget).reel_seconds == pytest.approx(3 * 1.4 - 2 * 0.466)


def test_a_reel_shorter_than_any_action_holds_a_piece_of_the_best():
    rows = [moment(at=100, score=0.4), moment(at=200, score=0.8)]
    (piece,) = choose(rows, replace(PLAIN, max_seconds=2.6)).highlights
    assert piece.event_seconds == 200 and piece.interval.duration_seconds == pytest.approx(2.6)
    assert piece.interval.contains(200)
    nothing = choose(rows, replace(PLAIN, max_seconds=0.5))
    assert nothing.highlights == () and tuple(notice.text for notice in nothing.notices(PLAIN)) == (
        "no highlight: there is no room for one in 60 s",
    )


def test_fillers_never_cost_a_moment_its_build_up():
    rows = [moment("Goal", 100), moment("Foul", 200, 1.0), moment("Corner", 300, 0.5)]
    assert [row.label for row in choose(rows, replace(PLAIN, max_seconds=18)).highlights] == ["Goal"]
    assert [row.label for row in choose(rows, replace(PLAIN, max_seconds=19)).highlights] == ["Goal", "Foul"]


def test_moments_close_by_share_what_is_between_them():
    rows = [moment(at=100), moment(at=110)]  # 3 s of both are the same
    choice = choose(rows, PLAIN)
    assert [(row.start_seconds, row.end_seconds) for row in choice.highlights] == [(92, 104), (104, 115)]
    assert choice.reel_seconds == 23


@pytest.mark.parametrize("transition_seconds", [0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("gap", [0.0, 0.4, 2.0])
def test_long_crossfades_cost_close_moments_nothing_of_their_action(transition_seconds, gap):
    """Clips that fade for long are longer than a short action: they grow away from each other."""
    rows = [
        moment(at=100, around=(20, 4), action=(0.5, 0.5)),
        moment(at=101 + gap, around=(4, 20), action=(0.5, 0.5)),
        moment(at=102 + 2 * gap, around=(1.5, 20), action=(0.5, 0.3)),
    ]
    for max_seconds in (6.0, 12.0, 60.0):
        budget = Budget(max_seconds, transition_seconds, 0, Fraction(25))
        choice = choose(rows, budget)
        whole = {row.id: row for row in rows}
        for row in choice.highlights:
            action = whole[row.id].action
            assert row.start_seconds <= action.start_seconds < action.end_seconds <= row.end_seconds
        assert all(one.end_seconds <= two.start_seconds for one, two in pairwise(choice.highlights))
        assert choice.reel_seconds <= max_seconds


@st.composite
def close_moments(draw):
    """Moments with short actions one close behind the other, whose build-up and celebration overlap."""
    rows, clock = [], 40.0
    for _ in range(draw(st.integers(2, 5))):
        first = clock + draw(st.integers(0, 30)) / 10
        last = first + draw(st.integers(1, 40)) / 10
        clock = last
        around = [draw(st.integers(0, 300)) / 10 for _ in range(2)]
        label, score = draw(st.sampled_from(KINDS)), draw(st.integers(1, 1000)) / 1000
        rows.append(
            PlannedHighlight(
                "1", first - around[0], last + around[1], (first + last) / 2, label, score, {}, first, last
            )
        )
    return rows


@given(close_moments(), budgets, st.sampled_from([0.0, 0.16, 0.5, 1.0, 2.0]))
@settings(max_examples=100, deadline=None)
def test_close_moments_keep_their_actions_and_the_budget(rows, budget, transition_seconds):
    budget = replace(budget, transition_seconds=transition_seconds)
    choice = choose(rows, budget)
    actions = {row.id: row.action for row in rows}
    if len(choice.highlights) > 1:
        for row in choice.highlights:
            assert row.start_seconds <= actions[row.id].start_seconds + 1e-3
            assert row.end_seconds >= actions[row.id].end_seconds - 1e-3
    assert all(one.end_seconds <= two.start_seconds for one, two in pairwise(choice.highlights))
    assert choice.over_seconds or choice.reel_seconds <= budget.max_seconds + 1e-6


@pytest.mark.parametrize(
    ("row", "max_seconds", "span"),
    [
        # Without a moment: the middle of the action, wherever the whole has its own.
        (PlannedHighlight("1", 0, 40, None, "Moment", 0.5, {}, 30, 38), 3, (32.5, 35.5)),
        # The moment stays at its share of the action: two thirds of 6 s.
        (moment(at=100, around=(50, 5)), 3, (98, 101)),
        # A moment beside the action is no reason to show less of the action.
        (PlannedHighlight("1", 0, 40, 39.0, "Moment", 0.5, {}, 10, 20), 4, (16, 20)),
        # The action fits, a full crossfade does not: what surrounds it fills up.
        (PlannedHighlight("1", 8, 40, 10.0, "Moment", 0.5, {}, 9, 10), 4, (8, 12)),
    ],
)
def test_the_piece_of_a_reel_that_holds_nothing_whole_is_of_the_action(row, max_seconds, span):
    fade = 2.0 if row.action.duration_seconds < max_seconds else 0.0
    budget = replace(PLAIN, max_seconds=max_seconds, transition_seconds=fade)
    (piece,) = choose([row], budget).highlights
    assert (piece.start_seconds, piece.end_seconds) == pytest.approx(span)


def test_what_a_moment_is_worth():
    assert share_of("Goal") > share_of("Red card") > share_of("Shots on target") > share_of("Moment")
    assert share_of("Moment") == share_of("anything") > share_of("Shots off target") > share_of("Yellow card")
    assert share_of("Yellow card") > share_of("Foul") > 0
    assert (tier_of("Foul"), tier_of("Moment"), tier_of("Yellow card")) == (Tier.FILLER, Tier.REST, Tier.REST)


@pytest.mark.parametrize(
    ("given_length", "seconds"), [("short", 60), ("medium", 180), ("long", 480), (20, 20)]
)
def test_lengths_with_a_name(given_length, seconds):
    assert max_seconds_of(given_length) == seconds


def test_orders():
    rows = [
        moment("Shots on target", 50, 0.9), moment("Goal", 400, 0.5, part="2"), moment("Goal", 300, 0.9, part="2"),
        moment("Penalty", 20, 0.7), moment("Shots off target", 10, 0.95),
    ]  # fmt: skip
    assert [row.event_seconds for row in in_order(rows, "time")] == [10, 20, 50, 300, 400]
    assert [row.event_seconds for row in in_order(rows, "importance")] == [300, 400, 20, 50, 10]


def test_reels_of_up_to_five_minutes_search_for_the_same_cuts():
    assert search_seconds_of(20) == search_seconds_of("medium") == search_seconds_of(300)
    assert search_seconds_of(301) > search_seconds_of(300)
    assert search_seconds_of("long") >= 1.2 * max_seconds_of("long")
