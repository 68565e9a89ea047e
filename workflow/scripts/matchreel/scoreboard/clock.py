"""The halves of a part, fitted to the match clocks that were read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from matchreel.scoreboard.record import REGULAR_START, Half, Reading

# Readings of one run agree with the ones before within so many seconds.
_OFF_SECONDS, _DRIFT = 2.5, 0.002
_NUM_RECENT, _NUM_TO_START = 9, 3
_MIN_RUN_READINGS = 5
# A clock that goes back by more than this, or that loses so much against the recording, starts another half;
# at the very time at which the next one begins a short break is enough: between the halves of extra time.
_BACK_SECONDS, _PAUSE_SECONDS, _BREAK_SECONDS = 20.0, 150.0, 30.0
_NEAR_SECONDS, _SOON_SECONDS = 45.0, 300.0
# A clock that began anew so early did so after at least so much of the half before.
_EARLY_SECONDS, _PLAYED_SECONDS = 60.0 * 30, {1: 60.0 * 25, 2: 60.0 * 25, 3: 60.0 * 10}
_ANCHOR_SECONDS = 60.0
_LAST_SECONDS = 2.0
# A board may show the clock for a while after the whistle, but not for ever.
_LONGEST_ADDED_SECONDS = 15 * 60.0


@dataclass(frozen=True)
class Run:
    """Readings of one clock that runs with the recording: (seconds of the part, seconds of the clock)."""

    points: tuple[tuple[float, float], ...]

    @property
    def start(self) -> tuple[float, float]:
        """Its first point."""
        return self.points[0]

    @property
    def end(self) -> tuple[float, float]:
        """Its last point."""
        return self.points[-1]


def fit_halves(readings: Sequence[Reading], duration_seconds: float) -> tuple[Half, ...]:
    """The halves that the readings' clocks tell of, in their order; empty where no clock runs."""
    points = [(row.seconds, row.clock_seconds) for row in readings if row.clock_seconds is not None]
    runs = _without_misread(_linked(_runs(points)))
    numbered = _numbered(runs)
    halves = list[Half]()
    for number in sorted({number for number, _run, _shift in numbered}):
        own = [(run, shift) for held, run, shift in numbered if held == number]
        anchors = _anchors([(at, clock + shift) for run, shift in own for at, clock in run.points])
        before = halves[-1].end_seconds if halves else 0.0
        started = anchors[0][0] - (anchors[0][1] - 60.0 * REGULAR_START[number])
        end = _end(points, own[-1][0], duration_seconds)
        later = [run.start[0] for held, run, _ in numbered if held > number]
        end = min([end, *later])
        start = min(max(started, before, 0.0), anchors[0][0])
        holds = started >= before - _OFF_SECONDS
        halves.append(Half(number, round(start, 3), round(max(end, start), 3), holds, anchors))
    return tuple(halves)


def _runs(points: Sequence[tuple[float, float]]) -> list[Run]:
    """Stretches in which the clock runs with the recording; single wrong readings are left out."""
    runs, waiting = list[list[tuple[float, float]]](), list[tuple[float, float]]()
    for point in points:
        if runs and abs(_offset(point) - _recent_offset(runs[-1])) <= _OFF_SECONDS:
            runs[-1].append(point)
            waiting.clear()
            continue
        waiting.append(point)
        agreeing = [held for held in waiting if abs(_offset(held) - _offset(point)) <= _OFF_SECONDS]
        if len(agreeing) >= _NUM_TO_START:
            runs.append(agreeing)
            waiting.clear()
    # Of half a minute there are but a few readings.
    least = min(_MIN_RUN_READINGS, max(_NUM_TO_START, len(points) // 2))
    return [Run(tuple(run)) for run in runs if len(run) >= least]


def _linked(runs: Sequence[Run]) -> list[Run]:
    """Runs of one clock put together, whatever was read between them; archives drift a little."""
    linked = list[Run]()
    for run in runs:
        for index, held in enumerate(linked):
            gap = run.start[0] - held.end[0]
            if abs(_offset(run.start) - _offset(held.end)) <= _OFF_SECONDS + _DRIFT * max(gap, 0.0):
                linked[index] = Run((*held.points, *run.points))
                break
        else:
            linked.append(run)
    return linked


def _without_misread(runs: Sequence[Run]) -> list[Run]:
    """Runs in order of time; of those that overlap the longest: "48:53" without its first digit runs too."""
    kept = list[Run]()
    for run in sorted(runs, key=lambda run: -len(run.points)):
        if all(run.end[0] < held.start[0] or run.start[0] > held.end[0] for held in kept):
            kept.append(run)
    return sorted(kept, key=lambda run: run.start[0])


def _offset(point: tuple[float, float]) -> float:
    return point[0] - point[1]


def _recent_offset(run: Sequence[tuple[float, float]]) -> float:
    return median(map(_offset, run[-_NUM_RECENT:]))


def _numbered(runs: Sequence[Run]) -> list[tuple[int, Run, float]]:
    """(half, run, what is added to its clock) of each: a second half may be counted from 0 again."""
    found = list[tuple[int, Run, float]]()
    number, shift = 0, 0.0
    for index, run in enumerate(runs):
        clock = run.start[1]
        if not found:
            number = _first_half(runs)
        else:
            last = found[-1][1]
            lost = _offset(run.start) - shift - _offset(last.end) + found[-1][2]
            is_back = clock < last.end[1] - _BACK_SECONDS
            starts = 60.0 * REGULAR_START.get(number + 1, 1000)
            played = last.end[1] + shift - 60.0 * REGULAR_START[number]
            longest = _EARLY_SECONDS if is_back or lost > _PAUSE_SECONDS else _SOON_SECONDS
            if (is_back or lost > _BREAK_SECONDS) and -_NEAR_SECONDS < clock + shift - starts < longest:
                number += 1
            elif is_back and clock < _EARLY_SECONDS and played > _PLAYED_SECONDS.get(number, 1e9):
                number, shift = number + 1, starts
        found.append((number, runs[index], shift))
    return found


def _first_half(runs: Sequence[Run]) -> int:
    """Which half a recording begins in: past 45 it may still be the first one, if a later clock goes back."""
    clock = runs[0].start[1]
    number = max((half for half, minute in REGULAR_START.items() if clock >= 60.0 * minute - 1), default=1)
    start = 60.0 * REGULAR_START[number]
    goes_back = any(
        later.start[1] < before.end[1] - _BACK_SECONDS and abs(later.start[1] - start) < 60.0 * 15
        for before, later in pairwise(runs[:3])
    )
    return number - 1 if number > 1 and goes_back and clock < start + 60.0 * 15 else number


def _anchors(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """A point for each minute, by the middle of the offsets around it: the clock of an archive drifts."""
    anchors, held = list[tuple[float, float]](), list[tuple[float, float]]()
    for point in points:
        if held and point[0] - held[0][0] > _ANCHOR_SECONDS:
            anchors.append(_middle(held))
            held = []
        held.append(point)
    anchors.append(_middle(held))
    rising = [anchors[0]]
    for anchor in anchors[1:]:
        if anchor[0] > rising[-1][0] and anchor[1] >= rising[-1][1]:
            rising.append(anchor)
    return tuple(rising)


def _middle(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """A point on the line one second a second through the middle of the points' offsets.

    A clock shows whole seconds: what it says has been so for half a second on average.
    """
    at = points[len(points) // 2][0]
    return round(at, 3), round(max(at - median(map(_offset, points)) + 0.5, 0.0), 3)


def _end(points: Sequence[tuple[float, float]], run: Run, duration_seconds: float) -> float:
    """When a half's last clock was seen: one that stands still at the end of the half counts too."""
    at, clock = run.end
    for later, held in points:
        if at < later <= run.end[0] + _LONGEST_ADDED_SECONDS and abs(held - clock) <= _OFF_SECONDS:
            at = later
    return min(at + _LAST_SECONDS, duration_seconds)
