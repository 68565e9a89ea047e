"""The scorer without training, on made-up cues."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.excitement import (
    CueConstants,
    break_strength,
    centred_mean,
    excitement_scores,
    rank_shares,
    score_excitement,
    step_cues,
    window_maxima,
)
from matchreel.records import Scores
from matchreel.timeline import FrameGrid
from support.views import made_cues

CONSTANTS = CueConstants(
    loudness_mean_seconds=4,
    break_before_seconds=10,
    break_after_seconds=20,
    slope_mean_seconds=4,
    wide_open_share=0.6,
    wide_body_share=0.2,
)
WINDOWS = {"window_seconds": 15.0, "stride_seconds": 3.0}


def scored(cues):
    scores = excitement_scores(cues, CONSTANTS, **WINDOWS)
    return scores.times_seconds - 7.5, 1 / (1 + np.exp(-scores.logits[:, 0])), scores


@pytest.mark.parametrize(
    ("num_steps", "expected"),
    [
        (1, [0, 0, 0, 12, 0, 0]),
        (3, [0, 0, 4, 4, 4, 0]),
        (4, [0, 3, 3, 3, 4, 0]),  # steps i - 1 to i + 2
        (5, [0, 3, 2.4, 2.4, 3, 4]),
    ],
)
def test_centred_mean(num_steps, expected):
    assert centred_mean(np.array([0, 0, 0, 12.0, 0, 0]), num_steps) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("is_wide", "expected"),
    [
        ("11110000", [0, 0.0, 0.0, 0.5, 1.0, 0.5, 0, 0]),
        ("00001111", [0, 0.0, 0.0, -0.5, -1.0, -0.5, 0, 0]),
        ("11111111", [0] * 8),
        ("1111....", [0, 0.0, 0.0, 0.0, 0, 0, 0, 0]),  # black after play is no break
        ("111.0000", [0, 0.0, 0.0, 1.0, 1.0, 0.0, 0, 0]),
    ],
)
def test_break_strength(is_wide, expected):
    steps = np.array([{"1": 1.0, "0": 0.0, ".": np.nan}[char] for char in is_wide])
    assert break_strength(steps, num_before=2, num_after=2) == pytest.approx(expected)


def test_a_break_needs_half_of_each_side():
    mostly_black = np.array([np.nan, np.nan, np.nan, 1, 0, 0, 0, 0])
    assert break_strength(mostly_black, num_before=4, num_after=4)[4] == 0
    assert break_strength(mostly_black, num_before=2, num_after=4)[4] == 1
    assert break_strength(mostly_black[::-1], num_before=4, num_after=4)[4] == 0


def test_break_counts_before_and_after_apart():
    steps = np.array([1.0] * 10 + [0.0] * 5 + [1.0] * 10)
    assert break_strength(steps, num_before=4, num_after=5)[10] == 1
    assert break_strength(steps, num_before=4, num_after=10)[10] == 0.5


def test_window_maxima_leave_out_the_step_at_the_end():
    grid = FrameGrid(Fraction(2), 20)
    values = np.zeros(20)
    values[[6, 19]] = [1, 2]  # at 3.0 s and 9.5 s
    starts = np.array([0.0, 1.0, 3.0, 3.5, 7.0])
    assert window_maxima(values, grid, starts, 3.0).tolist() == [0, 1, 1, 0, 2]


@pytest.mark.parametrize("seconds", [20.0, 100.0])
def test_a_part_shorter_than_a_window_is_one_window(seconds):
    grid = FrameGrid(Fraction(2), 8)
    assert window_maxima(np.arange(8.0), grid, np.zeros(1), seconds).tolist() == [7]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 1, 2], [5 / 6, 1 / 6, 3 / 6]),
        ([1, 1, 1], [0.5] * 3),
        ([0, 5, 5, 9], [1 / 8, 4 / 8, 4 / 8, 7 / 8]),
    ],
)
def test_rank_shares(values, expected):
    assert rank_shares(np.array(values, dtype=float)) == pytest.approx(expected)


def test_moments_where_all_cues_speak_stand_first():
    at = {130.0: "lbs", 333.0: "lbs", 500.0: "l", 220.0: "b", 420.0: "s"}
    starts, shares, scores = scored(made_cues(events=at))
    ranked = np.argsort(-shares)
    best = [ranked[0], next(i for i in ranked if abs(starts[i] - starts[ranked[0]]) > 30)]
    for event in (130.0, 333.0):
        assert any(starts[i] <= event < starts[i] + 15 for i in best), starts[best]
    for event in (500.0, 220.0, 420.0):
        inside = (starts <= event) & (event < starts + 15)
        assert shares[inside].max() < shares[best].min()
    assert scores.trained_on == () and scores.classes == ("Moment",) and scores.event_offset_seconds == 10
    assert set(scores.curves) == {"loudness", "break", "slope"}
    mean = np.mean([scores.curves[name] for name in scores.curves], axis=0)
    assert shares == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize(("word", "name"), [("l", "loudness"), ("b", "break"), ("s", "slope")])
def test_each_cue_is_heard(word, name):
    starts, _, scores = scored(made_cues(events={300.0: word}))
    top = starts[np.argmax(scores.curves[name])]
    assert top <= 305 and top + 15 > 295
    quiet = scored(made_cues(events={}))[2]
    at = np.flatnonzero((starts <= 299) & (starts + 15 > 302))
    assert scores.curves[name][at].max() > 0.97 > quiet.curves[name][at].max() or name == "slope"


@pytest.mark.parametrize(
    ("kept", "names"),
    [
        ({"sound": False}, {"break", "slope"}),
        ({"picture": False}, {"loudness"}),
        ({}, {"loudness", "break", "slope"}),
    ],
)
def test_what_is_missing_is_left_out(kept, names):
    starts, shares, scores = scored(made_cues(events={300.0: "lbs"}, **kept))
    assert set(scores.curves) == names
    best = starts[np.argmax(shares)]
    assert best <= 303 and best + 15 > 296


def with_curves(cues, **curves):
    held = {name: np.full(cues.grid.num_steps, value, dtype=np.float32) for name, value in curves.items()}
    return replace(cues, curves=dict(cues.curves) | held)


def test_without_a_wide_view_sound_decides():
    cues = with_curves(made_cues(events={300.0: "l"}), open_share=0.0)
    starts, shares, scores = scored(cues)
    assert set(scores.curves) == {"loudness"}
    assert abs(starts[np.argmax(shares)] + 7.5 - 302.5) < 10


def test_digital_silence_says_nothing():
    assert set(scored(with_curves(made_cues(), loudness_db=-100.0))[2].curves) == {"break", "slope"}


def test_each_constant_has_its_place():
    constants = replace(
        CONSTANTS,
        loudness_mean_seconds=3,
        break_before_seconds=6,
        break_after_seconds=31,
        slope_mean_seconds=7,
    )
    cues = made_cues(events={300.0: "lbs"})
    said = step_cues(cues, constants)
    is_wide = (cues.curves["open_share"] >= 0.6).astype(float)
    expected = {
        "loudness": centred_mean(cues.curves["loudness_db"].astype(float), 6),
        "break": break_strength(is_wide, num_before=12, num_after=62),
        "slope": centred_mean(np.abs(cues.curves["edge_slope"].astype(float)) * is_wide, 14),
    }
    for name, curve in expected.items():
        np.testing.assert_allclose(said[name], curve, err_msg=name)


def test_the_slope_counts_in_wide_views_only():
    cues = made_cues(events={300.0: "s"})
    shown = step_cues(cues, CONSTANTS)["slope"]
    hidden = step_cues(with_curves(cues, body_share=0.5), CONSTANTS)["slope"]
    assert shown.max() == pytest.approx(0.3, abs=0.01) and hidden.max() == 0


def test_both_sides_of_the_pitch_count_alike():
    cues = made_cues(events={300.0: "s"})
    mirrored = replace(cues, curves=dict(cues.curves) | {"edge_slope": -cues.curves["edge_slope"]})
    np.testing.assert_array_equal(
        step_cues(cues, CONSTANTS)["slope"], step_cues(mirrored, CONSTANTS)["slope"]
    )


def test_loudness_counts_as_a_rank():
    """Compressing the sound changes nothing."""
    cues = made_cues(events={300.0: "l"})
    flat = replace(cues, curves=dict(cues.curves) | {"loudness_db": cues.curves["loudness_db"] * 0.1})
    assert scored(cues)[1] == pytest.approx(scored(flat)[1], abs=1e-6)


def settings():
    return {**vars(CONSTANTS), **WINDOWS}


def test_the_step_writes_scores(tmp_path):
    made_cues(events={300.0: "lbs"}).save(tmp_path / "cues.safetensors")
    for name in ("one.npz", "two.npz"):
        score_excitement(cues_path=tmp_path / "cues.safetensors", scores_path=tmp_path / name, **settings())
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    scores = Scores.load(tmp_path / "one.npz")
    assert scores.scorer == "excitement" and scores.duration_seconds == 600
    assert scores.logits.shape == (196, 1) and np.isfinite(scores.logits).all()


def test_a_part_without_anything_is_one_clear_line(tmp_path):
    cues = with_curves(made_cues(), loudness_db=-100.0, open_share=0.0)
    cues.save(tmp_path / "cues.safetensors")
    with pytest.raises(
        InputError, match=r"part 1 of made holds neither sound nor a picture that changes\. Give"
    ):
        score_excitement(
            cues_path=tmp_path / "cues.safetensors", scores_path=tmp_path / "s.npz", **settings()
        )
    assert not (tmp_path / "s.npz").exists()


def test_silence_is_never_claimed_to_be_loud():
    """What coding leaves of silence is no loudness, in the whole part and in single windows."""
    cues = made_cues()
    loudness = cues.curves["loudness_db"]
    noise = np.random.default_rng(1).normal(-90, 2, len(loudness)).astype(np.float32)
    assert "loudness" not in scored(with_curves(cues, loudness_db=noise))[2].curves
    half = np.where(np.arange(len(loudness)) < len(loudness) // 2, loudness, noise)
    starts, chances, scores = scored(with_curves(cues, loudness_db=half))
    is_silent = starts > len(loudness) // 2 / float(cues.grid.rate_fps) + CONSTANTS.loudness_mean_seconds
    assert np.isnan(scores.curves["loudness"][is_silent]).all()
    assert not np.isnan(scores.curves["loudness"][starts < 10]).any()
    assert np.isfinite(chances).all()


def test_a_black_picture_is_no_view_of_play():
    cues = made_cues(events={100.0: "b", 200.0: "s"})
    black = np.arange(cues.grid.num_steps) >= cues.grid.num_steps // 2
    hidden = {
        name: np.where(black, np.nan, cues.curves[name])
        for name in ("open_share", "body_share", "edge_slope")
    }
    starts, chances, scores = scored(with_curves(cues, **hidden))
    is_black = starts > cues.grid.num_steps // 2 / float(cues.grid.rate_fps)
    assert np.isnan(scores.curves["break"][is_black]).all()
    assert np.isfinite(chances).all()
