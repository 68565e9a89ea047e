"""Which moments fit a reel of so many seconds, and how much of each: an exact choice, then an even trim.

Goals first, then penalties, then what is worth most together (importance.py). Every moment may shrink to its
action before one is dropped; what time is left then goes back to build-up and celebration, evenly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from matchreel.edit_list import PlannedHighlight
from matchreel.importance import Tier, importance_of, most_important_first, tier_of
from matchreel.knapsack import best_subset
from matchreel.notices import Notice
from matchreel.reel_frames import CLIP_PER_FADE, card_frames, fades_frames, full_fade_frames, num_frames

# ASSUME less than this shows nothing: no clip is trimmed below it.
LEAST_CLIP_SECONDS = 1.0
# Importance becomes a whole number of this many steps, so that sums and ties are exact.
_VALUE_STEPS = 10**8


@dataclass(frozen=True)
class Budget:
    """What a reel may last, and what it spends or saves beside its clips.

    transition_seconds: two clips share so much where they fade into each other; 0 where they are cut. Of a
    clip too short to fade in full no such saving is counted. rate_fps: the reel's, at which clips, card and
    fades are counted; None where nothing is cut, and times are whole milliseconds.
    """

    max_seconds: float
    transition_seconds: float
    title_card_seconds: float
    rate_fps: Fraction | None

    @property
    def counted_fps(self) -> Fraction:
        """The rate that everything is counted at."""
        return self.rate_fps or Fraction(1000)

    @property
    def frame_seconds(self) -> float:
        """A cut clip may be longer by so much, as its ends are moved to frames."""
        return float(1 / self.rate_fps) if self.rate_fps else 0.0

    @property
    def fading_ms(self) -> int:
        """A clip of this length fades in full at both ends."""
        return math.ceil(1000 * CLIP_PER_FADE * self._fade_frames / self.counted_fps)

    @property
    def saving_ms(self) -> int:
        """What a joint of two such clips saves for certain."""
        return int(1000 * self._fade_frames / self.counted_fps)

    @property
    def card_frames(self) -> int:
        """Frames of the title card."""
        return card_frames(self.title_card_seconds, self.counted_fps)

    @property
    def card_ms(self) -> int:
        """How long the title card lasts."""
        return math.ceil(1000 * self.card_frames / self.counted_fps)

    @property
    def card_saving_ms(self) -> int:
        """What the title card's joint with a clip of fading_ms saves for certain; 0 without a card."""
        clip_frames = CLIP_PER_FADE * self._fade_frames
        (fade,) = fades_frames(
            (self.card_frames, clip_frames), fade_seconds=self.transition_seconds, rate_fps=self.counted_fps
        )
        return int(1000 * fade / self.counted_fps)

    @property
    def _fade_frames(self) -> int:
        return full_fade_frames(self.transition_seconds, self.counted_fps)


@dataclass(frozen=True)
class Choice:
    """A reel within its budget: highlights in the order of the match, left_out untrimmed, the surest first.

    over_seconds: by how much its goals alone exceed the budget; 0.0 where they do not.
    """

    highlights: tuple[PlannedHighlight, ...]
    left_out: tuple[PlannedHighlight, ...]
    reel_seconds: float
    over_seconds: float

    def notices(self, budget: Budget) -> tuple[Notice, ...]:
        """What whoever asked for this length must know: that it is exceeded, or that nothing fits."""
        limit = f"{budget.max_seconds:g}"
        if self.over_seconds:
            length, over = f"{self.reel_seconds:.1f}", f"{self.over_seconds:.1f}"
            return (Notice("goals_over_limit", {"length": length, "over": over, "limit": limit}),)
        if self.left_out and not self.highlights:
            return (Notice("no_room", {"limit": limit}),)
        return ()


def choose(
    candidates: Iterable[PlannedHighlight], budget: Budget, *, unsure: Iterable[PlannedHighlight] = ()
) -> Choice:
    """The reel of these moments, whose actions do not overlap. Times are rounded to milliseconds.

    All goals; of the penalties and then of the rest what is worth most together and fits at its least length;
    fillers only in time that is left when all of that is shown whole. Where the goals alone do not fit even
    so, they are the reel; where nothing fits, so much as does of the most important moment is. unsure: more
    moments of any kind, to fill what is still empty.
    """
    sure, spare = sorted(candidates, key=_match_order), sorted(unsure, key=_match_order)
    tiers = [[_Clip.of(row, budget) for row in sure if tier_of(row.label) is tier] for tier in Tier]
    goals, *further, fillers = tiers
    left_ms = _capacity_ms(budget) - sum(clip.cost_ms for clip in goals)
    is_over = left_ms < 0
    if is_over:
        chosen = [clip.grown(0) for clip in _kept_off(goals)]
    else:
        ranked = [*further, [_Clip.of(row, budget) for row in spare]]
        chosen = _filled(*_taken(goals, ranked, fillers, left_ms)) or _one_piece([*sure, *spare], budget)
    rows = tuple(sorted(chosen, key=_match_order))
    lasting = reel_seconds(rows, budget)
    over = max(0.0, round(lasting - budget.max_seconds, 3)) if is_over else 0.0
    return Choice(rows, _left_out([*sure, *spare], rows), lasting, over)


def _taken(
    goals: Sequence[_Clip], ranked: Sequence[Sequence[_Clip]], fillers: Sequence[_Clip], left_ms: int
) -> tuple[list[_Clip], int]:
    """Goals, the best of each ranked list in turn, then fillers; and the time that is left to grow."""
    taken = list(goals)
    for clips in ranked:
        fitting = _most_valuable(clips, left_ms)
        taken += fitting
        left_ms -= sum(clip.cost_ms for clip in fitting)
    idle_ms = left_ms - sum(clip.room_ms for clip in _kept_off(taken))
    fitting = _most_valuable(fillers, max(0, idle_ms))
    return _kept_off([*taken, *fitting]), left_ms - sum(clip.cost_ms for clip in fitting)


def reel_seconds(rows: Sequence[PlannedHighlight], budget: Budget) -> float:
    """How long the reel of these rows is, in this order, counted as it is cut."""
    if not rows:
        return 0.0
    rate, card = budget.counted_fps, budget.card_frames
    lengths = ([card] if card else []) + [num_frames(row.interval, rate) for row in rows]
    fades = fades_frames(lengths, fade_seconds=budget.transition_seconds, rate_fps=rate)
    return float((sum(lengths) - sum(fades)) / rate)


def in_order(rows: Iterable[PlannedHighlight], order: str) -> tuple[PlannedHighlight, ...]:
    """Rows by match time, or the most important first (order: time or importance)."""
    return tuple(sorted(rows, key=most_important_first if order == "importance" else _match_order))


def _match_order(row: PlannedHighlight) -> tuple[str, float, float, str]:
    return (row.part, row.start_seconds, row.end_seconds, row.id)


def _left_out(
    rows: Iterable[PlannedHighlight], chosen: Iterable[PlannedHighlight]
) -> tuple[PlannedHighlight, ...]:
    taken = {(row.part, row.id) for row in chosen}
    left = [row for row in rows if (row.part, row.id) not in taken]
    return tuple(sorted(left, key=lambda row: (-row.score, row.part, row.moment_seconds)))


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _capacity_ms(budget: Budget) -> int:
    """What clips may cost together: each is paid for a joint before it, the first for the card's at most."""
    unpaid = budget.saving_ms - budget.card_saving_ms
    return int(budget.max_seconds * 1000 + 1e-6) - budget.card_ms - unpaid


@dataclass(frozen=True)
class _Clip:
    """A row in whole milliseconds: all of it, the least of it that is worth showing, and what that costs."""

    row: PlannedHighlight
    start_ms: int
    least_start_ms: int
    least_end_ms: int
    end_ms: int
    cost_ms: int

    @classmethod
    def of(cls, row: PlannedHighlight, budget: Budget) -> _Clip:
        start, end = _ms(row.start_seconds), _ms(row.end_seconds)
        least = min(max(budget.fading_ms, _ms(LEAST_CLIP_SECONDS)), end - start)
        first, last = _grown(*_action_ms(row), least, start, end)
        # A clip too short to fade costs its joints' savings on both sides.
        joint = -budget.saving_ms if end - start >= budget.fading_ms else budget.saving_ms
        frame = int(budget.frame_seconds * 1000 + 1 - 1e-6)
        return cls(row, start, first, last, end, last - first + joint + frame)

    def within(self, start_ms: int, end_ms: int) -> _Clip:
        """The clip within [start_ms, end_ms): its least length moves there, shorter only where it must be."""
        start, end = max(self.start_ms, start_ms), min(self.end_ms, end_ms)
        least = min(self.least_end_ms - self.least_start_ms, end - start)
        begins, ends = _action_ms(self.row)
        first, last = _grown(max(begins, start), min(ends, end), least, start, end)
        return replace(self, start_ms=start, least_start_ms=first, least_end_ms=last, end_ms=end)

    @property
    def room_ms(self) -> int:
        """How much longer it can get."""
        return self.end_ms - self.start_ms - (self.least_end_ms - self.least_start_ms)

    @property
    def value(self) -> int:
        """Its importance as a whole number from 1 on."""
        return max(1, round(importance_of(self.row) * _VALUE_STEPS))

    def grown(self, extra_ms: int) -> PlannedHighlight:
        """The row at its least length and so much more, by the share of room before and after it."""
        before = (self.least_start_ms - self.start_ms) * extra_ms // self.room_ms if self.room_ms else 0
        return replace(
            self.row,
            start_seconds=(self.least_start_ms - before) / 1000,
            end_seconds=(self.least_end_ms + extra_ms - before) / 1000,
            action_start_seconds=_ms(self.row.action.start_seconds) / 1000,
            action_end_seconds=_ms(self.row.action.end_seconds) / 1000,
        )


def _action_ms(row: PlannedHighlight) -> tuple[int, int]:
    return _ms(row.action.start_seconds), _ms(row.action.end_seconds)


def _grown(first: int, last: int, least: int, start: int, end: int) -> tuple[int, int]:
    """[first, last) grown evenly to at least so much, within [start, end)."""
    missing = max(0, least - (last - first))
    first = min(max(first - missing // 2, start), max(end - least, start))
    return first, max(last, min(first + least, end))


def _most_valuable(clips: Sequence[_Clip], left_ms: int) -> list[_Clip]:
    if sum(clip.cost_ms for clip in clips) <= left_ms:
        return list(clips)
    taken = best_subset([clip.cost_ms for clip in clips], [clip.value for clip in clips], left_ms)
    return [clips[index] for index in taken]


def _one_piece(rows: Sequence[PlannedHighlight], budget: Budget) -> list[PlannedHighlight]:
    """So much of the most important row as the reel holds: its action, or that around its moment."""
    left_ms = int(budget.max_seconds * 1000 + 1e-6) - budget.card_ms - 2 * _ms(budget.frame_seconds)
    fades_whole = left_ms + budget.card_saving_ms >= budget.fading_ms
    length_ms = left_ms + budget.card_saving_ms * fades_whole
    if not rows or length_ms < _ms(LEAST_CLIP_SECONDS):
        return []
    row = min(rows, key=most_important_first)
    first, last = _action_ms(row)
    start, end = _ms(row.start_seconds), _ms(row.end_seconds)
    if last - first > length_ms:
        # The moment stays at the same share of the action; without one, the middle does.
        moment = (first + last) / 2 if row.event_seconds is None else _ms(row.event_seconds)
        before = min(max(moment, first), last) - first
        first += round(before * (1 - length_ms / (last - first)))
        last = first + length_ms
    first, last = _grown(first, last, min(length_ms, end - start), start, end)
    return [
        replace(
            row, start_seconds=first / 1000, end_seconds=last / 1000,
            action_start_seconds=first / 1000, action_end_seconds=last / 1000,
        )
    ]  # fmt: skip


def _kept_off(clips: Iterable[_Clip]) -> list[_Clip]:
    """Clips in match order that share no time: they meet between two actions, amid what both must show."""
    held = list[_Clip]()
    for clip in sorted(clips, key=lambda clip: (clip.row.part, *_action_ms(clip.row))):
        before = held[-1] if held else None
        if before and before.row.part == clip.row.part and before.end_ms > clip.start_ms:
            middle = (before.least_end_ms + clip.least_start_ms) // 2
            first, last = sorted((_action_ms(before.row)[1], _action_ms(clip.row)[0]))
            middle = min(max(middle, first), last)
            held[-1] = before.within(before.start_ms, middle)
            clip = clip.within(middle, clip.end_ms)
        held.append(clip)
    return held


def _filled(clips: Sequence[_Clip], left_ms: int) -> list[PlannedHighlight]:
    """Clips grown by what is left, each by the same until it is whole."""
    grown = list[PlannedHighlight]()
    for done, clip in enumerate(sorted(clips, key=lambda clip: (clip.room_ms, _match_order(clip.row)))):
        extra = min(clip.room_ms, left_ms // (len(clips) - done))
        left_ms -= extra
        grown.append(clip.grown(extra))
    return grown
