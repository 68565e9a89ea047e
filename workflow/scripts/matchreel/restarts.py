"""Goals that no kick-off follows: they may have been ruled out.

A goal that the screen confirmed is not doubted. Of others a scorer that spots kick-offs is asked first.
Without one only the camera can speak: after a goal broadcasters leave the wide view, so play that goes on in
it speaks against a goal. Where neither is known nothing is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matchreel.cues import Cues, wide_views
from matchreel.edit_list import PlannedHighlight
from matchreel.notices import Notice
from matchreel.records import Float64
from matchreel.timeline import FrameGrid, Interval

KICK_OFF, GOAL = "Kick-off", "Goal"
NO_KICK_OFF, PLAY_WENT_ON = Notice("no_kick_off"), Notice("play_went_on")
# SOURCE: SoccerNet-v2 labels: of 1,703 goals 94.2 % have a kick-off within 120 s, none within 17 s; of the
# other 99 all but 32 lie in the last 120 s of their half.
KICK_OFF_WITHIN_SECONDS = 120.0
# SOURCE: measured: from 3 to 18 s after the moment the wide view is on air for at most half the time after 9
# goals of rendered games and a fifth after 5 of a broadcast, for 0.6 or more after 24 of 50 rendered shots.
WIDE_AFTER, WIDE_SHARE = Interval(3.0, 18.0), 0.6


@dataclass(frozen=True)
class Restarts:
    """What is known of one part. kickoffs_seconds: None where no scorer spots them.

    is_wide: (T,) as cues.wide_views gives it on grid; None where there is no picture.
    """

    duration_seconds: float
    kickoffs_seconds: tuple[float, ...] | None
    is_wide: Float64 | None
    grid: FrameGrid


def restarts_of(
    cues: Cues, kickoffs_seconds: Sequence[float] | None, *, wide_open_share: float, wide_body_share: float
) -> Restarts:
    """What the cues of a part, and the kick-offs that its scorer found, tell of restarts."""
    is_wide = None
    if cues.has_picture:
        is_wide = wide_views(cues, min_open_share=wide_open_share, max_body_share=wide_body_share)
    held = None if kickoffs_seconds is None else tuple(kickoffs_seconds)
    return Restarts(cues.duration_seconds, held, is_wide, cues.grid)


def with_doubts(
    rows: Sequence[PlannedHighlight], restarts: Mapping[str, Restarts]
) -> tuple[PlannedHighlight, ...]:
    """The same rows; goals of known time that no kick-off follows have one more note."""
    goals = [row for row in rows if row.label == GOAL and row.event_seconds is not None]
    done = []
    for row in rows:
        known = restarts.get(row.part)
        note = None
        if known is not None and row in goals and not row.is_told:
            later = [goal.moment_seconds for goal in goals if goal.part == row.part]
            note = _doubt(row.moment_seconds, later, known)
        done.append(replace(row, notes=(*row.notes, note)) if note and note not in row.notes else row)
    return tuple(done)


def _doubt(moment: float, goals_seconds: Sequence[float], known: Restarts) -> Notice | None:
    if known.kickoffs_seconds is not None:
        return _doubt_by_kickoffs(moment, goals_seconds, known)
    first, end = (round(float((moment + edge) * known.grid.rate_fps)) for edge in _edges(WIDE_AFTER))
    if known.is_wide is None or end > len(known.is_wide):
        return None
    wide = known.is_wide[first:end]
    seen = wide[~np.isnan(wide)]
    # Half of it must have been seen: a black picture says nothing.
    enough = 2 * len(seen) >= len(wide)
    return PLAY_WENT_ON if enough and float(seen.mean()) >= WIDE_SHARE else None


def _doubt_by_kickoffs(moment: float, goals_seconds: Sequence[float], known: Restarts) -> Notice | None:
    """No kick-off before the next goal, nor within the time, though the part goes on for as long."""
    last = moment + KICK_OFF_WITHIN_SECONDS
    if last > known.duration_seconds:
        return None
    until = min([last, *(goal for goal in goals_seconds if goal > moment)])
    kickoffs = known.kickoffs_seconds or ()
    return None if any(moment < kickoff <= until for kickoff in kickoffs) else NO_KICK_OFF


def _edges(interval: Interval) -> tuple[float, float]:
    return interval.start_seconds, interval.end_seconds
