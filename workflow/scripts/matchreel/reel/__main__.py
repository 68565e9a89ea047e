"""python -m matchreel.reel --events FILE --max-seconds N --out FILE

Choose a reel of at most N seconds from events with labels and scores, as the workflow does: goals first, then
penalties, then what broadcasters keep times the score, as an exact knapsack; build-up and celebration are
trimmed before a moment is dropped. Writes an edit list (JSON); the last line says what it holds.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path
from typing import NoReturn

from matchreel.budget import Budget, Choice, choose, in_order
from matchreel.edit_list import EditList
from matchreel.errors import MatchreelError, from_os_error
from matchreel.gathering import merged_moments
from matchreel.reel.given_events import FORMAT, GivenEvents, read_events
from matchreel.reel_length import PRESETS_SECONDS, max_seconds_of

_EXIT_USER_ERROR = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_EXIT_USER_ERROR, f"reel: {message}; --help says more\n")


def main() -> None:
    """Read, choose, write, and print `reel: N moments, S s of M s`; one line and status 2 on failure."""
    options = _options()
    try:
        events = read_events(
            options.events, before_seconds=options.before_seconds, after_seconds=options.after_seconds
        )
        budget = Budget(options.max_seconds, options.transition_seconds, options.title_card_seconds, None)
        choice = choose(merged_moments(events.rows), budget)
        plan = _plan(events, choice, budget, options.order)
        plan.save(options.out)
    except (MatchreelError, OSError) as error:
        problem = from_os_error(error) if isinstance(error, OSError) else error
        print(f"reel: {problem}", file=sys.stderr)
        sys.exit(_EXIT_USER_ERROR)
    for warning in plan.warnings:
        print(f"reel: note: {warning}", file=sys.stderr)
    print(f"reel: {len(plan.highlights)} moments, {choice.reel_seconds:.1f} s of {budget.max_seconds:g} s")


def _plan(events: GivenEvents, choice: Choice, budget: Budget, order: str) -> EditList:
    return EditList(
        game=events.game,
        scorer=events.scorer,
        trained_on=(),
        notices=(*events.notices, *choice.notices(budget)),
        highlights=in_order(choice.highlights, order),
        left_out=choice.left_out,
        budget_seconds=budget.max_seconds,
    )


def _options() -> argparse.Namespace:
    parser = _Parser(
        prog="python -m matchreel.reel",
        description=f"{__doc__}\n{FORMAT}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--events", type=Path, required=True, metavar="FILE", help="events with label and score")
    add("--max-seconds", type=_length, required=True, metavar="N", help="seconds, or short, medium, long")
    add("--out", type=Path, required=True, metavar="FILE", help="the edit list to write")
    add("--order", choices=("time", "importance"), default="time", help="of the reel (time)")
    add("--transition-seconds", type=_seconds, default=0.0, help="of crossfades between clips (0: cuts)")
    add("--title-card-seconds", type=_seconds, default=0.0, help="of the title card (0: none)")
    add("--before-seconds", type=_seconds, default=8.0, help="shown before an event's moment (8)")
    add("--after-seconds", type=_seconds, default=5.0, help="shown after it (5)")
    return parser.parse_args()


def _length(text: str) -> float:
    seconds = max_seconds_of(text) if text in PRESETS_SECONDS else _seconds(text)
    if seconds <= 0:
        raise argparse.ArgumentTypeError("a reel is longer than 0 s")
    return seconds


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 on")
    return number


if __name__ == "__main__":
    main()
