"""find_moments: all the moments of a game that its reel may be made of, the best first.

Trained scorer: every moment or peak of at least the threshold. Untrained scorer: the best-ranked windows of
the whole game, kept apart. Both: padded, clamped to the part, joined where closer than the merge gap: a shot
and the goal it was are one moment, a goal. Each has an action, which a reel shows before anything else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.excitement import CueConstants
from matchreel.finding import FindingRules, finding_rules, held, ranked, sure_finds
from matchreel.gathering import Gathering, freed, gather
from matchreel.importance import share_of, tier_of
from matchreel.moment_inputs import MomentInputs
from matchreel.moment_rows import ACTION_AFTER_SECONDS, ACTION_BEFORE_SECONDS, Laying, label_of, row_of
from matchreel.notices import Notice
from matchreel.recording_notices import recording_notices
from matchreel.records import Scores
from matchreel.restarts import KICK_OFF, Restarts, restarts_of, with_doubts
from matchreel.screen_goals import ScreenGoal, screen_goals, with_screen_goals, with_unchanged_doubts
from matchreel.spotting import Shape, Spot
from matchreel.strikes import Evidence
from matchreel.untrained import LONGEST_SHARE, SPACING_SHARE, Spacing, enough_of_untrained
from matchreel.untrained_events import UNSURE_SECONDS, Places

log = logging.getLogger("matchreel")


def find_moments(
    *,
    scores_paths: list[Path],
    probe_paths: list[Path],
    cues_paths: list[Path],
    scoreboard_paths: list[Path],
    bursts_paths: list[Path],
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
    loudness_mean_seconds: float,
    break_before_seconds: float,
    break_after_seconds: float,
    slope_mean_seconds: float,
    wide_open_share: float,
    wide_body_share: float,
) -> None:
    """Write the moments of one game as an EditList whose highlights stand best first and do not overlap.

    scores_paths and probe_paths name the same parts in the same order. InputError where they do not match.
    cues_paths: of parts whose goals may be doubted, with what a wide view is (cues.wide_views).
    scoreboard_paths: what the screen said of each part, by which goals are found, named and doubted
    (screen_goals); none: nothing was read. bursts_paths: of the parts, in their order, by which replays are
    told; none: no replay is known.
    """
    rules = finding_rules(
        threshold, spot_threshold, spot_before_seconds, spot_after_seconds, nms, nms_seconds
    )
    seen = MomentInputs.load(scores_paths, probe_paths, cues_paths, scoreboard_paths, bursts_paths)
    shape = Shape(pad_before_seconds, pad_after_seconds, merge_gap_seconds, seen.durations_seconds)
    constants = CueConstants(
        loudness_mean_seconds=loudness_mean_seconds,
        break_before_seconds=break_before_seconds,
        break_after_seconds=break_after_seconds,
        slope_mean_seconds=slope_mean_seconds,
        wide_open_share=wide_open_share,
        wide_body_share=wide_body_share,
    )
    notices = recording_notices(seen.scores, seen.probes)
    if seen.first.trained_on:
        found = _trained(seen, rules, shape, constants)
        if not found:
            notices.append(_nothing_found(seen.scores, rules))
    else:
        spacing = Spacing(min_apart_seconds, SPACING_SHARE)
        found = _untrained(seen, rules, shape, constants, spacing=spacing, max_share=max_share)
    found = with_doubts(found, _restarts(seen, rules, constants))
    EditList(game, seen.first.scorer, seen.first.trained_on, tuple(notices), found).save(moments_path)
    log.info("%s: %d moments to choose from", game, len(found))


@dataclass(frozen=True)
class _Told:
    """The goals that the screen told, and how a clip is laid around one."""

    goals: tuple[ScreenGoal, ...]
    clip: Laying
    durations_seconds: Mapping[str, float]

    @classmethod
    def of(cls, seen: MomentInputs, evidence: Mapping[str, Evidence], rules: FindingRules) -> _Told:
        """Of all parts."""
        clip = Laying(rules.before_seconds, rules.after_seconds, ACTION_BEFORE_SECONDS, ACTION_AFTER_SECONDS)
        goals = [screen_goals(board, evidence[part]) for part, board in seen.boards.items()]
        return cls(tuple(goal for own in goals for goal in own), clip, seen.durations_seconds)

    def added_to(self, rows: Sequence[PlannedHighlight]) -> tuple[PlannedHighlight, ...]:
        """Rows with these goals."""
        return with_screen_goals(rows, self.goals, self.clip, self.durations_seconds)


def _trained(
    seen: MomentInputs, rules: FindingRules, shape: Shape, constants: CueConstants
) -> tuple[PlannedHighlight, ...]:
    """What a trained scorer holds for true, and what the screen says of it."""
    sure = [
        spot for part, own in seen.scores.items() for spot in held(ranked(own, rules, part=part), own, rules)
    ]
    found = moments_of_trained(sure, seen.scores, rules, shape=shape)
    told = _Told.of(seen, seen.evidence(constants) if seen.boards else {}, rules)
    return with_unchanged_doubts(told.added_to(found), seen.boards)


def _untrained(
    seen: MomentInputs,
    rules: FindingRules,
    shape: Shape,
    constants: CueConstants,
    *,
    spacing: Spacing,
    max_share: float,
) -> tuple[PlannedHighlight, ...]:
    """The screen's goals, then what stands out; random windows stay as they are."""
    stands_out = bool(seen.first.curves)
    evidence = seen.evidence(constants) if stands_out or seen.boards else {}
    told = _Told.of(seen, evidence, rules)
    goals = told.added_to(())
    places = (
        Places(evidence, told.clip.unsure(UNSURE_SECONDS), seen.durations_seconds, goals)
        if stands_out
        else None
    )
    return enough_of_untrained(
        seen.scores, max_share, shape=shape, spacing=spacing, sure=goals, places=places
    )


def _restarts(seen: MomentInputs, rules: FindingRules, constants: CueConstants) -> dict[str, Restarts]:
    return {
        part: restarts_of(
            cues,
            _kickoffs(seen.scores[part], rules),
            wide_open_share=constants.wide_open_share,
            wide_body_share=constants.wide_body_share,
        )
        for part, cues in seen.cues.items()
    }


def _kickoffs(scores: Scores, rules: FindingRules) -> list[float] | None:
    """When a part kicks off, as its scorer says; None where it does not spot kick-offs."""
    if KICK_OFF not in scores.classes or not rules.finds_moments(scores):
        return None
    index = scores.classes.index(KICK_OFF)
    return [find.seconds for find in sure_finds(scores, rules) if find.class_index == index]


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
    ordered = sorted(spots, key=lambda spot: (tier_of(label_of(spot, scores)), -spot.rank_score))
    return gather((row_of(spot, scores, shape, is_moment=is_moment) for spot in ordered), gathering)


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
    ordered = sorted(spots, key=lambda spot: -share_of(label_of(spot, scores)) * spot.rank_score)
    beside = {part: [row for row in sure if row.part == part] for part in scores}
    rows = (row_of(spot, scores, shape, is_moment=is_moment) for spot in ordered)
    free = (freed(row, beside[row.part]) for row in rows)
    apart_seconds = 0.0 if is_moment else first.window_seconds
    return gather((row for row in free if row), Gathering(0.0, apart_seconds, 0.0, float("inf")))


def _nothing_found(scores: Mapping[str, Scores], rules: FindingRules) -> Notice:
    spots = [spot for part, own in scores.items() for spot in ranked(own, rules, part=part)]
    best = f"{max((spot.score for spot in spots), default=0.0):.2f}"
    if rules.finds_moments(next(iter(scores.values()))):
        return Notice("below_own_threshold", {"best": best})
    return Notice("below_threshold", {"threshold": f"{rules.threshold:g}", "best": best})
