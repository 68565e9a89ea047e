"""select_highlights: which moments of a game make its reel, from when to when.

Trained scorer: every peak of at least the threshold; its window is the highlight, so that a long run of
high windows gives one clip around its best moment, and two only where it has two peaks. Untrained scorer:
the best-ranked windows of the whole game, kept apart, as many as the budget of time holds.
Both: padded, clamped to the part, joined where closer than the merge gap, never over the reel's length.
A scorer that finds moments (a spotter) gives the time around each; what joins is named after its goal or
penalty where it holds one, so that a shot and the goal it was are one highlight, a goal.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.finding import FindingRules, finding_rules, held, ranked
from matchreel.labels import LABELS, MOMENT, keep_share_of
from matchreel.records import Probe, Scores
from matchreel.spotting import Shape, Spot, ranked_spots, within_budget
from matchreel.timeline import Interval

log = logging.getLogger("matchreel")

# Scores and probe of a part may differ by so much: the last grid step.
_DURATION_SLACK_SECONDS = 1.0
# Untrained picks keep at most this share of the time that one pick has on average.
SPACING_SHARE = 1 / 3
# Labels that broadcasters keep at least so often name a highlight whatever else is in it.
NAMING_SHARE = 0.9


def select_highlights(
    *,
    scores_paths: list[Path],
    probe_paths: list[Path],
    plan_path: Path,
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
    max_duration_seconds: float,
) -> None:
    """Write the edit list (records.EditList) of one game in the order of its parts and time.

    scores_paths and probe_paths name the same parts in the same order. InputError where they do not match.
    """
    rules = finding_rules(
        threshold, spot_threshold, spot_before_seconds, spot_after_seconds, nms, nms_seconds
    )
    parts = _matched(scores_paths, probe_paths)
    scores = {probe.part: held for held, probe in parts}
    probes = {probe.part: probe for _, probe in parts}
    shape = Shape(
        pad_before_seconds,
        pad_after_seconds,
        merge_gap_seconds,
        {part: probe.duration_seconds for part, probe in probes.items()},
    )
    first = parts[0][0]
    warnings = _modality_warnings(scores, probes)
    if first.trained_on:
        chosen, said = _picks_of_trained(scores, rules, shape, max_duration_seconds)
        warnings += said
    else:
        total_seconds = sum(shape.duration_seconds.values())
        budget_seconds = min(max_duration_seconds, max_share * total_seconds)
        chosen = picks_of_untrained(
            scores,
            shape=shape,
            budget_seconds=budget_seconds,
            min_apart_seconds=min_apart_seconds,
            spacing_share=SPACING_SHARE,
        )
        if not chosen:
            warnings.append(f"no highlight: there is room for only {budget_seconds:.1f} s")
    plan = EditList(
        game, first.scorer, first.trained_on, tuple(warnings), tuple(_planned(chosen, scores, shape))
    )
    log.info("%s: %d highlights, %.1f s", game, len(plan.highlights), shape.total_seconds(chosen))
    plan.save(plan_path)


def best_first(spots: Iterable[Spot]) -> list[Spot]:
    """Spots of all parts, each part's ranked, best first; of equal ones the earlier part's."""
    return sorted(spots, key=lambda spot: -spot.rank_score)  # stable: parts and their ranking stay in order


def picks_of_untrained(
    scores: dict[str, Scores],
    *,
    shape: Shape,
    budget_seconds: float,
    min_apart_seconds: float,
    spacing_share: float,
) -> list[Spot]:
    """The best-ranked windows of all parts that fit the budget, kept apart.

    They start at least min_apart_seconds apart; in a recording that is short for its reel, spacing_share of
    the time that each pick has on average (with a third: 45 s for 5 minutes out of a 45-minute half, 25 s for
    1 minute out of 5), but never less than a window.
    """
    window_seconds = next(iter(scores.values())).window_seconds
    num_picks = max(1, int(budget_seconds / window_seconds))
    each_seconds = sum(shape.duration_seconds.values()) / num_picks
    distance = max(window_seconds, min(min_apart_seconds, spacing_share * each_seconds))
    return within_budget(
        best_first(spot for part, own in scores.items() for spot in ranked_spots(own, part=part)),
        budget_seconds=budget_seconds,
        min_apart_seconds=distance,
        shape=shape,
    )


def best_picks(
    scores: dict[str, Scores],
    rules: FindingRules,
    *,
    shape: Shape,
    budgets_seconds: Sequence[float],
    min_apart_seconds: float,
) -> list[list[Spot]]:
    """What fills each budget of reel, chosen as the reel is, with every threshold ignored."""
    if next(iter(scores.values())).trained_on:
        every = best_first(spot for part, own in scores.items() for spot in ranked(own, rules, part=part))
        return [_fitting(every, scores, rules, shape, budget) for budget in budgets_seconds]
    return [
        picks_of_untrained(
            scores,
            shape=shape,
            budget_seconds=budget,
            min_apart_seconds=min_apart_seconds,
            spacing_share=SPACING_SHARE,
        )
        for budget in budgets_seconds
    ]


def _picks_of_trained(
    scores: dict[str, Scores], rules: FindingRules, shape: Shape, budget_seconds: float
) -> tuple[list[Spot], list[str]]:
    """What is held for true and fits the budget, and what to tell the viewer."""
    spots = {part: ranked(own, rules, part=part) for part, own in scores.items()}
    candidates = [spot for part, own in scores.items() for spot in held(spots[part], own, rules)]
    chosen = _fitting(best_first(candidates), scores, rules, shape, budget_seconds)
    moments = rules.finds_moments(next(iter(scores.values())))
    every = chain.from_iterable(spots.values())
    return chosen, _threshold_warnings(every, candidates, chosen, rules, budget_seconds, moments=moments)


def _fitting(
    candidates: Iterable[Spot],
    scores: dict[str, Scores],
    rules: FindingRules,
    shape: Shape,
    budget_seconds: float,
) -> list[Spot]:
    """A trained scorer's spots, given best first, as many as the budget holds."""
    first = next(iter(scores.values()))
    # Moments may lie close to each other (a penalty and its goal): they join. Windows do not overlap.
    apart_seconds = 0.0 if rules.finds_moments(first) else first.window_seconds
    return within_budget(
        candidates,
        budget_seconds=budget_seconds,
        min_apart_seconds=apart_seconds,
        shape=shape,
    )


def _matched(scores_paths: list[Path], probe_paths: list[Path]) -> list[tuple[Scores, Probe]]:
    remedy = "Delete the scores and run the same command again"
    if not scores_paths or len(scores_paths) != len(probe_paths):
        what = f"{len(scores_paths)} score files for {len(probe_paths)} parts"
        raise InputError(
            what, where="select_highlights", remedy="Give one of each per part, in the same order"
        )
    parts = list[tuple[Scores, Probe]]()
    for scores_path, probe_path in zip(scores_paths, probe_paths, strict=True):
        scores, probe = Scores.load(scores_path), Probe.load(probe_path)
        if abs(scores.duration_seconds - probe.duration_seconds) > _DURATION_SLACK_SECONDS:
            lengths = f"{scores.duration_seconds:.1f} s, the part lasts {probe.duration_seconds:.1f} s"
            what = f"these scores are of {lengths}"
            raise InputError(what, where=scores_path, remedy=remedy)
        if parts and scores.scorer != parts[0][0].scorer:
            what = f"made by {scores.scorer!r}, the first part's by {parts[0][0].scorer!r}"
            raise InputError(what, where=scores_path, remedy=remedy)
        parts.append((scores, probe))
    return parts


def _planned(chosen: list[Spot], scores: dict[str, Scores], shape: Shape) -> list[PlannedHighlight]:
    rows = []
    for part, interval in shape.joined(chosen):
        inside = [spot for spot in chosen if spot.part == part and interval.overlaps(shape.interval_of(spot))]
        rows.append(_row(_leading(inside, scores[part]), interval, scores[part]))
    return rows


def _leading(spots: list[Spot], scores: Scores) -> Spot:
    """The spot that a highlight is named after: a goal before a penalty before the surest of the rest."""

    def rank(spot: Spot) -> tuple[float, float]:
        share = keep_share_of(scores.classes[spot.class_index])
        return (share if share >= NAMING_SHARE else 0.0), spot.score

    return max(spots, key=rank)


def _row(best: Spot, interval: Interval, scores: Scores) -> PlannedHighlight:
    label = scores.classes[best.class_index]
    return PlannedHighlight(
        part=best.part,
        start_seconds=round(interval.start_seconds, 6),
        end_seconds=round(interval.end_seconds, 6),
        event_seconds=round(best.event_seconds, 3) if scores.trained_on else None,
        label=label if label in LABELS else MOMENT,
        score=round(best.score, 4),
        why={name: _why(scores, name, best.window_index) for name in scores.curves},
    )


def _why(scores: Scores, name: str, window_index: int) -> float:
    """A cue's share in [0, 1]: a trained scorer's curves are logits, an untrained one's are ranks."""
    value = float(scores.curves[name][window_index])
    share = 1 / (1 + float(np.exp(-value))) if scores.trained_on else value
    return round(min(max(share, 0.0), 1.0), 4)


def _modality_warnings(scores: dict[str, Scores], probes: dict[str, Probe]) -> list[str]:
    warnings = []
    for part, probe in probes.items():
        held = scores[part]
        if held.scorer == "random":
            continue
        silent = probe.audio is None or (held.scorer == "excitement" and "loudness" not in held.curves)
        blind = probe.video is None or (
            held.scorer == "excitement" and not {"break", "slope"} & set(held.curves)
        )
        if silent:
            warnings.append(f"no sound in part {part}: judged by picture alone")
        if blind:
            warnings.append(f"no picture of play in part {part}: judged by sound alone")
    return warnings


def _threshold_warnings(
    spots: Iterable[Spot],
    candidates: list[Spot],
    chosen: list[Spot],
    rules: FindingRules,
    budget: float,
    *,
    moments: bool,
) -> list[str]:
    if not candidates:
        best = max((spot.score for spot in spots), default=0.0)
        threshold = "its class's threshold" if moments else f"the threshold {rules.threshold:g}"
        return [f"no highlight: nothing reaches {threshold} (the best moment scores {best:.2f})"]
    left_out = sum(not any(_covers(pick, spot) for pick in chosen) for spot in candidates)
    return [f"{left_out} weaker moments left out: the reel is limited to {budget:g} s"] if left_out else []


def _covers(pick: Spot, spot: Spot) -> bool:
    return pick.part == spot.part and pick.interval.overlaps(spot.interval)
