"""The score bug's place, from texts found in pictures: real clocks run with the recording, others do not."""

from __future__ import annotations

from itertools import pairwise

import pytest

from matchreel.scoreboard.layouts import Searched, find_layouts
from matchreel.scoreboard.text_reader import Text

WIDTH, HEIGHT = 640, 360


def clock_text(seconds):
    return f"{int(seconds) // 60:02d}:{int(seconds) % 60:02d}"


def text(said, x, y, height=18):
    return Text(said, x, y, len(said) * height * 0.55, height, 0.99)


def searched(rows_at, *, times):
    """Pictures with the texts that rows_at gives for their seconds, and a board that is elsewhere in each."""
    pictures = []
    for index, seconds in enumerate(times):
        board = text("SPONSOR 24", 40 + 97 * index % 400, 100 + 31 * index % 200)
        pictures.append(Searched(seconds, (*rows_at(seconds), board), WIDTH, HEIGHT))
    return pictures


def in_box(layout, x, y):
    left, top, width, height = layout.box
    return left <= x / WIDTH <= left + width and top <= y / HEIGHT <= top + height


def test_a_clock_that_runs_with_the_recording_and_the_score_beside_it():
    rows = lambda at: (text("BRA 0-1 GER", 50, 20), text(clock_text(at + 100), 180, 20))  # noqa: E731
    (layout,) = find_layouts(searched(rows, times=range(0, 1200, 60)))
    assert layout.num_pictures == 20 and layout.has_seconds
    assert in_box(layout, 52, 29) and in_box(layout, 225, 29) and not in_box(layout, 400, 29)
    # The clock is a row of its own, the score the next one.
    assert len(layout.lines) == 2
    assert layout.lines[0][0] * WIDTH > 170 and layout.lines[1][0] * WIDTH < 52


def test_rows_of_two_sides_end_where_the_next_begins():
    rows = lambda at: (text("BRA 0", 50, 16, 23), text("GER 1", 50, 35, 23), text(clock_text(at), 50, 54, 23))  # noqa: E731
    (layout,) = find_layouts(searched(rows, times=range(10, 1200, 60)))
    rows = sorted(layout.lines, key=lambda line: line[1])
    assert len(rows) == 3
    assert all(upper[1] + upper[3] <= lower[1] + 1e-9 for upper, lower in pairwise(rows))


@pytest.mark.parametrize(
    "clock",
    [lambda at: "12:34", lambda at: clock_text(20 * 3600 / 60 + at // 60), lambda at: clock_text(2 * at)],
    ids=["standing", "time of day", "twice as fast"],
)
def test_other_clocks_are_none(clock):
    rows = lambda at: (text("A 0-0 B", 50, 20), text(clock(at), 180, 20))  # noqa: E731
    assert find_layouts(searched(rows, times=range(0, 1200, 60))) == []


def test_too_few_pictures_are_no_proof():
    rows = lambda at: (text(clock_text(at), 180, 20),) if at < 100 else ()  # noqa: E731
    assert find_layouts(searched(rows, times=range(0, 1200, 60))) == []
    assert find_layouts([]) == []


def test_a_second_clock_beside_the_matchs_is_not_taken():
    def rows(at):
        return (
            text("BRA 0-1 GER", 50, 20),
            text(clock_text(at), 180, 20),
            text(clock_text(at + 500), 500, 330),
        )

    (layout,) = find_layouts(searched(rows, times=range(0, 1200, 60)))
    assert in_box(layout, 200, 29)


def test_a_banner_that_moves_the_bug_is_a_second_layout():
    def rows(at):
        x, y = (50, 20) if not 400 <= at < 800 else (120, 60)
        return text("BRA 0-1 GER", x, y), text(clock_text(at), x + 130, y)

    first, second = find_layouts(searched(rows, times=range(0, 1200, 60)))
    assert first.num_pictures > second.num_pictures
    assert in_box(first, 200, 29) and in_box(second, 270, 69)


def test_a_clock_of_minutes():
    rows = lambda at: (text("RIV 1-0 HAR", 50, 20), text(str(at // 60), 190, 20))  # noqa: E731
    (layout,) = find_layouts(searched(rows, times=range(30, 1200, 45)))
    assert not layout.has_seconds
    # Goals that go up now and then are none.
    rows = lambda at: (text(f"RIV {at // 300} HAR", 50, 20),)  # noqa: E731
    assert find_layouts(searched(rows, times=range(30, 1200, 45))) == []


def test_where_figures_were_not_found_rows_reach_further():
    found = lambda at: (text("BRA", 50, 16), text("GER", 50, 40), text(clock_text(at), 50, 64))  # noqa: E731
    (layout,) = find_layouts(searched(found, times=range(10, 1200, 60)))
    row = min(layout.lines, key=lambda line: line[1])
    assert (row[0] + row[2]) * WIDTH > 50 + 30 + 40
