"""Moments that overlap become one highlight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from matchreel.edit_list import PlannedHighlight
from matchreel.importance import Tier, most_important_first, tier_of
from matchreel.timeline import Interval

# Forgives rounding where times are compared.
_SLACK_SECONDS = 1e-6


class _Lasting(Protocol):
    @property
    def interval(self) -> Interval: ...


@dataclass(frozen=True)
class Gathering:
    """Rows are joined where at most merge_gap_seconds apart, unless that would last over longest_seconds.

    A row whose action starts less than min_apart_seconds from a better one's is left out. enough_seconds:
    when rows of such a length in all are gathered, the rest is not looked at.
    """

    merge_gap_seconds: float
    min_apart_seconds: float
    longest_seconds: float
    enough_seconds: float


def gather(rows: Iterable[PlannedHighlight], rules: Gathering) -> tuple[PlannedHighlight, ...]:
    """Rows, given best first, as highlights that do not overlap, in that order.

    A goal that the screen told is never too near.

    What is joined is named after its goal or penalty where it holds one, else after its surest moment; the
    action is that of what it is named after. What may not be joined keeps the time that is still free, and is
    left out where its action is not.
    """
    groups: dict[str, list[_Group]] = defaultdict(list)
    seconds = 0.0
    for rank, row in enumerate(rows):
        if seconds >= rules.enough_seconds - _SLACK_SECONDS:
            break
        own = groups[row.part]
        if not row.is_told and any(group.is_nearer(row, rules.min_apart_seconds) for group in own):
            continue
        touched = [group for group in own if group.is_within(row, rules.merge_gap_seconds)]
        made: _Group | None = _Group.joined(touched, row, rank)
        if touched and _hull([row, *touched]).duration_seconds > rules.longest_seconds:
            free = freed(row, touched)
            touched, made = [], _Group.joined([], free, rank) if free else None
        if made:
            groups[row.part] = [group for group in own if group not in touched] + [made]
            seconds += made.interval.duration_seconds
            seconds -= sum(group.interval.duration_seconds for group in touched)
    ranked = sorted((group for own in groups.values() for group in own), key=lambda group: group.rank)
    return tuple(group.row() for group in ranked)


@dataclass(frozen=True)
class _Group:
    """Rows that are one highlight, and the best one's rank."""

    rank: int
    interval: Interval
    members: tuple[PlannedHighlight, ...]

    @classmethod
    def joined(cls, groups: Sequence[_Group], row: PlannedHighlight, rank: int) -> _Group:
        """What groups and a further row are together."""
        return cls(
            min([rank, *(group.rank for group in groups)]),
            _hull([row, *groups]),
            (*(member for group in groups for member in group.members), row),
        )

    def is_nearer(self, row: PlannedHighlight, seconds: float) -> bool:
        """Whether the action of a row starts less than so much from that of a member."""
        start = row.action.start_seconds
        return any(
            abs(member.action.start_seconds - start) < seconds - _SLACK_SECONDS for member in self.members
        )

    def is_within(self, row: PlannedHighlight, gap_seconds: float) -> bool:
        """Whether at most so much lies between the two."""
        after = row.start_seconds - self.interval.end_seconds
        return max(after, self.interval.start_seconds - row.end_seconds) <= gap_seconds

    def row(self) -> PlannedHighlight:
        """The highlight."""
        best = _leading(self.members)
        tier = tier_of(best.label)
        peers = [best] if tier >= Tier.REST else [row for row in self.members if tier_of(row.label) is tier]
        first = min(row.action.start_seconds for row in peers)
        last = max(row.action.end_seconds for row in peers)
        return replace(
            best,
            start_seconds=self.interval.start_seconds,
            end_seconds=self.interval.end_seconds,
            action_start_seconds=first,
            action_end_seconds=last,
        )


def merged_moments(rows: Iterable[PlannedHighlight]) -> tuple[PlannedHighlight, ...]:
    """Rows whose actions overlap as one, the most important first; what is around actions may still overlap.

    Goals make one with goals, and penalties with penalties, whose action is that of all of them. Anything
    else is part of the most important row that it shares time with.
    """
    held = list[PlannedHighlight]()
    for row in sorted(rows, key=most_important_first):
        shared = [other for other in held if other.part == row.part and other.action.overlaps(row.action)]
        if not shared:
            held.append(row)
            continue
        best, tier = shared[0], tier_of(row.label)
        is_equal = tier < Tier.REST and tier_of(best.label) is tier
        peers = [other for other in shared if tier_of(other.label) is tier] if is_equal else [best]
        action = [*peers, row] if is_equal else peers
        merged = replace(
            best,
            start_seconds=min(other.start_seconds for other in (*peers, row)),
            end_seconds=max(other.end_seconds for other in (*peers, row)),
            action_start_seconds=min(other.action.start_seconds for other in action),
            action_end_seconds=max(other.action.end_seconds for other in action),
        )
        held = [merged if other is best else other for other in held if other is best or other not in peers]
    return tuple(held)


def _leading(rows: Sequence[PlannedHighlight]) -> PlannedHighlight:
    """The row that a highlight is named after: a goal before a penalty before the surest of the rest."""
    return max(rows, key=lambda row: (-tier_of(row.label), row.score))


def _hull(held: Sequence[_Lasting]) -> Interval:
    intervals = [each.interval for each in held]
    return Interval(
        min(interval.start_seconds for interval in intervals),
        max(interval.end_seconds for interval in intervals),
    )


def freed(row: PlannedHighlight, others: Iterable[_Lasting]) -> PlannedHighlight | None:
    """The row within the time that others of its part leave free around its action; None where none is."""
    start, end = row.start_seconds, row.end_seconds
    for interval in (other.interval for other in others):
        if interval.overlaps(row.action):
            return None
        if interval.end_seconds <= row.action.start_seconds:
            start = max(start, interval.end_seconds)
        else:
            end = min(end, interval.start_seconds)
    return replace(row, start_seconds=start, end_seconds=end)
