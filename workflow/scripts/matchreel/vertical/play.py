"""Where play is in each picture of a take: the ball and where the camera aims; else the foreground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from matchreel.records import Float32, Float64
from matchreel.vertical.ball import WAY_PICTURES, BallPath, find_ball
from matchreel.vertical.looks import LOOK_RATE_FPS, Looks

# SOURCE: measured on rendered games (least squares of the ball's place over wide views, seeds 101 to 103).
# So late is an operator, and so much of the width ahead is play where the field's edge falls by one in one.
_LEAD_SECONDS, _SLOPE_LEAD = 0.53, 0.68
_STEADY_SECONDS = 0.25
# What a cell half a picture away from there is worth less than one there.
_OFF_COST = 1.0
_PERSON_GAIN = 0.05
# A ball that goes so many cells in WAY_PICTURES, as sure as this, towards a goal line that the camera shows
# (there the field's upper edge slopes): a shot.
# SOURCE: chosen on rendered games (seeds 101 to 103, 301, 303, 502).
_FLIGHT_CELLS, _FLIGHT_SURE, _GOAL_SLOPE = (12.0, 40.0), 0.4, 0.06
# Lost soon after, it is not on grass any more: for a while play is where it went, so many pictures on.
_LOST_SECONDS, _LOST_SURE = 1.0, 0.2
_HELD_SECONDS, _FURTHER_PICTURES, _HELD_COST, _HELD_WEIGHT = 2.5, 2, 3.0, 0.5
_OUT_SHARE = 0.1  # so far out of the picture, as a share of its width, it is not waited for
_GUESS_WEIGHT, _LEAST_BALL_WEIGHT = 0.25, 0.02
_CENTRE_SHARE = 0.3  # of the width: spread of what is expected of a close view


@dataclass(frozen=True)
class Play:
    """x (T,) float64 as a share of the picture's width, and how sure that is, weight (T,) >= 0."""

    x: Float64
    weight: Float64


def where_play_is(looks: Looks) -> Play:
    """Play in the T pictures of one take."""
    return _in_wide(looks) if looks.is_wide.mean() > 0.5 else _in_close(looks)


def _in_wide(looks: Looks) -> Play:
    W = looks.people.shape[2]
    led, cost, guess = (
        _led_by(looks),
        *(np.full(len(looks.people), held) for held in (_OFF_COST, _GUESS_WEIGHT)),
    )
    ball = _found(looks, led, cost)
    panned = np.cumsum(np.concatenate([[0.0], looks.pan[1:, 0]]))
    slope = _steady(np.nan_to_num(looks.slope.astype(np.float64)))
    places = _after_flights(ball, panned, slope, W)
    held = np.isfinite(places)
    if held.any():
        led[held], cost[held], guess[held] = np.clip(places[held], 0, W), _HELD_COST, _HELD_WEIGHT
        ball = _found(looks, led, cost)
    weight = _LEAST_BALL_WEIGHT + np.clip(ball.confidence.astype(np.float64), 0, 1)
    x = (weight * ball.x + guess * led) / (weight + guess)
    return Play(x / W, weight + guess)


def _found(looks: Looks, led: Float64, cost: Float64) -> BallPath:
    """The ball, expected at (T,) columns; (T,) costs of being off them."""
    W = looks.people.shape[2]
    columns = np.arange(W) + 0.5
    off = (columns[None, :] - led[:, None]) * 2 / W
    prior = -cost[:, None] * np.minimum(off**2, 1)
    extra = _PERSON_GAIN * looks.people + prior[:, None, :]
    return find_ball(looks.ball, looks.bright, looks.pan, extra.astype(np.float32))


def _steady(values: Float64) -> Float64:
    """(T,) values as a mean over a moment."""
    steps = min(len(values), round(2 * _STEADY_SECONDS * LOOK_RATE_FPS) + 1)
    held: Float64 = uniform_filter1d(values, steps, mode="nearest")
    return held


def _after_flights(ball: BallPath, panned: Float64, slope: Float64, num_columns: int) -> Float64:
    """(T,) columns where a ball that flew at a goal line should be after it was lost; NaN elsewhere.

    panned (T,): how far the background has moved. slope (T,): of the field's upper edge.
    """
    places = np.full(len(panned), np.nan)
    least, most = _FLIGHT_CELLS
    num_soon = round(_LOST_SECONDS * float(LOOK_RATE_FPS))
    num_held = round(_HELD_SECONDS * float(LOOK_RATE_FPS))
    way, far = ball.onward.way, np.abs(ball.onward.way)
    at_goal = np.sign(way) * slope > _GOAL_SLOPE
    flies = (far >= least) & (far <= most) & (ball.onward.sure >= _FLIGHT_SURE) & at_goal
    for at in np.flatnonzero(flies):
        if ball.confidence[at + 1 : at + 1 + num_soon].min(initial=1) < _LOST_SURE:
            further = way[at] / WAY_PICTURES * _FURTHER_PICTURES
            columns = ball.onward.x[at] + further + panned[at + 1 : at + 1 + num_held] - panned[at]
            is_out = np.abs(columns - num_columns / 2) > (0.5 + _OUT_SHARE) * num_columns
            num_shown = int(np.argmax(is_out)) if is_out.any() else len(columns)
            places[at + 1 : at + 1 + num_shown] = columns[:num_shown]
    places[flies] = np.nan
    return places


def _led_by(looks: Looks) -> Float64:
    """(T,) columns where the camera seems to expect play.

    Ahead of the middle in the direction it pans, and towards the goal line that it shows more of: there the
    field's upper edge slopes down.
    """
    W = looks.people.shape[2]
    pan = np.concatenate([[0.0], looks.pan[1:, 0]])  # the first one is of the cut before
    camera = -_steady(pan) * float(LOOK_RATE_FPS)
    slope = _steady(np.nan_to_num(looks.slope.astype(np.float64)))
    led: Float64 = np.clip(W / 2 + _LEAD_SECONDS * camera + _SLOPE_LEAD * slope * W, 0, W)
    return led


def _in_close(looks: Looks) -> Play:
    W = looks.foreground.shape[1]
    expected = np.exp(-((_off_centre(W) / (2 * _CENTRE_SHARE)) ** 2) / 2)
    seen = looks.foreground.mean(axis=0, keepdims=True) * 0.5 + looks.foreground
    return Play(_middle((seen + 1e-3) * expected) / W, np.full(len(seen), 0.2))


def _off_centre(num_columns: int) -> Float64:
    """(W,) -1 at the left border to 1 at the right."""
    return (np.arange(num_columns) + 0.5) * 2 / num_columns - 1


def _middle(columns: Float32 | Float64) -> Float64:
    """(T,) mean place, in columns, of (T, W) weights; the middle where there is none."""
    W = columns.shape[1]
    held = columns + 1e-6
    middle: Float64 = (held * (np.arange(W) + 0.5)).sum(axis=1) / held.sum(axis=1)
    return middle
