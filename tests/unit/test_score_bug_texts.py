"""What texts of score bugs mean: clocks, added time, scores and names, with what a recogniser gets wrong."""

from __future__ import annotations

import pytest

from matchreel.scoreboard.texts import added_in, clock_in, score_in_row, score_in_rows, without_clock


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45:12", 2712), ("BRA 0-1 GER 21:37", 1297), ("0:09", 9), ("O6:38", 398), ("12.34", 754), ("119:59", 7199),
        ("21:37 BRA 0-1 GER", 1297), ("45:00 +3", 2700), ("45:00 02:10", 2700),
        ("20:75", None), ("BRA 1-0 GER", None), ("", None), ("1:0", None), ("2022/23", None), ("OO:OO", None),
    ],
)  # fmt: skip
def test_clocks(text: str, seconds: int | None) -> None:
    clock = clock_in(text)
    assert (clock.seconds if clock else None) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("45:00 +3", 180),
        ("90:00+5", 300),
        ("45:00 02:10", 130),
        ("44:59 02:10", None),
        ("45:00", None),
        ("45:00 +99", None),
    ],
)
def test_added_time(text: str, seconds: int | None) -> None:
    clock = clock_in(text)
    assert clock is not None and added_in(text, clock) == seconds


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("BRA 0-1 GER 21:37", (0, 1, "BRA", "GER")), ("BRA O-O GER", (0, 0, "BRA", "GER")),
        ("ITA1-1FRA", (1, 1, "ITA", "FRA")), ("12:00 WES 2:0 STO", (2, 0, "WES", "STO")),
        ("INT 1 0 NAP 06:12", (1, 0, "INT", "NAP")), ("WES 1 STO 0", (1, 0, "WES", "STO")),
        ("1 WES STO 0", (1, 0, "WES", "STO")), ("WES 10 STO", (1, 0, "WES", "STO")),
        ("NEW TOWN 3 - 12 ÉVIAN 88:01 +4", (3, 12, "NEW TOWN", "ÉVIAN")), ("日本0-0タジキスタン", (0, 0, "日本", "タジキスタン")),
        ("WES STO", None), ("WES 1 STO", None), ("45:12", None), ("WES 77-99 STO", None), ("", None),
    ],
)  # fmt: skip
def test_scores_in_one_row(text: str, score: tuple[int, int, str, str] | None) -> None:
    found = score_in_row(without_clock(text))
    assert (found and (found.home, found.away, found.home_name, found.away_name)) == score


@pytest.mark.parametrize(
    ("rows", "score"),
    [
        (("WES 2", "STO 11"), (2, 11, "WES", "STO")), (("2 WES", "0 STO"), (2, 0, "WES", "STO")),
        (("WES", "STO 1"), None), (("WES 1 2", "STO 1"), None), (("WES 40", "STO 1"), None),
    ],
)  # fmt: skip
def test_scores_in_two_rows(rows: tuple[str, str], score: tuple[int, int, str, str] | None) -> None:
    found = score_in_rows(*rows)
    assert (found and (found.home, found.away, found.home_name, found.away_name)) == score
