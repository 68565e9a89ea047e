"""An edit list that a person has changed is checked before anything is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.reel.plan_check import check_plan

GOOD = PlannedHighlight("1", 5.0, 15.0, 20.0, "Goal", 0.9, {"video": 0.5})


def check(row: PlannedHighlight) -> None:
    check_plan(EditList("tiny", "s", (), (), (GOOD, row)), {"1": 60.0}, where=Path("plan.json"))


def test_what_a_part_has_is_fine():
    check(GOOD)
    check(PlannedHighlight("1", 50.0, 60.5, None, "Goal", 0.9, {}))
    # 1.0 - 0.8 is a little less than 0.2.
    check(PlannedHighlight("1", 0.8, 1.0, None, "Goal", 0.9, {}))


@pytest.mark.parametrize(
    ("start", "end", "event", "why", "words"),
    [
        (5.0, 15.0, 1e308, {}, "its end or its moment is beyond part 1, which lasts 60.000 s"),
        (5.0, 1e308, 7.0, {}, "its end or its moment is beyond part 1"),
        (5.0, 15.0, -1.0, {}, "its end or its moment is beyond part 1"),
        (5.0, 15.0, 10**400, {}, "a time or score is not a number"),
        (5.0, 15.0, 7.0, {"video": 10**400}, "a time or score is not a number"),
        (5.0, 5.05, None, {}, "5.0 to 5.05 s is shorter than 0.2 s"),
        (61.0, 62.0, None, {}, "61.0 s lies beyond the end of part 1"),
    ],
)
def test_what_it_does_not_have_is_one_line(start, end, event, why, words):
    with pytest.raises(InputError) as caught:
        check(PlannedHighlight("1", start, end, event, "Goal", 0.9, why, id="x"))
    assert words in str(caught.value) and "plan.json, highlight 2" in str(caught.value)
    assert "\n" not in str(caught.value)
