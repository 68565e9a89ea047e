"""Where play is in each picture of a take: the ball and where the camera aims; else the foreground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from matchreel.records import Float32, Float64
from matchreel.vertical.ball import find_ball
from matchreel.vertical.looks import LOOK_RATE_FPS, Looks

# SOURCE: measured on rendered games (least squares of the ball's place over wide views, seeds 101 to 103).
# So late is an operator, and so much of the width ahead is play where the field's edge falls by one in one.
_LEAD_SECONDS, _SLOPE_LEAD = 0.53, 0.68
_STEADY_SECONDS = 0.25
# What a cell half a picture away from there is worth less than one there.
_OFF_COST = 1.0
_PERSON_GAIN = 0.05
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
    led = _led_by(looks)
    columns = np.arange(W) + 0.5
    off = (columns[None, :] - led[:, None]) * 2 / W
    prior = -_OFF_COST * np.minimum(off**2, 1)
    extra = _PERSON_GAIN * looks.people + prior[:, None, :]
    ball = find_ball(looks.ball, looks.pan, extra.astype(np.float32))
    weight = _LEAST_BALL_WEIGHT + np.clip(ball.confidence.astype(np.float64), 0, 1)
    x = (weight * ball.x + _GUESS_WEIGHT * led) / (weight + _GUESS_WEIGHT)
    return Play(x / W, weight + _GUESS_WEIGHT)


def _led_by(looks: Looks) -> Float64:
    """(T,) columns where the camera seems to expect play.

    Ahead of the middle in the direction it pans, and towards the goal line that it shows more of: there the
    field's upper edge slopes down.
    """
    T, _, W = looks.people.shape
    steps = min(T, round(2 * _STEADY_SECONDS * LOOK_RATE_FPS) + 1)
    pan = np.concatenate([[0.0], looks.pan[1:, 0]])  # the first one is of the cut before
    camera = -uniform_filter1d(pan, steps, mode="nearest") * float(LOOK_RATE_FPS)
    slope = uniform_filter1d(np.nan_to_num(looks.slope.astype(np.float64)), steps, mode="nearest")
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
