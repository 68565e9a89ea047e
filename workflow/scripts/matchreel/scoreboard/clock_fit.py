"""The match clock over a part, fitted to its readings: halves with their kick-offs, ends and drift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from matchreel.scoreboard.record import REGULAR_START, Half, Reading
from matchreel.timeline import Interval

# A reading belongs to a run of the clock within this; a run needs so many.
_TOLERANCE_SECONDS, _MINUTE_TOLERANCE_SECONDS, _MIN_READINGS = 2.5, 62.0, 3
_RECENT = 7
_SAME_RUN_SECONDS = 15.0  # a clock that is set anew by less goes on in the same half
_BREAK_SECONDS = 45.0  # a clock that stood for longer, at the half's end, was at half-time
_ANCHOR_SECONDS = 60.0
_KICKOFF_UNSEEN_SECONDS = 600.0  # a kick-off is told from a first reading at most so long after it
_LATE_SECONDS = 3.0
_EDGE_SECONDS = 6.0
_LONGEST_ADDED_SECONDS = 900.0
_UNREAD_SECONDS = 20.0
_ENDS = tuple(60.0 * minute for minute in (45, 90, 105, 120))


@dataclass
class _Run:
    """Readings between which the clock ran with the recording: seconds of the part and of the clock."""

    seconds: list[float] = field(default_factory=list)
    clock: list[float] = field(default_factory=list)
    offset: float = 0.0  # what the half's clock says more than what is written

    @property
    def ahead(self) -> float:
        """The clock less the recording, of late."""
        recent = slice(-_RECENT, None)
        return float(np.median(np.subtract(self.clock[recent], self.seconds[recent])))

    @property
    def first_ahead(self) -> float:
        """The same at its start."""
        return float(np.median(np.subtract(self.clock[:_RECENT], self.seconds[:_RECENT])))


def fit_halves(readings: Sequence[Reading], *, part: str, duration_seconds: float) -> list[Half]:
    """The halves that a part holds, as its clock readings say; readings that fit no run are passed over.

    part: "1" or "2" tell where a clock near 45:00 belongs. Where the clock stands at the end of a half, the
    half goes on for as long as it is shown.
    """
    points, standing = _points(readings)
    runs = _without_overlaps(_runs(points, is_exact=_is_exact(readings)))
    halves = list[tuple[int, list[_Run]]]()
    for run in runs:
        number = _number_of(run, halves, part)
        if halves and halves[-1][0] == number:
            halves[-1][1].append(run)
        else:
            halves.append((number, [run]))
    made = list[Half]()
    for index, (number, own) in enumerate(halves):
        limit = halves[index + 1][1][0].seconds[0] if index + 1 < len(halves) else duration_seconds
        former_end = made[-1].end_seconds if made else 0.0
        half = _half(number, own, standing, (former_end, limit, duration_seconds), is_first=not made)
        if half.end_seconds > half.start_seconds:
            made.append(half)
    return made


def unread_stretches(readings: Sequence[Reading], halves: Sequence[Half]) -> list[Interval]:
    """Stretches of the halves in which no clock was read."""
    times = [reading.seconds for reading in readings if reading.clock_seconds is not None]
    found = list[Interval]()
    for half in halves:
        inside = [at for at in times if half.start_seconds <= at <= half.end_seconds]
        edges = [half.start_seconds, *inside, half.end_seconds]
        found += [Interval(start, end) for start, end in pairwise(edges) if end - start > _UNREAD_SECONDS]
    return found


def _is_exact(readings: Sequence[Reading]) -> bool:
    """Whether the clock shows seconds."""
    clocks = [reading.clock_seconds for reading in readings if reading.clock_seconds is not None]
    return sum(clock % 60 != 0 for clock in clocks) * 4 > len(clocks)


def _points(readings: Sequence[Reading]) -> tuple[list[tuple[float, float]], list[float]]:
    """(seconds, clock) of readings, and the seconds of those whose clock stood."""
    is_exact = _is_exact(readings)
    rows = list[tuple[float, float]]()
    for reading in readings:
        clock = reading.clock_seconds
        if clock is None:
            continue
        added = reading.added_seconds
        if added is not None and clock in _ENDS and (added % 60 or not is_exact):
            clock += added
        rows.append((reading.seconds, clock))
    if not is_exact:
        # A minute is read all through it: its middle is the least wrong.
        return [(seconds, clock + 30.0) for seconds, clock in rows], []
    stood = [now[1] == before[1] and now[0] - before[0] >= 1.5 for before, now in pairwise(rows)]
    stands = [a or b for a, b in zip([False, *stood], [*stood, False], strict=True)]
    moving = [(at, clock + 0.5) for (at, clock), stand in zip(rows, stands, strict=True) if not stand]
    return moving, [at for (at, clock), stand in zip(rows, stands, strict=True) if stand]


def _runs(points: Sequence[tuple[float, float]], *, is_exact: bool) -> list[_Run]:
    tolerance = _TOLERANCE_SECONDS if is_exact else _MINUTE_TOLERANCE_SECONDS
    runs = list[_Run]()
    for seconds, clock in points:
        near = [run for run in runs if abs(clock - seconds - run.ahead) <= tolerance]
        run = min(near, key=lambda run: abs(clock - seconds - run.ahead), default=None)
        if run is None:
            run = _Run()
            runs.append(run)
        run.seconds.append(seconds)
        run.clock.append(clock)
    return [run for run in runs if len(run.seconds) >= _MIN_READINGS]


def _without_overlaps(runs: Sequence[_Run]) -> list[_Run]:
    """Of runs at the same time that of most readings; in order of time."""
    kept = list[_Run]()
    for run in sorted(runs, key=lambda run: -len(run.seconds)):
        start, end = run.seconds[0], run.seconds[-1]
        if all(end <= other.seconds[0] or start >= other.seconds[-1] for other in kept):
            kept.append(run)
    return sorted(kept, key=lambda run: run.seconds[0])


def _number_of(run: _Run, halves: Sequence[tuple[int, list[_Run]]], part: str) -> int:
    """The half of the next run; sets its offset where each half counts from zero."""
    start = run.clock[0]
    if not halves:
        return _first_number(run, part)
    number, before = halves[-1][0], halves[-1][1][-1]
    run.offset = before.offset
    if abs(run.first_ahead - before.ahead) <= _SAME_RUN_SECONDS:
        return number
    following = min(number + 1, 4)
    kickoff = 60.0 * REGULAR_START[following]
    went_back = start < before.clock[-1] - 1
    is_after_end = start + run.offset >= kickoff - 5
    was_away = before.ahead - run.first_ahead > _BREAK_SECONDS
    skipped = before.clock[-1] + before.offset < kickoff - 120
    if is_after_end and (went_back or was_away or skipped):
        while following < 4 and start >= 60.0 * REGULAR_START[following + 1] + _LONGEST_ADDED_SECONDS:
            following += 1
        return following
    if start < before.clock[-1] - 600 and start < 900:
        run.offset = kickoff
        return following
    return number


def _first_number(run: _Run, part: str) -> int:
    start, end = run.clock[0], run.clock[-1]
    if start < _ENDS[0] - 30:
        if part == "2" and start < 600 and end < _ENDS[0] + _LONGEST_ADDED_SECONDS:
            # A file of the second half alone whose clock counts from zero.
            run.offset = _ENDS[0]
            return 2
        return 1
    if part == "1":
        return 1
    if start < _ENDS[1] - 30 or end <= _ENDS[1] + _LONGEST_ADDED_SECONDS:
        return 2
    return 3 if start < _ENDS[2] - 30 else 4


def _half(
    number: int, runs: Sequence[_Run], standing: Sequence[float], limits: tuple[float, float, float],
    *, is_first: bool,
) -> Half:  # fmt: skip
    former_end, limit, duration = limits
    anchors = _anchors(runs)
    first_seconds, last_seconds = runs[0].seconds[0], runs[-1].seconds[-1]
    since = anchors[0][1] - (anchors[0][0] - first_seconds) - 60.0 * REGULAR_START[number]
    kickoff = first_seconds - since
    starts = since <= _KICKOFF_UNSEEN_SECONDS and kickoff >= former_end - _LATE_SECONDS
    start = max(kickoff, former_end) if starts or not is_first else max(0.0, kickoff)
    start = min(max(start, former_end), first_seconds)
    end = last_seconds
    for at in standing:
        if end < at <= min(limit, end + _LONGEST_ADDED_SECONDS):
            end = at
    end = duration if duration - end <= _EDGE_SECONDS else end
    return Half(number, start, min(max(end, start), limit), starts, tuple(anchors))


def _anchors(runs: Sequence[_Run]) -> list[tuple[float, float]]:
    """Medians of short stretches of each run: they follow the drift of archives, and no single misreading."""
    anchors = list[tuple[float, float]]()
    for run in runs:
        seconds = np.array(run.seconds)
        ahead = np.array(run.clock) + run.offset - seconds
        bins = ((seconds - seconds[0]) // _ANCHOR_SECONDS).astype(int)
        for number in np.unique(bins):
            own = bins == number
            at = float(np.median(seconds[own]))
            clock = at + float(np.median(ahead[own]))
            if not anchors or (at > anchors[-1][0] and clock >= anchors[-1][1]):
                anchors.append((at, clock))
    return anchors
