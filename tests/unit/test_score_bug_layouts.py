"""Where the score bug is: running clocks among other texts, and the rows of text around them."""

from __future__ import annotations

import pytest

from matchreel.scoreboard.layouts import Look, find_layouts
from matchreel.scoreboard.ocr import FoundText

Box = tuple[float, float, float, float]


def text_at(text: str, x: float, y: float, width: float, height: float = 0.04) -> FoundText:
    return FoundText(text, 0.95, (x, y, width, height))


def clock(seconds: float) -> str:
    return f"{int(seconds // 60):02d}:{int(seconds % 60):02d}"


def looks(*, count: int = 20, every: float = 30.0, kickoff: float = 10.0, dx: float = 0.0) -> list[Look]:
    """A one-row bug, advertising on the boards, a channel's name, and the time of day."""
    found = list[Look]()
    for index in range(count):
        at = index * every
        texts = [
            text_at("WES 0-0 STO", 0.10 + dx, 0.06, 0.16), text_at(clock(at + kickoff), 0.28 + dx, 0.06, 0.06),
            text_at("CHANNEL 4", 0.85, 0.06, 0.1), text_at("20:45", 0.85, 0.9, 0.06),
            text_at(f"BOARD {index}", 0.05 * (index % 15), 0.3, 0.2, 0.05),
        ]  # fmt: skip
        found.append(Look(at, tuple(texts)))
    return found


def holds(box: Box, other: Box) -> bool:
    return (
        box[0] <= other[0] and box[1] <= other[1]
        and box[0] + box[2] >= other[0] + other[2] and box[1] + box[3] >= other[1] + other[3]
    )  # fmt: skip


def test_a_row_is_the_clocks_with_what_stands_beside_it() -> None:
    (layout,) = find_layouts(looks())
    assert len(layout.rows) == 1 and layout.num_pictures == 20
    assert holds(layout.box, (0.10, 0.06, 0.24, 0.04))
    assert layout.box[0] + layout.box[2] < 0.5 and layout.box[3] < 0.08


def test_digits_that_the_detector_misses_are_inside() -> None:
    found = [
        Look(
            look.seconds, (text_at("INT", 0.10, 0.06, 0.03), text_at("NAP", 0.24, 0.06, 0.04), look.texts[1])
        )
        for look in looks()
    ]
    (layout,) = find_layouts(found)
    assert holds(layout.box, (0.10, 0.06, 0.24, 0.04))


def test_rows_above_and_below_the_clock_belong_to_it() -> None:
    found = [
        Look(look.seconds, (
            text_at("WES 1", 0.10, 0.05, 0.1), text_at("STO 0", 0.10, 0.10, 0.1),
            text_at(clock(look.seconds), 0.10, 0.15, 0.06), text_at("ADVERT", 0.1, 0.3, 0.2),
        ))
        for look in looks()
    ]  # fmt: skip
    (layout,) = find_layouts(found)
    assert len(layout.rows) == 2 and holds(layout.box, (0.10, 0.10, 0.1, 0.09))


def test_a_bug_that_a_banner_moves_has_two_layouts() -> None:
    found = [
        *looks(count=20),
        *(Look(look.seconds + 600, look.texts) for look in looks(count=8, kickoff=610.0, dx=0.12)),
    ]
    assert [layout.num_pictures for layout in find_layouts(found)] == [20, 8]


def test_each_half_may_have_its_own_time_at_one_place() -> None:
    second = [Look(look.seconds + 1200, look.texts) for look in looks(kickoff=2700.0)]
    (layout,) = find_layouts([*looks(), *second])
    assert layout.num_pictures == 40


@pytest.mark.parametrize(
    "found",
    [[], looks(count=2), [Look(look.seconds, look.texts[2:]) for look in looks()]],
    ids=["no text", "two pictures", "time of day alone"],
)
def test_no_running_clock_is_no_bug(found: list[Look]) -> None:
    assert find_layouts(found) == ()
