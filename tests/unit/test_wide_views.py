"""The rule for a wide view of play, on rendered views: precision and recall as on four whole broadcasts.

There the rule had a precision of .92 to .94 and a recall of .97 to 1.00 on 9,550 stills labelled by hand.
Replays count neither way: they show play from another camera, as wide as that happens to be.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from matchreel.cues import Cues, wide_views
from matchreel.cues.pictures import CONSTANTS
from matchreel.cues.step import HEIGHT, picture_curves
from matchreel.synthetic.render import Broadcast
from matchreel.synthetic.script import write_story
from matchreel.synthetic.story import RATE_FPS
from matchreel.timeline import FrameGrid

MINUTES, RATE = 1.5, 2
GRID = FrameGrid(Fraction(RATE), int(60 * MINUTES * RATE))
# A picture this near to a cut may show either view.
NEAR_SECONDS = 0.25


def views(game, *, difficulty, banners):
    """(T,) kind of every step's view, "" near a cut; and the same as the rule has it."""
    story = write_story(
        seed=77, game=game, difficulty=difficulty, event_rate=5.0, minutes=MINUTES, with_highlights=True
    )
    if not banners:
        story.captions = [caption for caption in story.captions if caption.kind != "banner"]
    broadcast = Broadcast(story, seed=77, game=game)
    centres = GRID.starts_seconds() + 0.5 / RATE
    pictures = [broadcast.picture(int(at * RATE_FPS)) for at in centres]
    small = [cv2.resize(picture, (128, HEIGHT), interpolation=cv2.INTER_AREA) for picture in pictures]
    batch = np.stack([cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for picture in small])
    curves = picture_curves([batch], GRID, CONSTANTS)
    said = wide_views(Cues(curves, GRID, 60 * MINUTES, game, "1"), min_open_share=0.6, max_body_share=0.2)
    kinds = [_kind(broadcast, at) for at in centres]
    return np.array(kinds), said == 1


def _kind(broadcast, seconds):
    near = {broadcast.view_at(seconds + shift).kind for shift in (-NEAR_SECONDS, 0.0, NEAR_SECONDS)}
    return near.pop() if len(near) == 1 else ""


@pytest.fixture(scope="module")
def seen():
    """Whether each step is wide, and whether the rule says so, over games of two difficulties."""
    held = [views(f"wide-{at}", difficulty=at, banners=False) for at in (0.3, 0.9)]
    kinds, said = (np.concatenate(rows) for rows in zip(*held, strict=True))
    counted = (kinds != "") & (kinds != "replay")
    return kinds[counted] == "wide", said[counted]


def test_what_the_rule_calls_wide_is_wide(seen):
    is_wide, said = seen
    assert 20 < (~is_wide).sum() < is_wide.sum()
    assert is_wide[said].mean() >= 0.92


def test_the_rule_finds_the_wide_views(seen):
    is_wide, said = seen
    assert said[is_wide].mean() >= 0.97


@pytest.mark.slow
def test_nothing_else_is_called_wide_while_a_banner_shrinks_the_picture():
    kinds, said = views("banner", difficulty=0.5, banners=True)
    counted = (kinds != "") & (kinds != "replay")
    assert said[counted].any() and (kinds[counted & said] == "wide").mean() >= 0.92
