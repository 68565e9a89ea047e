"""Where a highlight begins and ends: on a camera cut near its ends, never inside its action.

A clip that begins on a cut begins with a new view; one that ends on a cut ends with an old one. Where no cut
is near, the ends stay, and only keep clear of one that would let another view flash up for a few pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from matchreel.camera_cuts.record import CameraCuts
from matchreel.edit_list import PlannedHighlight
from matchreel.timeline import Interval

# A view shown for less than this at a clip's end is a flash. ASSUME ten pictures of 25 a second.
FLASH_SECONDS = 0.4
# A replay belongs to a highlight if it begins at most so long after it. ASSUME a close-up or two before it.
REPLAY_WITHIN_SECONDS = 8.0
# What is called the start of a replay and a change of camera this near to it are one.
_SAME_SECONDS = 0.05
# Forgives rounding where times are compared.
_SLACK_SECONDS = 1e-6


@dataclass(frozen=True)
class BoundaryRules:
    """snap_seconds: how far an end may move to a cut; 0: ends stay. num_replays: 0 or 1 after a moment."""

    snap_seconds: float
    num_replays: int


def with_boundaries(
    rows: Sequence[PlannedHighlight],
    *,
    cuts: Mapping[str, CameraCuts],
    durations_seconds: Mapping[str, float],
    idle: Mapping[str, Sequence[Interval]],
    rules: BoundaryRules,
    spare_seconds: float,
) -> tuple[PlannedHighlight, ...]:
    """The same rows, in their order, with ends where they look edited.

    By part: durations_seconds of all, cuts where any were looked for, idle where nothing is played. Rows
    are served in their order (the most important first): all together they grow by at most spare_seconds;
    what one gives back the next may take. No row enters another one or idle time where it did not before,
    leaves its part, or loses any of its action.
    """
    held = list(rows)
    for index, row in enumerate(held):
        known = cuts.get(row.part, CameraCuts(row.part))
        taken = [other.interval for at, other in enumerate(held) if at != index and other.part == row.part]
        room = _room(row.interval, [*taken, *idle.get(row.part, ())], durations_seconds[row.part])
        ends = _Ends(row, known, room, rules)
        moved = _grown(row.interval, ends, max(spare_seconds, 0.0))
        spare_seconds -= moved.duration_seconds - row.interval.duration_seconds
        held[index] = replace(row, start_seconds=moved.start_seconds, end_seconds=moved.end_seconds)
    return tuple(held)


def _room(own: Interval, taken: Sequence[Interval], duration_seconds: float) -> Interval:
    """How far its ends could go: to what is taken on either side, or the part's ends; never inward."""
    before = (held.end_seconds for held in taken if held.start_seconds <= own.start_seconds)
    after = (held.start_seconds for held in taken if held.start_seconds > own.start_seconds)
    start, end = max(before, default=0.0), min(after, default=duration_seconds)
    return Interval(min(start, own.start_seconds), max(end, own.end_seconds))


def _grown(own: Interval, ends: _Ends, spare_seconds: float) -> Interval:
    """The first of its possible starts, then of its ends, for which there is time."""

    def fits(interval: Interval) -> bool:
        growth = interval.duration_seconds - own.duration_seconds
        return growth <= max(spare_seconds, 0.0) + _SLACK_SECONDS

    starts = (Interval(start, own.end_seconds) for start in ends.starts())
    begun = next(filter(fits, starts), own)
    found = (Interval(begun.start_seconds, end) for end in ends.ends())
    ended = next(filter(fits, found), begun)
    replayed = Interval(ended.start_seconds, ends.with_replay(ended.end_seconds))
    return replayed if fits(replayed) else ended


@dataclass(frozen=True)
class _Ends:
    """Where one row may begin and end, best first. room holds the row; its action lies within it."""

    row: PlannedHighlight
    cuts: CameraCuts
    room: Interval
    rules: BoundaryRules

    def starts(self) -> Iterator[float]:
        """Cuts near its start, nearest first; its own start; a little before a cut that would flash."""
        own, action = self.row.start_seconds, self.row.action.start_seconds
        if not self.rules.snap_seconds:
            return
        after = self._ends_of_earlier_replays()
        near = self._near(own, (change.end_seconds for change in self.cuts.changes))
        clear = (change.start_seconds - FLASH_SECONDS for change in self.cuts.changes)
        outward = self._near(own, (at for at in clear if at <= own), reach_seconds=FLASH_SECONDS)
        for start in (*after, *near, own, *outward):
            if self.room.start_seconds <= start <= action and not self._flashes_after(start):
                yield start

    def ends(self) -> Iterator[float]:
        """Cuts near its end, nearest first; its own end; a little after a cut that would flash."""
        own, action = self.row.end_seconds, self.row.action.end_seconds
        if not self.rules.snap_seconds:
            return
        near = self._near(own, (change.start_seconds for change in self.cuts.changes))
        clear = (change.end_seconds + FLASH_SECONDS for change in self.cuts.changes)
        outward = self._near(own, (at for at in clear if at >= own), reach_seconds=FLASH_SECONDS)
        for end in (*near, own, *outward):
            if action <= end <= self.room.end_seconds and not self._flashes_before(end):
                yield end

    def with_replay(self, end_seconds: float) -> float:
        """The end with as many replays of the moment as the rules allow; the same where none is known."""
        held = [replay for replay in self.cuts.replays if replay.start_seconds >= self.row.moment_seconds]
        for replay in held[: self.rules.num_replays]:
            end = self._change_at(replay.end_seconds).start_seconds
            is_soon = replay.start_seconds <= end_seconds + REPLAY_WITHIN_SECONDS
            if is_soon and end_seconds < end <= self.room.end_seconds:
                end_seconds = end
        for replay in held[self.rules.num_replays :]:
            if replay.start_seconds > end_seconds + REPLAY_WITHIN_SECONDS:
                break  # no change takes so long, and all others come later
            start = self._change_at(replay.start_seconds).start_seconds
            if self.row.action.end_seconds <= start < end_seconds:
                end_seconds = start
        return end_seconds

    def _near(
        self, own: float, places: Iterable[float], *, reach_seconds: float | None = None
    ) -> list[float]:
        reach = self.rules.snap_seconds if reach_seconds is None else reach_seconds
        held = [place for place in places if abs(place - own) <= reach + _SLACK_SECONDS]
        return sorted(held, key=lambda place: (abs(place - own), place))

    def _ends_of_earlier_replays(self) -> list[float]:
        """Where it begins in a replay of what was before: that replay's end."""
        own = self.row.start_seconds
        replays = (replay for replay in self.cuts.replays if replay.contains(own))
        return [self._change_at(replay.end_seconds).end_seconds for replay in replays]

    def _change_at(self, seconds: float) -> Interval:
        """The change that happens at a moment; where none is known, one that takes no time."""
        for change in self.cuts.changes:
            if change.start_seconds - _SAME_SECONDS <= seconds < change.end_seconds + _SAME_SECONDS:
                return change
        return Interval(seconds, seconds)

    def _flashes_after(self, start: float) -> bool:
        """Whether a clip from here on soon changes, or begins in the middle of a change."""
        last = start + FLASH_SECONDS - _SLACK_SECONDS
        return any(
            change.start_seconds < last and change.end_seconds > start + _SLACK_SECONDS
            for change in self.cuts.changes
        )

    def _flashes_before(self, end: float) -> bool:
        first = end - FLASH_SECONDS + _SLACK_SECONDS
        return any(
            change.end_seconds > first and change.start_seconds < end - _SLACK_SECONDS
            for change in self.cuts.changes
        )
