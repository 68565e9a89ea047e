"""Moments without training: the best-ranked windows of a whole game, kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matchreel.edit_list import PlannedHighlight
from matchreel.gathering import Gathering, gather
from matchreel.moment_rows import row_of
from matchreel.records import Scores
from matchreel.reel_length import PRESETS_SECONDS
from matchreel.spotting import Shape, ranked_spots
from matchreel.untrained_events import Places

# Picks keep at most this share of the time that one pick has on average.
SPACING_SHARE = 1 / 3
# ASSUME what lasts longer than so many highlights in a row is more than one moment.
LONGEST_SHARE = 3
# There is always a next window. So much is enough to choose from, twice the longest preset, but never less
# than the reel may be long.
ENOUGH_SECONDS = 2 * max(PRESETS_SECONDS.values())


@dataclass(frozen=True)
class Spacing:
    """How far apart picks without training start: min_apart_seconds, less where the reel has little room."""

    min_apart_seconds: float
    share: float

    def seconds(self, *, reel_seconds: float, game_seconds: float, pick_seconds: float) -> float:
        """The distance in a game of which a reel of so many picks is made.

        At most the share of the time that each pick has on average (with a third: 45 s for 5 minutes out of
        a 45-minute half, 25 s for 1 minute out of 5), but never less than a pick.
        """
        num_picks = max(1, int(reel_seconds / pick_seconds))
        return max(pick_seconds, min(self.min_apart_seconds, self.share * game_seconds / num_picks))


def enough_of_untrained(
    scores: Mapping[str, Scores],
    max_share: float,
    *,
    shape: Shape,
    spacing: Spacing,
    sure: Sequence[PlannedHighlight],
    places: Places | None,
) -> tuple[PlannedHighlight, ...]:
    """First the windows of a medium reel, far apart, then those between that the longest may want too.

    sure: moments of which that is known. They come before all, and windows keep their distance to them.
    places: by which windows become moments; without, they stay windows.
    """
    game_seconds = sum(shape.duration_seconds.values())
    longest_seconds = max_share * game_seconds
    window_seconds = next(iter(scores.values())).window_seconds
    distances = [
        spacing.seconds(reel_seconds=seconds, game_seconds=game_seconds, pick_seconds=window_seconds)
        for seconds in (min(PRESETS_SECONDS["medium"], longest_seconds), longest_seconds)
    ]
    enough_seconds = min(2 * longest_seconds, max(longest_seconds, ENOUGH_SECONDS))
    found = moments_of_untrained(
        scores,
        shape=shape,
        distances_seconds=distances,
        enough_seconds=enough_seconds,
        sure=sure,
        places=places,
    )
    return (*sure, *found)


def moments_of_untrained(
    scores: Mapping[str, Scores],
    *,
    shape: Shape,
    distances_seconds: Sequence[float],
    enough_seconds: float,
    sure: Sequence[PlannedHighlight] = (),
    places: Places | None = None,
) -> tuple[PlannedHighlight, ...]:
    """The best-ranked windows of all parts that start so far apart; then those at the next distance.

    They start as far from sure moments, and none overlaps them. places: by which they become moments, before
    any is chosen; without, they stay windows.
    """
    spots = [spot for part, own in scores.items() for spot in ranked_spots(own, part=part)]
    spots.sort(key=lambda spot: -spot.rank_score)  # stable: parts and their ranking stay in order
    rows = [row_of(spot, scores, shape, is_moment=False) for spot in spots]
    if places:
        rows = [row for row in map(places.moment_of, rows) if row]
    window_seconds = next(iter(scores.values())).window_seconds
    longest = LONGEST_SHARE * (window_seconds + shape.pad_before_seconds + shape.pad_after_seconds)
    found: tuple[PlannedHighlight, ...] = ()
    for distance in distances_seconds:
        gathering = Gathering(shape.merge_gap_seconds, distance, longest, enough_seconds)
        free = (row for row in rows if _is_apart(row, sure, distance))
        found = gather((*found, *free), gathering)
    return found


def _is_apart(row: PlannedHighlight, sure: Iterable[PlannedHighlight], seconds: float) -> bool:
    return not any(
        other.part == row.part
        and (
            other.interval.overlaps(row.interval)
            or abs(other.action.start_seconds - row.action.start_seconds) < seconds
        )
        for other in sure
    )
