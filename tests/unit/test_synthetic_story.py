"""What is staged in a synthetic game, before anything is drawn: labels, views, sounds and their odds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from matchreel.labels import HIGHLIGHT_LABELS, LABELS
from matchreel.randomness import generator
from matchreel.synthetic.schedule import KIND_SHARES, LABELS_PER_HALF, moments
from matchreel.synthetic.script import write_story
from matchreel.timeline import Interval, merge_intervals

GAMES = [f"demo-{index}" for index in range(12)]


def story(game, *, rate=5.0, minutes=5.0, difficulty=0.5, with_highlights=True, seed=3):
    return write_story(
        seed=seed,
        game=game,
        difficulty=difficulty,
        event_rate=rate,
        minutes=minutes,
        with_highlights=with_highlights,
    )


def of_kind(held, kind):
    return [Interval(v.start_seconds, v.end_seconds) for v in held.views if v.kind == kind]


@pytest.fixture(scope="module")
def league():
    return [story(game) for game in GAMES]


def highlights(held):
    return [label for label in held.labels if label.label in HIGHLIGHT_LABELS]


@pytest.mark.parametrize("minutes", [0.5, 1.0, 5.0, 45.0])
@pytest.mark.parametrize("rate", [1.0, 5.0])
def test_labels_are_known_and_lie_inside_and_views_tile_the_part(minutes, rate):
    held = story("tiles", rate=rate, minutes=minutes)
    assert all(label.label in LABELS and 0 <= label.seconds < 60 * minutes for label in held.labels)
    assert [label.seconds for label in held.labels] == sorted(label.seconds for label in held.labels)
    assert held.views[0].start_seconds == 0
    assert held.views[-1].end_seconds == pytest.approx(60 * minutes)
    for before, after in zip(held.views, held.views[1:], strict=False):
        assert before.end_seconds == pytest.approx(after.start_seconds)
        assert before.end_seconds > before.start_seconds


@pytest.mark.parametrize(("rate", "minutes"), [(1.0, 45.0), (5.0, 5.0), (2.0, 20.0)])
def test_as_many_highlights_as_soccernet_times_the_rate(rate, minutes):
    found = np.mean([len(highlights(story(game, rate=rate, minutes=minutes))) for game in GAMES])
    wanted = LABELS_PER_HALF * rate * minutes / 45
    assert found == pytest.approx(wanted, rel=0.15)


def test_gaps_and_mix_follow_soccernet():
    held = [
        moments(generator(0, game), duration_seconds=2700, event_rate=1, first_seconds=3)
        for game in range(200)
    ]
    gaps = np.concatenate([np.diff([moment.seconds for moment in game]) for game in held])
    # SOURCE: gaps between groups of SoccerNet's highlights: median 164 s, 90th percentile 490 s.
    assert np.median(gaps) == pytest.approx(164, rel=0.2)
    assert np.percentile(gaps, 90) == pytest.approx(490, rel=0.2)
    mix = Counter(moment.kind for game in held for moment in game)
    for kind, share in KIND_SHARES.items():
        assert mix[kind] / mix.total() == pytest.approx(share, abs=0.02)


def test_every_highlight_class_and_the_others_occur(league):
    seen = Counter(label.label for held in league for label in held.labels)
    assert set(HIGHLIGHT_LABELS) <= set(seen)
    assert {"Foul", "Corner", "Substitution", "Ball out of play", "Kick-off", "Throw-in", "Clearance"} <= set(
        seen
    )


def test_graphics_come_no_sooner_than_four_seconds_after_the_event(league):
    for held in league:
        goals = [label.seconds for label in held.labels if label.label == "Goal"]
        shown = [at for at, _ in held.score_changes]
        assert len(shown) <= len(goals)
        for at in shown:
            assert at - max(goal for goal in goals if goal <= at) >= 4
        for caption in held.captions:
            if caption.kind == "lower_third" and caption.text.startswith("GOAL"):
                assert caption.start_seconds - max(g for g in goals if g <= caption.start_seconds) >= 4


def test_replays_views_and_banners_lie_near_real_broadcasts(league):
    total = sum(held.duration_seconds for held in league)
    runs = [len(merge_intervals(of_kind(held, "replay"), max_gap_seconds=0.1)) for held in league]
    idle = sum(kind == "replay of no shot" for held in league for _, kind in held.distractors)
    groups = sum(
        len(
            merge_intervals([Interval(e.seconds, e.seconds + 1) for e in highlights(held)], max_gap_seconds=3)
        )
        for held in league
    )
    # SOURCE: 24 of 30 shots of a measured match had a replay, 22 of 48 replays showed no shot (fewer here,
    # where highlights are five times as dense), banners shrank the picture for a fifth of the time.
    assert (sum(runs) - idle) / groups == pytest.approx(0.8, abs=0.15)
    assert 0.15 < idle / sum(runs) < 0.55
    assert 0.5 < sum(v.duration_seconds for held in league for v in of_kind(held, "wide")) / total < 0.75
    banners = [c for held in league for c in held.captions if c.kind == "banner"]
    assert sum(c.end_seconds - c.start_seconds for c in banners) / total == pytest.approx(0.2, abs=0.05)


def test_there_are_distractors_of_many_kinds(league):
    kinds = {kind for held in league for _, kind in held.distractors}
    assert {"lost attack", "foul", "substitution", "cheer without a shot", "replay of no shot"} <= kinds


def test_a_story_without_highlights_has_none():
    held = story("quiet", with_highlights=False)
    assert not highlights(held)
    assert len(held.labels) > 8
    assert not held.score_changes
    assert not held.nets


def test_same_seed_same_story_and_no_other():
    assert story("one") == story("one")
    assert story("one") != story("two")
    assert story("one") != story("one", seed=4)


def test_harder_games_hide_more_cues():
    def roars_at_shots(difficulty):
        found, shots = 0, 0
        for game in GAMES:
            held = story(game, difficulty=difficulty)
            starts = np.array([s.seconds for s in held.sounds if s.kind == "roar"] + [-99.0])
            for label in highlights(held):
                shots += 1
                found += bool((np.abs(starts - label.seconds) < 1.5).any())
        return found / shots

    assert roars_at_shots(0.0) > 0.93
    assert roars_at_shots(1.0) < roars_at_shots(0.0) - 0.1
