"""Minutes, half-time, score and teams of a game: games.tsv first, then the screen, then the estimate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from matchreel.checksums import write_record
from matchreel.errors import DamagedError
from matchreel.graphics.words import GameNames, half_text
from matchreel.match_clock import MatchClock
from matchreel.scoreboard import Half, Scoreboard, ScoreChange
from support.scoreboards import EXTRA_TIME, WHOLE_MATCH, saved_boards


def clock_of(
    folder: Path, *boards: Scoreboard, estimates: dict[str, float] | None = None, **facts: object
) -> MatchClock:
    paths = [folder / f"{part}.kickoff.json" for part in estimates or {}]
    for path, (part, seconds) in zip(paths, (estimates or {}).items(), strict=True):
        row = {"part": part, "seconds": seconds, "confidence": 0.9, "idle": [[0.0, 1.0]]}
        write_record(path, row, lambda _: None)
    return MatchClock.load(facts, paths, saved_boards(folder, *boards))


def shown(clock: MatchClock, part: str, *moments: float) -> list[str]:
    return [clock.at(part, seconds).shown() for seconds in moments]


def spans(clock: MatchClock, part: str) -> list[tuple[float, float]]:
    return [(span.start_seconds, span.end_seconds) for span in clock.idle.get(part, ())]


def test_both_halves_in_one_file(tmp_path: Path) -> None:
    clock = clock_of(tmp_path, WHOLE_MATCH)
    # Before the kick-off, in play, in added time, at half-time (nearer to either end), in play, after it.
    moments = (10.0, 150.0, 2930.0, 3100.0, 3250.0, 3400.0, 5990.0, 6100.0)
    assert shown(clock, "full", *moments) == ["1'", "2'", "45+3'", "45+4'", "46'", "47'", "90'", "90+1'"]
    assert [clock.at("full", seconds).half for seconds in moments] == [1, 1, 1, 1, 2, 2, 2, 2]
    assert spans(clock, "full") == [(0, 60), (2945, 3300), (6050, 6200)]


def test_half_time_that_was_cut_out(tmp_path: Path) -> None:
    second = Half(2, 2945.0, 5700.0, True, ((2945.0, 2700.0),))
    clock = clock_of(tmp_path, replace(WHOLE_MATCH, halves=(WHOLE_MATCH.halves[0], second)))
    assert shown(clock, "full", 2944.9, 2945.0, 3006.0) == ["45+4'", "46'", "47'"]
    assert spans(clock, "full") == [(0, 60), (5700, 6200)]


def test_a_recording_that_starts_late(tmp_path: Path) -> None:
    late = Half(1, 20.0, 2000.0, False, ((20.0, 720.0),))
    clock = clock_of(tmp_path, Scoreboard("cup", "1", 2100.0, halves=(late,)))
    assert shown(clock, "1", 20.0, 80.0) == ["13'", "14'"]
    # Nobody saw the 20 seconds before its first clock: they may well be play.
    assert spans(clock, "1") == [(2000, 2100)]
    assert clock.kickoff_seconds == {}


def test_only_what_a_clock_has_not_counted_before_it_is_idle(tmp_path: Path) -> None:
    second = Half(2, 3300.0, 6000.0, False, ((3300.0, 2730.0),))
    clock = clock_of(tmp_path, replace(WHOLE_MATCH, halves=(WHOLE_MATCH.halves[0], second)))
    assert spans(clock, "full")[1] == (2945, 3270)


def test_extra_time_and_penalties(tmp_path: Path) -> None:
    clock = clock_of(tmp_path, EXTRA_TIME)
    moments = (6310.0, 7230.0, 7300.0, 8290.0, 8900.0)
    assert shown(clock, "full", *moments) == ["91'", "105+1'", "106'", "120+2'", "Penalties"]
    minute = clock.at("full", 8900.0)
    assert (minute.half, minute.text, minute.plain, minute.shown("ko")) == (5, "", "", "승부차기")
    said = [[half_text(clock.at("full", at).half, tongue) for at in moments[1:]] for tongue in ("en", "ko")]
    assert said[0] == ["Extra time, 1st half", "Extra time, 2nd half", "Extra time, 2nd half", "Penalties"]
    assert said[1] == ["연장 전반", "연장 후반", "연장 후반", "승부차기"]


def test_a_clock_that_was_stopped(tmp_path: Path) -> None:
    cut = Half(1, 0.0, 2000.0, True, ((0.0, 0.0), (600.0, 600.0), (601.0, 1200.0)))
    assert shown(clock_of(tmp_path, Scoreboard("cup", "1", 2000.0, halves=(cut,))), "1", 599.0, 661.0) == [
        "10'",
        "22'",
    ]


def test_the_table_comes_before_the_screen(tmp_path: Path) -> None:
    clock = clock_of(
        tmp_path,
        WHOLE_MATCH,
        kickoff_seconds={"full": 120.0},
        home="Reds",
        score_seconds={"full": [[500, "1-0"]]},
    )
    assert shown(clock, "full", 119.0, 180.0, 3400.0) == ["1'", "2'", "47'"]
    assert spans(clock, "full") == [(0, 120), (2945, 3300), (6050, 6200)]
    assert (clock.home, clock.away) == ("Reds", "")
    assert [clock.score("full", at) for at in (499, 500, 6000)] == ["0-0", "1-0", "1-0"]


def test_a_kickoff_that_contradicts_the_screen_counts_alone(tmp_path: Path) -> None:
    clock = clock_of(tmp_path, WHOLE_MATCH, kickoff_seconds={"full": 3000.0})
    assert shown(clock, "full", 3060.0) == ["2'"]
    assert spans(clock, "full") == [(0, 3000)]


def test_a_kickoff_of_a_half_whose_clock_was_not_read(tmp_path: Path) -> None:
    board = replace(WHOLE_MATCH, halves=WHOLE_MATCH.halves[1:])
    clock = clock_of(tmp_path, board, kickoff_seconds={"full": 60.0})
    assert shown(clock, "full", 120.0, 3400.0) == ["2'", "47'"]


def test_the_screen_comes_before_the_estimate(tmp_path: Path) -> None:
    first = replace(WHOLE_MATCH, part="1", halves=WHOLE_MATCH.halves[:1], duration_seconds=3000.0)
    nothing = Scoreboard("cup", "2", 3000.0)
    clock = clock_of(tmp_path, first, nothing, estimates={"1": 300.0, "2": 30.0})
    assert shown(clock, "1", 150.0) == ["2'"]
    assert shown(clock, "2", 150.0) == ["~48'"]
    assert clock.at("2", 150.0).plain == "~48"
    assert spans(clock, "1") == [(0, 60), (2945, 3000)]
    assert spans(clock, "2") == [(0, 1)]


def test_without_a_screen_all_is_counted_from_the_kickoff(tmp_path: Path) -> None:
    clock = clock_of(tmp_path, Scoreboard("cup", "1", 3000.0), kickoff_seconds={"1": 5.0})
    assert not clock.was_read
    assert shown(clock, "1", 65.0) == ["2'"]
    assert shown(clock, "2", 65.0) == ["~47'"]
    assert (clock.at("1", 65.0).half, clock.at("full", 65.0).half) == (1, None)
    assert (clock.score("1", 5.0), clock.last_score, clock.home, clock.kickoff_seconds) == (
        "",
        "",
        "",
        {"1": 5.0},
    )


def test_a_goal_gets_the_score_that_appears_after_it(tmp_path: Path) -> None:
    clock = clock_of(tmp_path, WHOLE_MATCH)
    # The first goal's score appears at 1006, after 1000; the second is taken back; the third stands.
    assert [clock.score("full", at) for at in (970.0, 1005.0, 1006.0, 4020.0, 5600.0)] == [
        "0-0",
        "0-0",
        "1-0",
        "1-0",
        "1-1",
    ]
    goals = [clock.score("full", at, label="Goal") for at in (900.0, 970.0, 1008.0, 4005.0, 5480.0)]
    assert goals == ["", "1-0", "1-0", "", "1-1"]  # a goal that no change shows, and one that was taken back
    assert clock.score("full", 970.0, label="Penalty") == "1-0"
    assert clock.score("full", 900.0, label="Penalty") == "0-0"
    assert clock.score("full", 970.0, label="Shots on target") == "0-0"
    assert clock.last_score == "1-1"


def test_a_goal_in_the_last_moments_is_play(tmp_path: Path) -> None:
    late = ScoreChange(6040.0, 6080.0, "home", 2, 1, None, 0.9)
    clock = clock_of(tmp_path, replace(WHOLE_MATCH, changes=(*WHOLE_MATCH.changes, late)))
    assert spans(clock, "full")[-1] == (6080, 6200)
    assert clock.score("full", 6060.0, label="Goal") == clock.last_score == "2-1"


@pytest.mark.parametrize(
    ("first_end", "second_end", "expected"),
    [
        (2700.0, 6050.0, [(0, 60), (2760, 3300), (6050, 6200)]),  # its clock was last read at 44:00
        (600.0, 6050.0, [(0, 60), (2760, 3300), (6050, 6200)]),
        (600.0, 5000.0, [(0, 60), (2760, 3300)]),  # nobody saw how the match ended
        (
            590.0,
            5000.0,
            [(0, 60), (590, 640), (5000, 6200)],
        ),  # a second half soon after it: of a shorter match
    ],
)
def test_a_score_bug_that_is_gone_before_the_end_of_a_half(
    tmp_path: Path, first_end: float, second_end: float, expected: list[tuple[float, float]]
) -> None:
    start = 640.0 if first_end == 590 else 3300.0
    halves = (
        Half(1, 60.0, first_end, True, ((60.0, 0.0),)),
        Half(2, start, second_end, True, ((start, 2700.0),)),
    )
    clock = clock_of(tmp_path, replace(WHOLE_MATCH, halves=halves, changes=()))
    assert spans(clock, "full") == expected
    assert shown(clock, "full", 580.0) == ["9'"]


def test_teams_and_last_score_over_two_parts(tmp_path: Path) -> None:
    first = replace(WHOLE_MATCH, part="1", halves=(), home=None)
    second = replace(WHOLE_MATCH, part="2", halves=(), first_score=None, changes=())
    clock = clock_of(tmp_path, first, second)
    assert (clock.home, clock.away) == ("WES", "STO")
    # Nobody read how the second part ended.
    assert clock.last_score == ""
    assert GameNames.of({"date": "2030-04-12"}, clock).date == "2030-04-12"


def test_score_of_the_table_over_two_parts() -> None:
    clock = MatchClock.load(
        {"home": None, "score_seconds": {"1": [[100, "1-0"]], "2": [[50, "1-1"], [90, "2-1"]]}}
    )
    assert [clock.score("1", at) for at in (99, 100)] == ["0-0", "1-0"]
    assert [clock.score("2", at) for at in (10, 89.9, 90)] == ["1-0", "1-1", "2-1"]


def test_a_damaged_scoreboard_is_told(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text("{}")
    with pytest.raises(DamagedError, match="scoreboard"):
        MatchClock.load({}, (), [tmp_path / "1.json"])
