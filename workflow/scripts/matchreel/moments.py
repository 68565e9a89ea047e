"""find_moments: all the moments of a game that its reel may be made of, the best first.

Trained scorer: every moment or peak of at least the threshold. Untrained scorer: the best-ranked windows of
the whole game, kept apart. Both: padded, clamped to the part, joined where closer than the merge gap: a shot
and the goal it was are one moment, a goal. Each has an action, which a reel shows before anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matchreel.cues import Cues
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.finding import FindingRules, finding_rules, held, ranked, sure_finds
from matchreel.gathering import Gathering, freed, gather
from matchreel.goals import ScreenGoal, clock_notices, confirmed, screen_goals, with_screen_goals
from matchreel.importance import share_of, tier_of
from matchreel.labels import LABELS, MOMENT
from matchreel.notices import Notice
from matchreel.recording_notices import recording_notices
from matchreel.records import Probe, Scores
from matchreel.reel_length import PRESETS_SECONDS
from matchreel.restarts import KICK_OFF, Restarts, restarts_of, with_doubts
from matchreel.scoreboard import Scoreboard
from matchreel.spotting import Shape, Spot, ranked_spots
from matchreel.timeline import Interval

log = logging.getLogger("matchreel")

# Untrained picks keep at most this share of the time that one pick has on average.
SPACING_SHARE = 1 / 3
# ASSUME a found moment is understood from 4 s before it (the last pass) to 2 s after it (the ball is in).
ACTION_BEFORE_SECONDS = 4.0
ACTION_AFTER_SECONDS = 2.0
# ASSUME a window that stands out holds its moment in the middle four fifths: of 18 events in windows picked
# without training, 17 did, and reels of such middles held no fewer events than reels of whole windows.
WINDOW_EDGE_SHARE = 1 / 10
# ASSUME what lasts longer than so many highlights in a row is more than one moment.
LONGEST_SHARE = 3
# Without training there is always a next window. So much is enough to choose from, twice the longest preset,
# but never less than the reel may be long.
ENOUGH_SECONDS = 2 * max(PRESETS_SECONDS.values())


def find_moments(
    *,
    scores_paths: list[Path],
    probe_paths: list[Path],
    cues_paths: list[Path],
    scoreboard_paths: list[Path],
    moments_path: Path,
    game: str,
    threshold: float,
    spot_threshold: str | float,
    spot_before_seconds: float,
    spot_after_seconds: float,
    nms: str,
    nms_seconds: float,
    max_share: float,
    min_apart_seconds: float,
    merge_gap_seconds: float,
    pad_before_seconds: float,
    pad_after_seconds: float,
    wide_open_share: float,
    wide_body_share: float,
) -> None:
    """Write the moments of one game as an EditList whose highlights stand best first and do not overlap.

    scores_paths and probe_paths name the same parts in the same order. InputError where they do not match.
    cues_paths: of parts whose goals may be doubted, with what a wide view is (cues.wide_views).
    scoreboard_paths: of parts whose score bug was read; its goals are moments for any scorer.
    """
    rules = finding_rules(
        threshold, spot_threshold, spot_before_seconds, spot_after_seconds, nms, nms_seconds
    )
    parts = _matched(scores_paths, probe_paths)
    scores = {probe.part: own for own, probe in parts}
    probes = {probe.part: probe for _, probe in parts}
    durations = {part: probe.duration_seconds for part, probe in probes.items()}
    shape = Shape(pad_before_seconds, pad_after_seconds, merge_gap_seconds, durations)
    first = parts[0][0]
    notices = recording_notices(scores, probes)
    spots = dict[str, list[Spot]]()
    if first.trained_on:
        spots = {part: ranked(own, rules, part=part) for part, own in scores.items()}
        sure = [spot for part, own in scores.items() for spot in held(spots[part], own, rules)]
        found = moments_of_trained(sure, scores, rules, shape=shape)
    else:
        found = _enough_of_untrained(scores, max_share, shape, Spacing(min_apart_seconds, SPACING_SHARE))
    wide = {"wide_open_share": wide_open_share, "wide_body_share": wide_body_share}
    boards = {board.part: board for board in map(Scoreboard.load, scoreboard_paths)}
    notices += clock_notices(boards, probes)
    goals, restarts = list[ScreenGoal](), dict[str, Restarts]()
    for cues in _cues(cues_paths, probes):
        restarts[cues.part] = restarts_of(cues, _kickoffs(scores[cues.part], rules), **wide)
        goals += screen_goals(boards.get(cues.part), cues, **wide)
    found = with_screen_goals(found, goals, boards, durations, apart_seconds=min_apart_seconds)
    if goals:
        found = gather(found, Gathering(merge_gap_seconds, 0.0, _longest(first, rules, shape), float("inf")))
    if first.trained_on and not found:
        notices.append(_nothing_found(spots.values(), scores, rules))
    found = with_doubts(found, restarts, sure=confirmed(found, goals))
    EditList(game, first.scorer, first.trained_on, tuple(notices), found).save(moments_path)
    log.info("%s: %d moments to choose from", game, len(found))


def _longest(scores: Scores, rules: FindingRules, shape: Shape) -> float:
    """How long a moment that several were joined into may last."""
    length = rules.length_seconds(scores) if scores.trained_on else scores.window_seconds
    return LONGEST_SHARE * (length + shape.pad_before_seconds + shape.pad_after_seconds)


def _cues(paths: Iterable[Path], probes: Mapping[str, Probe]) -> Iterator[Cues]:
    """The cues of the parts, one after the other."""
    for path in paths:
        cues = Cues.load(path)
        probes[cues.part].check_duration(cues.duration_seconds, path)
        yield cues


def _kickoffs(scores: Scores, rules: FindingRules) -> list[float] | None:
    """When a part kicks off, as its scorer says; None where it does not spot kick-offs."""
    if KICK_OFF not in scores.classes or not rules.finds_moments(scores):
        return None
    index = scores.classes.index(KICK_OFF)
    return [find.seconds for find in sure_finds(scores, rules) if find.class_index == index]


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


def moments_of_trained(
    spots: Iterable[Spot], scores: Mapping[str, Scores], rules: FindingRules, *, shape: Shape
) -> tuple[PlannedHighlight, ...]:
    """A trained scorer's spots of all parts as moments: goals, penalties and the rest, the surest first."""
    first = next(iter(scores.values()))
    # Moments may lie close to each other (a penalty and its goal): they join. Windows do not overlap.
    is_moment = rules.finds_moments(first)
    length = rules.length_seconds(first) + shape.pad_before_seconds + shape.pad_after_seconds
    gathering = Gathering(
        merge_gap_seconds=shape.merge_gap_seconds,
        min_apart_seconds=0.0 if is_moment else first.window_seconds,
        longest_seconds=LONGEST_SHARE * length,
        enough_seconds=float("inf"),
    )
    ordered = sorted(spots, key=lambda spot: (tier_of(_label(spot, scores)), -spot.rank_score))
    return gather((_row(spot, scores, shape, is_moment=is_moment) for spot in ordered), gathering)


def unsure_moments(
    spots: Iterable[Spot],
    scores: Mapping[str, Scores],
    rules: FindingRules,
    *,
    shape: Shape,
    sure: Sequence[PlannedHighlight],
) -> tuple[PlannedHighlight, ...]:
    """Spots of a trained scorer in the time that its sure moments leave free, the most important first."""
    first = next(iter(scores.values()))
    is_moment = rules.finds_moments(first)
    ordered = sorted(spots, key=lambda spot: -share_of(_label(spot, scores)) * spot.rank_score)
    beside = {part: [row for row in sure if row.part == part] for part in scores}
    rows = (_row(spot, scores, shape, is_moment=is_moment) for spot in ordered)
    free = (freed(row, beside[row.part]) for row in rows)
    apart_seconds = 0.0 if is_moment else first.window_seconds
    return gather((row for row in free if row), Gathering(0.0, apart_seconds, 0.0, float("inf")))


def _enough_of_untrained(
    scores: Mapping[str, Scores], max_share: float, shape: Shape, spacing: Spacing
) -> tuple[PlannedHighlight, ...]:
    """First the windows of a medium reel, far apart, then those between that the longest may want too."""
    game_seconds = sum(shape.duration_seconds.values())
    longest_seconds = max_share * game_seconds
    window_seconds = next(iter(scores.values())).window_seconds
    distances = [
        spacing.seconds(reel_seconds=seconds, game_seconds=game_seconds, pick_seconds=window_seconds)
        for seconds in (min(PRESETS_SECONDS["medium"], longest_seconds), longest_seconds)
    ]
    return moments_of_untrained(
        scores,
        shape=shape,
        distances_seconds=distances,
        enough_seconds=min(2 * longest_seconds, max(longest_seconds, ENOUGH_SECONDS)),
    )


def moments_of_untrained(
    scores: Mapping[str, Scores],
    *,
    shape: Shape,
    distances_seconds: Sequence[float],
    enough_seconds: float,
) -> tuple[PlannedHighlight, ...]:
    """The best-ranked windows of all parts that start so far apart; then those at the next distance."""
    spots = [spot for part, own in scores.items() for spot in ranked_spots(own, part=part)]
    spots.sort(key=lambda spot: -spot.rank_score)  # stable: parts and their ranking stay in order
    rows = [_row(spot, scores, shape, is_moment=False) for spot in spots]
    window_seconds = next(iter(scores.values())).window_seconds
    longest = LONGEST_SHARE * (window_seconds + shape.pad_before_seconds + shape.pad_after_seconds)
    found: tuple[PlannedHighlight, ...] = ()
    for distance in distances_seconds:
        gathering = Gathering(shape.merge_gap_seconds, distance, longest, enough_seconds)
        found = gather((*found, *rows), gathering)
    return found


def _row(spot: Spot, scores: Mapping[str, Scores], shape: Shape, *, is_moment: bool) -> PlannedHighlight:
    own = scores[spot.part]
    interval, action = shape.interval_of(spot), _action(spot, is_moment=is_moment)
    return PlannedHighlight(
        part=spot.part,
        start_seconds=round(interval.start_seconds, 6),
        end_seconds=round(interval.end_seconds, 6),
        event_seconds=round(spot.event_seconds, 3) if own.trained_on else None,
        label=_label(spot, scores),
        score=round(spot.score, 4),
        why=_why(own, spot.window_index),
        action_start_seconds=round(max(action.start_seconds, interval.start_seconds), 6),
        action_end_seconds=round(min(action.end_seconds, interval.end_seconds), 6),
    )


def _action(spot: Spot, *, is_moment: bool) -> Interval:
    if is_moment:
        at = Interval(spot.event_seconds, spot.event_seconds)
        return at.padded(ACTION_BEFORE_SECONDS, ACTION_AFTER_SECONDS)
    edge = WINDOW_EDGE_SHARE * spot.interval.duration_seconds
    return spot.interval.padded(-edge, -edge)


def _label(spot: Spot, scores: Mapping[str, Scores]) -> str:
    label = scores[spot.part].classes[spot.class_index]
    return label if label in LABELS else MOMENT


def _why(scores: Scores, window_index: int) -> dict[str, float]:
    """Each cue's share in [0, 1] where it was measured: trained curves are logits, untrained ones ranks."""
    found = {name: float(curve[window_index]) for name, curve in scores.curves.items()}
    known = {name: value for name, value in found.items() if np.isfinite(value)}
    shares = {name: _logistic(value) if scores.trained_on else value for name, value in known.items()}
    return {name: round(min(max(share, 0.0), 1.0), 4) for name, share in shares.items()}


def _logistic(value: float) -> float:
    return 1 / (1 + float(np.exp(-value)))


def _matched(scores_paths: list[Path], probe_paths: list[Path]) -> list[tuple[Scores, Probe]]:
    remedy = "Delete the scores and run the same command again"
    if not scores_paths or len(scores_paths) != len(probe_paths):
        what = f"{len(scores_paths)} score files for {len(probe_paths)} parts"
        raise InputError(what, where="find_moments", remedy="Give one of each per part, in the same order")
    parts = list[tuple[Scores, Probe]]()
    for scores_path, probe_path in zip(scores_paths, probe_paths, strict=True):
        scores, probe = Scores.load(scores_path), Probe.load(probe_path)
        probe.check_duration(scores.duration_seconds, scores_path)
        if parts and scores.scorer != parts[0][0].scorer:
            what = f"made by {scores.scorer!r}, the first part's by {parts[0][0].scorer!r}"
            raise InputError(what, where=scores_path, remedy=remedy)
        parts.append((scores, probe))
    return parts


def _nothing_found(
    spots: Iterable[Iterable[Spot]], scores: Mapping[str, Scores], rules: FindingRules
) -> Notice:
    best = f"{max((spot.score for own in spots for spot in own), default=0.0):.2f}"
    if rules.finds_moments(next(iter(scores.values()))):
        return Notice("below_own_threshold", {"best": best})
    return Notice("below_threshold", {"threshold": f"{rules.threshold:g}", "best": best})
