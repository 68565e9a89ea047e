"""Strips of the score bug: what is kept comes back, damage is named, and unchanged rows are not read again."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from matchreel.errors import DamagedError
from matchreel.scoreboard.bug import BugLayout, ScoreBug
from matchreel.scoreboard.record import ScoreChange
from matchreel.scoreboard.strip_reading import looks_same, read_around, read_coarsely
from matchreel.scoreboard.strips import RATE_FPS, Strips, StripsInMaking, lines_of, strip_size
from matchreel.timeline import FrameGrid

LAYOUT = BugLayout(
    (0.1, 0.1, 0.4, 0.1), (0.1, 0.1, 0.1, 0.05), ((0.1, 0.1, 0.1, 0.05), (0.1, 0.15, 0.4, 0.05)), 9
)
CLOCK, SCORE = "clock", "score"


def drawn(step, score=0):
    """A strip whose upper row is of another grey at every step, its lower row as the score says."""
    picture = np.full((20, 40, 3), 40 * (score + 1), dtype=np.uint8)
    picture[:10, :10] = step * 37 % 250
    return picture


def strips_of(pictures, layouts=(LAYOUT,)):
    making = StripsInMaking()
    making.take(np.stack(pictures))
    files, ends = making.joined()
    return Strips(
        "game", "1", 2.0 * len(pictures), layouts, FrameGrid(RATE_FPS, len(pictures)), (files,), (ends,)
    )


class Reader:
    """Says of each row how bright it is, and counts what it was asked."""

    def __init__(self):
        self.asked = 0

    def read(self, lines):
        self.asked += len(lines)
        return [(f"{int(line.mean())}", 0.9) for line in lines]


def test_strips_come_back_as_they_were(tmp_path):
    pictures = [drawn(step) for step in range(5)]
    kept = strips_of(pictures)
    kept.save(tmp_path / "strips.safetensors")
    held = Strips.load(tmp_path / "strips.safetensors")
    assert all((held.picture(0, step) == picture).all() for step, picture in enumerate(pictures))
    assert held.layouts == (LAYOUT,) and list(held.moments()) == [(step, 2.0 * step + 1) for step in range(5)]
    first = (tmp_path / "strips.safetensors").read_bytes()
    held.save(tmp_path / "again.safetensors")
    assert (tmp_path / "again.safetensors").read_bytes() == first


def test_no_strips_come_back_too(tmp_path):
    Strips("game", "1", 9.0).save(tmp_path / "strips.safetensors")
    held = Strips.load(tmp_path / "strips.safetensors")
    assert held == Strips("game", "1", 9.0) and list(held.moments()) == []


@pytest.mark.parametrize(
    "spoil", [lambda held: held[:-7], lambda held: held[:-20] + bytes(20), lambda held: b"{}"]
)
def test_damaged_strips_are_named(tmp_path, spoil):
    path = tmp_path / "strips.safetensors"
    strips_of([drawn(step) for step in range(5)]).save(path)
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(DamagedError, match=r"strips\.safetensors"):
        Strips.load(path)


def test_pictures_that_are_none_are_an_error():
    kept = strips_of([drawn(step) for step in range(3)])
    broken = replace(kept, files=(np.zeros_like(kept.files[0]),))
    with pytest.raises(ValueError, match="no PNG"):
        broken.picture(0, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"box": (0.1, 0.1, 2.0, 0.1)},
        {"lines": ()},
        {"num_pictures": 1.5},
        {"clock_box": (0.1, float("nan"), 0.1, 0.1)},
    ],
    ids=["outside", "no rows", "half a picture", "NaN"],
)
def test_a_layout_that_is_none_is_refused(tmp_path, change):
    path = tmp_path / "bug.json"
    ScoreBug("game", "1", 40, (LAYOUT,)).save(path)
    assert ScoreBug.load(path).layouts == (LAYOUT,)
    with pytest.raises(Exception, match=r"score bug record|read again"):
        ScoreBug("game", "1", 40, (replace(LAYOUT, **change),)).save(path)


def test_rows_are_cut_out_of_a_strip():
    clock, score = lines_of(drawn(3), LAYOUT)
    assert clock.shape == (10, 10, 3) and (clock == 111).all()
    assert score.shape == (10, 40, 3) and (score == 40).all()


@pytest.mark.parametrize("shown", [(640, 360), (1920, 1080), (398, 224)])
def test_a_strip_is_no_larger_than_readers_need(shown):
    height, width = strip_size(LAYOUT, shown)
    assert height % 2 == width % 2 == 0 and height <= 64 + 2
    assert width / height == pytest.approx(LAYOUT.box[2] * shown[0] / LAYOUT.box[3] / shown[1], rel=0.1)


def test_rows_that_stay_are_read_now_and_then():
    reader = Reader()
    texts = read_coarsely(strips_of([drawn(step) for step in range(20)]), reader)
    assert len(texts) == 20 and {row.lines[1].text for row in texts} == {"40"}
    # Twenty clocks, and every fifth time the score.
    assert reader.asked == 20 + 4
    assert [row.lines[1].is_repeated for row in texts[:6]] == [False, True, True, True, True, False]


def test_a_row_that_changes_is_read_at_once():
    texts = read_coarsely(strips_of([drawn(step, score=step // 7) for step in range(14)]), Reader())
    assert [row.lines[1].text for row in texts] == ["40"] * 7 + ["80"] * 7


def test_noise_is_no_change_and_a_letter_is():
    still = np.full((10, 40, 3), 90, dtype=np.uint8)
    noisy = still + np.random.default_rng(0).integers(0, 9, still.shape).astype(np.uint8)
    letter = still.copy()
    letter[2:8, 20:23] = 200
    assert looks_same(still, noisy) and not looks_same(still, letter) and not looks_same(still, still[:5])


def test_long_parts_are_read_finely_around_goals_only():
    strips = strips_of([drawn(step, score=step // 300) for step in range(600)])
    assert strips.grid == FrameGrid(Fraction(1, 2), 600)
    texts = read_coarsely(strips, Reader())
    assert len(texts) == 300
    change = ScoreChange(597.0, 601.0, "home", 1, 0, None, 1.0)
    finer = read_around(strips, Reader(), texts, [change])
    assert [row.seconds for row in finer] == sorted({row.seconds for row in finer})
    added = {row.seconds for row in finer} - {row.seconds for row in texts}
    assert added and all(585 <= seconds <= 613 for seconds in added)
    assert next(row.seconds for row in finer if row.lines[1].text == "80") == 601.0
