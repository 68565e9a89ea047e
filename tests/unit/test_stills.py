"""The still of a highlight is sharp, lit, not in a transition and near its moment."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

from matchreel.page.records import Highlight
from matchreel.stills import poster_index
from matchreel.stills.choice import picture_facts, picture_quality, sharpness
from matchreel.stills.poster import poster_shaped, titled
from matchreel.stills.sheet import cell_sized, contact_sheet, lettered_caption, save_jpeg
from matchreel.timeline import Interval

RATE_FPS = Fraction(10)
EVERYWHERE = Interval(0, 10)


def view(colour: tuple[int, int, int], seed: int = 0, size: tuple[int, int] = (90, 160)) -> np.ndarray:
    """A ground of one colour with small blocks on it, as sharp as pictures get."""
    rng = np.random.default_rng(seed)
    picture = np.empty((*size, 3), dtype=np.uint8)
    picture[:] = colour
    for _ in range(25):
        y, x = rng.integers(0, size[0] - 8), rng.integers(0, size[1] - 8)
        picture[y : y + 8, x : x + 8] = rng.integers(60, 230, 3)
    return picture


PITCH, CROWD = view((40, 120, 50)), view((150, 70, 60), seed=1)


def blurred(picture, sigma=2.0):
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def noisy(picture, sigma=12.0):
    noise = np.random.default_rng(3).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def qualities(pictures, near=EVERYWHERE, titled_seconds=0.0):
    facts = picture_facts([np.stack(pictures)], first_seconds=Fraction(0), rate_fps=RATE_FPS)
    return picture_quality(facts, near, titled_seconds=titled_seconds)


def bold(picture, level):
    """With three times the contrast, on another level."""
    return np.clip(3.0 * (picture - picture.mean()) + level, 0, 255).astype(np.uint8)


def test_the_sharp_picture_is_chosen():
    sharp = bold(CROWD, 120)
    pictures = [blurred(sharp, 1.0)] * 20
    pictures[13] = sharp
    assert min(picture.std() for picture in pictures) > 25
    assert int(np.argmax(qualities(pictures))) == 13


def test_noise_is_no_sharpness():
    gray = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (PITCH, noisy(blurred(PITCH)))]
    assert sharpness(gray[0]) > 2 * sharpness(gray[1])
    flat = np.full((90, 160, 3), 128, np.uint8)
    assert sharpness(cv2.cvtColor(noisy(flat), cv2.COLOR_RGB2GRAY)) < 3


@pytest.mark.parametrize("num_fading", [0, 3, 5])
def test_no_picture_within_a_cut_or_a_crossfade(num_fading):
    weights = np.linspace(0, 1, num_fading + 2)[1:-1]
    fading = [cv2.addWeighted(CROWD, w, PITCH, 1 - w, 0) for w in weights]
    pictures = [PITCH] * 15 + fading + [CROWD] * 15
    found = qualities(pictures, near=Interval(1.4, 1.5 + num_fading / 10))
    best = int(np.argmax(found))
    assert best < 13 or best >= 17 + num_fading
    assert max(found[14 : 16 + num_fading]) < found[best] / 2


def striped(colour, step):
    """A ground with fine lines a little brighter than it."""
    picture = np.full((90, 160, 3), colour, dtype=np.uint8)
    picture[::8] += np.uint8(step)
    return picture


@pytest.mark.parametrize(
    "bad",
    [
        bold(CROWD, -75),  # fading to black
        255 - bold(CROWD, -75),  # a flash
        striped((110, 112, 114), 25),  # a fog
        striped((40, 120, 50), 60),  # nothing but grass
    ],
    ids=["dark", "white", "faint", "grass"],
)
def test_sharp_but_poor_pictures_are_left(bad):
    fair = next(
        picture
        for picture in (blurred(bold(CROWD, 120), sigma / 10) for sigma in range(1, 80))
        if sharpness(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
        < 0.8 * sharpness(cv2.cvtColor(bad, cv2.COLOR_RGB2GRAY))
    )
    # Long stretches, so that none is near a change.
    found = qualities([bad] * 30 + [fair] * 30, near=Interval(0, 6))
    assert np.argmax(found) >= 30


def test_a_steady_picture_is_better_than_one_in_motion():
    moving = [np.roll(PITCH, 11 * index, axis=1) for index in range(20)]
    found = qualities(moving + [moving[-1]] * 20, near=Interval(0, 4))
    assert max(found[:15]) < min(found[25:])


def test_the_moment_decides_between_equals():
    found = qualities([PITCH] * 100, near=Interval(6, 7))
    assert 60 <= int(np.argmax(found)) <= 70
    assert found[0] < 0.5 * found[65]


def test_a_picture_under_a_title_is_left_where_there_is_another():
    found = qualities([PITCH] * 100, near=Interval(2, 3), titled_seconds=4.4)
    assert int(np.argmax(found)) == 44
    assert int(np.argmax(qualities([PITCH] * 30, titled_seconds=4.4))) < 30


def test_a_clip_of_bad_pictures_still_has_a_best_one():
    black = [np.zeros((90, 160, 3), np.uint8)] * 5
    assert np.isfinite(qualities(black)).all()
    assert qualities([*black, (PITCH * 0.2).astype(np.uint8)])[-1] == max(qualities([*black, PITCH // 5]))


def highlight(label, score):
    return Highlight("1", 0.0, 9.0, None, label, score, "clips/a.mp4", 0.0, {})


def test_the_poster_is_a_good_picture_of_what_matters_most():
    rows = [("Shots on target", 0.9), ("Goal", 0.5), ("Goal", 0.8), ("Goal", 0.7), ("Goal", 0.1)]
    highlights = [highlight(*row) for row in rows]
    assert poster_index(highlights, [1.0, 0.2, 0.3, 0.4, 1.0]) == 3
    assert poster_index(highlights[:1], [0.1]) == 0


@pytest.mark.parametrize(
    ("size", "expected"), [((1080, 1920), (1080, 1920)), ((480, 640), (360, 640)), ((640, 360), (202, 360))]
)
def test_a_poster_is_16_to_9(size, expected):
    assert poster_shaped(np.zeros((*size, 3), np.uint8)).shape[:2] == expected


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (3, 2), (12, 4), (200, 8)])
def test_the_sheet_holds_every_picture(count, columns):
    pictures = [cell_sized(np.full((90, 160, 3), 60 + index % 190, np.uint8)) for index in range(count)]
    sheet = contact_sheet(pictures, ["23' 골 ⚽"] * count, lettered_caption)
    assert sheet.shape[1] == 8 + columns * 328
    row, column = divmod(count - 1, columns)
    top, left = 8 + row * (180 + 28 + 8), 8 + column * 328
    assert (sheet[top : top + 180, left : left + 320] == 60 + (count - 1) % 190).all()
    assert sheet[top + 180 : top + 208, left : left + 320].max() > 150


def test_a_poster_names_the_teams_where_they_are_known():
    picture = np.full((360, 640, 3), 100, np.uint8)
    assert titled(picture, ["", ""], "2030-04-12") is picture
    named = titled(picture, ["Reds ⚽", "한양 유나이티드" * 5], "2030-04-12")
    assert named.shape == picture.shape
    assert (named[:200] == 100).all() and named[200:].max() > 240
    assert (named[:, -8:] <= 100).all()


def test_jpeg_bytes_repeat(tmp_path):
    for name in ("a.jpg", "b.jpg"):
        save_jpeg(PITCH, tmp_path / name)
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    back = cv2.cvtColor(cv2.imread(str(tmp_path / "a.jpg")), cv2.COLOR_BGR2RGB)
    assert np.abs(back.astype(int) - PITCH).mean() < 6
