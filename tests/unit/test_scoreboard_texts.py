"""What lines of a score bug say, with what recognisers confuse in them."""

from __future__ import annotations

import pytest

from matchreel.scoreboard.texts import (
    bare_clock,
    find_clock,
    find_goals,
    find_minute,
    find_score,
    goals_after,
    score_between,
    without,
)


@pytest.mark.parametrize(
    ("text", "seconds", "added", "has_seconds"),
    [
        ("12:34", 754, None, True),
        ("BRA 0-1 GER 20:35", 1235, None, True),
        ("GER20:35", 1235, None, True),
        ("103.59", 6239, None, True),
        ("O1:44", 104, None, True),
        ("S0:04", 3004, None, True),
        ("0:08 前半", 8, None, True),
        ("45:00 +3", 2700, 180, True),
        ("45:00 01:23", 2700, 83, True),
        ("90:00+4", 5400, 240, True),
        ("67'", 4020, None, False),
        ("45'+3", 2700, 180, False),
        ("90+2’", 5400, 120, False),
        ("HT 45+1", 2700, 60, False),
        ("후반 78분", 4680, None, False),
    ],
)
def test_a_clock_is_read(text, seconds, added, has_seconds):
    clock = find_clock(text)
    assert clock is not None
    assert (clock.seconds, clock.added_seconds, clock.has_seconds) == (seconds, added, has_seconds)


@pytest.mark.parametrize(
    "text", ["", "BRA 0-1 GER", "1:0", "FIFA TV", "2014", "12:75", "GOALS:04", "3 CHANGES"]
)
def test_what_is_no_clock(text):
    assert find_clock(text) is None


def test_a_clock_leaves_its_row():
    text = "20:35 BRA 0-1 GER"
    assert without(text, find_clock(text)).split() == ["BRA", "0-1", "GER"]
    assert without(text, None) == text


def test_a_clock_without_colon_only_where_it_stands_alone():
    assert bare_clock(" 2O35 ").seconds == 1235
    assert bare_clock("BRA 2035") is None and bare_clock("2075") is None


@pytest.mark.parametrize(
    ("text", "is_last", "minute"),
    [
        ("RIV 1-2 HAR 46", True, 46),
        ("46 RIV 1-2 HAR", False, 46),
        ("RIV", True, None),
        ("HAR 0°", True, 0),
        ("X 2014", True, None),
    ],
)
def test_a_plain_number_may_be_the_minute(text, is_last, minute):
    clock = find_minute(text, is_last=is_last)
    assert (clock.seconds / 60 if clock else None) == minute


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BRA 0-1 GER", (0, 1, "BRA", "GER")),
        ("INT 0 - 0 NAP", (0, 0, "INT", "NAP")),
        ("日本0-0タジキスタン", (0, 0, "日本", "タジキスタン")),
        ("BRA O-O GER", (0, 0, "BRA", "GER")),
        ("BRA O-1 GER", (0, 1, "BRA", "GER")),
        ("1:0", (1, 0, "", "")),
        ("St. Pauli 2–10 1. FC Köln", (2, 10, "St. Pauli", "FC Köln")),
        ("RIV I-2 HAR", (1, 2, "RIV", "HAR")),
    ],
)
def test_a_separated_score(text, expected):
    score = find_score(text)
    assert score is not None and (score.home, score.away, score.left, score.right) == expected


@pytest.mark.parametrize("text", ["", "BRA GER", "FIFA", "4-4-2 FORMATION", "DI-LO"])
def test_what_is_no_score(text):
    assert find_score(text) is None


@pytest.mark.parametrize(
    ("text", "expected"), [("RIV 1 2 HAR", (1, 2)), ("RIV10HAR", (1, 0)), ("RIV 12 HAR", (1, 2))]
)
def test_a_score_without_separator(text, expected):
    score = find_score(text, separated=False)
    assert score is not None and (score.home, score.away) == expected
    assert find_score(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [("BRA 2", ("BRA", 2)), ("2 BRA", ("BRA", 2)), ("HAR1", ("HAR", 1)), ("HAR", None), ("12", None)],
)
def test_the_goals_of_one_side(text, expected):
    assert find_goals(text) == expected


@pytest.mark.parametrize(
    ("text", "name", "goals"),
    [
        ("HARD", "HAR", 0),
        ("HAR O", "HAR", 0),
        ("HAP1", "HAR", 1),
        ("HAR", "HAR", None),
        ("RIV1", "HAR", None),
    ],
)
def test_the_goals_after_a_known_name(text, name, goals):
    assert goals_after(text, name) == goals


def test_letters_between_known_names_are_digits():
    score = score_between("ITA1-TFRA", "ITA", "FRA")
    assert (score.home, score.away) == (1, 1) and score.sureness < 0.6
    assert score_between("IIA 2-1 FRA", "ITA", "FRA").home == 2
    assert score_between("ITA FRA", "ITA", "FRA") is None
    assert score_between("BRA 1-1 GER", "ITA", "FRA") is None
    assert score_between("1-1", "", "") is None
