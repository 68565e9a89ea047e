"""Cues of made-up pictures and sounds: each measure answers to what it names and to nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import soundfile

from matchreel.cues import Cues, wide_views
from matchreel.cues.pictures import CONSTANTS, PictureMeter, is_grass, longest_runs, slopes
from matchreel.cues.sound import SILENCE_DB, loudness_db
from matchreel.errors import InputError
from matchreel.timeline import FrameGrid
from support.views import HEIGHT, WIDTH, close_up, pitch


def measure(pictures, batch=8):
    """Cues of pictures (n, H, W, 3), by name."""
    meter = PictureMeter(HEIGHT, WIDTH, CONSTANTS)
    parts = [meter.measure(np.stack(pictures[i : i + batch])) for i in range(0, len(pictures), batch)]
    return {name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}


@pytest.mark.parametrize(
    ("rate", "first", "last"), [(Fraction(2), 2, 3), (Fraction(3), 3, 5), (Fraction(30000, 1001), 29, 45)]
)
def test_loudness_stands_on_the_step_it_was_heard_in(tmp_path, rate, first, last):
    hz, sound = 8000, np.zeros(8000 * 4)
    start, end = float(first / rate), float(last / rate)
    sound[round(start * hz) : round(end * hz)] = 0.5  # -6.02 dB
    soundfile.write(tmp_path / "a.wav", sound, hz, subtype="PCM_16")
    grid = FrameGrid.over(4, rate)
    levels = loudness_db(tmp_path / "a.wav", grid)
    assert levels.shape == (grid.num_steps,) and levels.dtype == np.float32
    assert np.flatnonzero(levels > -10).tolist() == list(range(first, last))
    assert levels[first:last] == pytest.approx(-6.02, abs=0.05)
    assert levels[first - 1] == SILENCE_DB


def test_loudness_is_the_same_however_the_file_is_read(tmp_path, monkeypatch):
    draw = np.random.default_rng(0)
    soundfile.write(tmp_path / "a.wav", draw.normal(0, 0.1, 30011), 8000, subtype="PCM_16")
    grid = FrameGrid.over(30011 / 8000, Fraction(2))
    whole = loudness_db(tmp_path / "a.wav", grid)
    monkeypatch.setattr("matchreel.cues.sound._BLOCK_SAMPLES", 777)
    assert loudness_db(tmp_path / "a.wav", grid) == pytest.approx(whole, abs=1e-4)


def test_no_samples_is_no_loudness(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(0), 8000, subtype="PCM_16")
    assert loudness_db(tmp_path / "a.wav", FrameGrid.over(4, Fraction(2))) is None


@pytest.mark.parametrize(
    ("hsv", "said"),
    [
        ((28, 45, 35), True),
        ((88, 255, 255), True),
        ((27, 200, 200), False),
        ((89, 200, 200), False),
        ((60, 44, 200), False),
        ((60, 200, 34), False),
    ],
)
def test_grass_is_green_neither_grey_nor_black(hsv, said):
    assert is_grass(np.array([[hsv]], dtype=np.uint8), CONSTANTS)[0, 0] == said


def test_pictures_are_red_green_blue():
    green = np.full(
        (HEIGHT, WIDTH, 3), (165, 170, 20), dtype=np.uint8
    )  # with red and blue swapped: turquoise
    assert measure([green])["grass_share"][0] == 1
    assert measure([green[..., ::-1]])["grass_share"][0] == 0


@pytest.mark.parametrize(
    ("column", "length", "top"),
    [("01110", 3, 1), ("11011", 2, 0), ("10111", 3, 2), ("00000", 0, 0), ("11111", 5, 0), ("00001", 1, 4)],
)
def test_longest_runs(column, length, top):
    grass = np.array([[[digit == "1"] for digit in column]])
    best, first = longest_runs(grass)
    assert (best[0, 0], first[0, 0]) == (length, top)


def test_slopes_follow_the_open_columns_only():
    tops = np.stack([np.arange(40) * 0.25 + 5, np.full(40, 9.0)]).round(2)
    is_open = np.ones((2, 40), dtype=bool)
    tops[0, 10], is_open[0, 10] = 60, False
    found = slopes((tops * 100).astype(np.int16), is_open, np.array([20.0, 20.0])) / 100
    assert found == pytest.approx([0.25, 0.0], abs=1e-3)
    is_open[0, 19:] = False
    assert np.isnan(slopes(tops.astype(np.int16), is_open, np.array([20.0, 20.0])))[0]


@pytest.mark.parametrize("slope", [-0.2, -0.05, 0.0, 0.1])
def test_the_edge_of_the_grass_is_found_where_it_is(slope):
    found = measure([pitch(slope=slope, seed=i) for i in range(4)])
    assert found["edge_slope"] == pytest.approx(slope, abs=0.02)
    assert found["open_share"] == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize(
    ("rows", "columns", "low", "high"), [(8, 12, 0.1, 0.13), (40, 12, 0.5, 0.6), (40, 3, 0, 0.05)]
)
def test_bodies_on_the_grass_are_as_tall_as_they_are(rows, columns, low, high):
    found = measure([pitch(body_rows=rows, body_columns=columns, seed=i) for i in range(3)])
    assert ((low <= found["body_share"]) & (found["body_share"] <= high)).all(), found["body_share"]


@pytest.mark.parametrize(("num_columns", "is_measured"), [(54, False), (74, True)])
def test_a_strip_of_grass_has_no_edge_to_measure(num_columns, is_measured):
    picture = pitch(slope=0.1)
    picture[:, num_columns:] = (90, 90, 110)
    assert np.isfinite(measure([picture])["edge_slope"][0]) == is_measured


def test_a_body_that_hides_the_edge_counts_from_the_edge_beside_it():
    picture = pitch(edge=24)
    picture[4:66, 50:64] = (200, 30, 40)
    assert measure([picture])["body_share"][0] == pytest.approx((66 - 24) / 72, abs=0.03)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [(slice(0, 60), slice(22, 128)), (slice(10, 62), slice(0, 128)), (slice(0, 72), slice(16, 112))],
    ids=["banners left and below", "letterbox", "pillars"],
)
@pytest.mark.parametrize("level", [(0, 0, 0), (20, 60, 160), (70, 130, 40)], ids=["black", "blue", "green"])
def test_what_stands_still_around_the_picture_is_left_out(rows, columns, level):
    framed = []
    for index in range(60):
        picture = np.full((HEIGHT, WIDTH, 3), level, dtype=np.uint8)
        inner = pitch(edge=30, seed=index)
        picture[rows, columns] = inner[: rows.stop - rows.start, : columns.stop - columns.start]
        framed.append(picture)
    found = measure(framed)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    assert found["open_share"][-1] > 0.97
    assert found["grass_share"][-1] == pytest.approx((height - 30) / height, abs=0.05), (height, width)


def test_a_picture_that_fills_the_screen_again_is_seen_at_once():
    small = np.zeros((HEIGHT, WIDTH, 3), dtype=np.uint8)
    pictures = []
    for index in range(50):
        small[10:62, 20:108] = pitch(seed=index)[10:62, 20:108]
        pictures.append(small.copy())
    pictures += [pitch(edge=36, seed=100 + index) for index in range(3)]
    assert measure(pictures)["grass_share"][-1] == pytest.approx(0.5, abs=0.03)


def test_a_score_bug_inside_the_picture_changes_nothing():
    plain = [pitch(seed=i) for i in range(40)]
    bugged = [picture.copy() for picture in plain]
    for picture in bugged:
        picture[4:12, 6:40] = (240, 240, 240)
    one, two = measure(plain), measure(bugged)
    for name in ("open_share", "edge_slope", "grass_share", "body_share"):
        assert two[name] == pytest.approx(one[name], abs=0.01), name


def test_black_pictures_say_nothing_but_that_they_are_black():
    black = np.full((HEIGHT, WIDTH, 3), 16, dtype=np.uint8)
    found = measure([pitch(), black, pitch(seed=1)])
    for name in ("body_share", "cut", "edge_slope", "grass_share", "motion", "open_share"):
        assert np.isnan(found[name]).tolist() == [False, True, False], name
    assert found["brightness"][1] == pytest.approx(16 / 255)


def test_cuts_and_motion_are_changes_from_step_to_step():
    found = measure([pitch(), pitch(), close_up(), close_up()], batch=3)
    assert found["cut"][0] == found["cut"][1] == found["motion"][0] == found["motion"][1] == 0
    assert found["cut"][2] > 0.6 and found["motion"][2] > 0.02
    other = np.full((HEIGHT, WIDTH, 3), (250, 250, 0), dtype=np.uint8)
    assert measure([pitch(), other])["cut"][1] == pytest.approx(1)
    assert found["cut"][3] == found["motion"][3] == 0


def test_batches_do_not_matter():
    pictures = [pitch(edge=20 + i % 7, seed=i) for i in range(20)]
    one, two = measure(pictures, batch=20), measure(pictures, batch=3)
    for name, curve in one.items():
        np.testing.assert_array_equal(curve, two[name], err_msg=name)


def cues_of(**curves):
    grid = FrameGrid(Fraction(2), 4)
    held = {name: np.array(curve, dtype=np.float32) for name, curve in curves.items()}
    return Cues(held, grid, 2.0, "made", "1")


@pytest.mark.parametrize(
    ("open_share", "body_share", "said"),
    [(0.6, 0.2, 1), (0.59, 0.1, 0), (1, 0.21, 0), (np.nan, np.nan, np.nan)],
)
def test_wide_views(open_share, body_share, said):
    cues = cues_of(open_share=[open_share] * 4, body_share=[body_share] * 4)
    found = wide_views(cues, min_open_share=np.float32(0.6), max_body_share=np.float32(0.2))
    np.testing.assert_array_equal(found, [said] * 4)


def test_cues_come_back_as_they_were_saved(tmp_path):
    cues = cues_of(open_share=[0, 0.5, np.nan, 1], loudness_db=[-1, -2, -3, -4])
    cues.save(tmp_path / "one.safetensors")
    cues.save(tmp_path / "two.safetensors")
    held = Cues.load(tmp_path / "one.safetensors")
    assert (tmp_path / "one.safetensors").read_bytes() == (tmp_path / "two.safetensors").read_bytes()
    assert replace(held, curves={}) == replace(cues, curves={})
    for name, curve in cues.curves.items():
        np.testing.assert_array_equal(held.curves[name], curve)
    assert held.has_picture and held.has_sound
    assert not cues_of(loudness_db=[0] * 4).has_picture and not cues_of(open_share=[0] * 4).has_sound


def test_cues_must_fit_their_grid(tmp_path):
    with pytest.raises(ValueError, match="grid of 4 steps"):
        cues_of(open_share=[1, 2, 3])
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    with pytest.raises(InputError, match="run the same command again"):
        Cues.load(tmp_path / "no.safetensors")
