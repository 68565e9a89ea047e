"""select_highlights: which moments of a game make its reel, from when to when, in which order.

Of the moments that were found, those of play; of these the choice that fits the reel (budget.py). A scorer
without training has no threshold: its reel is also held to a share of the game, and keeps its picks apart.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from matchreel.boundaries import BoundaryRules, with_boundaries
from matchreel.budget import Budget, Choice, choose, in_order, reel_seconds
from matchreel.camera_cuts.record import CameraCuts
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.edits import edited, load_edits
from matchreel.finding import FindingRules, held, ranked
from matchreel.gathering import Gathering, gather
from matchreel.importance import most_important_first
from matchreel.kickoff import check_kickoffs, known_idle
from matchreel.labels import UNNAMED
from matchreel.moments import moments_of_trained, unsure_moments
from matchreel.notices import Notice
from matchreel.play import in_play
from matchreel.recording_notices import damage_notices
from matchreel.records import Probe, Scores
from matchreel.reel_frames import common_rate
from matchreel.reel_length import max_seconds_of
from matchreel.spotting import Shape
from matchreel.timeline import Interval
from matchreel.untrained import SPACING_SHARE, Spacing, moments_of_untrained

log = logging.getLogger("matchreel")


def select_highlights(
    *,
    moments_path: Path,
    probe_paths: list[Path],
    kickoff_paths: list[Path],
    cuts_paths: list[Path],
    edits_path: Path | None,
    plan_path: Path,
    kickoff_seconds: dict[str, float],
    max_duration_seconds: float | str,
    max_share: float,
    min_apart_seconds: float,
    snap_seconds: float,
    replays: int,
    order: str,
    transition: str,
    transition_seconds: float,
    title_card_seconds: float,
) -> None:
    """Write the edit list of one game from its moments.

    kickoff_seconds: part -> kick-off where games.tsv gives it; kickoff_paths: estimates for other parts.
    max_duration_seconds: seconds, or short, medium or long. order: time or importance. transition: cut or
    crossfade. cuts_paths: camera cuts of parts; ends move to them, by at most snap_seconds. replays: how many
    may follow a moment. edits_path: the reel as a person put it together, which then is the edit list.
    """
    probes = [Probe.load(path) for path in probe_paths]
    moments = EditList.load(moments_path, parts=[probe.part for probe in probes])
    lengths = {probe.part: probe.duration_seconds for probe in probes}
    check_kickoffs(kickoff_seconds, lengths)
    max_seconds = max_seconds_of(max_duration_seconds)
    game_seconds = sum(lengths.values())
    if not moments.trained_on:
        max_seconds = min(max_seconds, max_share * game_seconds)
    fade_seconds = transition_seconds if transition == "crossfade" else 0.0
    budget = Budget(max_seconds, fade_seconds, title_card_seconds, common_rate(probes))
    idle = known_idle(kickoff_seconds, kickoff_paths)
    play = in_play(moments.highlights, idle)
    edges = _Edges.load(cuts_paths, probes, idle, snap_seconds=snap_seconds)
    told = (*moments.notices, *damage_notices(edges.damage))
    rows = edges.moved(play.rows, num_replays=0, spare_seconds=float("inf"))
    spacing = None if moments.trained_on else Spacing(min_apart_seconds, SPACING_SHARE)
    apart = _kept_apart(rows, spacing, max_seconds, game_seconds) if rows and spacing else rows
    choice = _choice_on_cuts(apart, edges, budget)
    chosen = sorted(choice.highlights, key=most_important_first)
    moved = edges.moved(chosen, num_replays=replays, spare_seconds=_spare(choice, budget))
    highlights = _with_actions_of(rows, moved)
    notices = [*_dropped(play.num_dropped), *choice.notices(budget), *_missed(moments, choice, max_seconds)]
    plan = replace(
        moments,
        notices=(*told, *notices),
        highlights=in_order(highlights, order),
        left_out=_left_out(rows, highlights),
        budget_seconds=round(max_seconds, 3),
    )
    if edits_path:
        plan = _by_hand(replace(plan, notices=told), edits_path, probes, budget)
    _log(plan, reel_seconds(plan.highlights, budget))
    plan.save(plan_path)


def _left_out(
    rows: Iterable[PlannedHighlight], chosen: Iterable[PlannedHighlight]
) -> tuple[PlannedHighlight, ...]:
    """What was not chosen, the surest first."""
    held = {row.id for row in chosen}
    return tuple(sorted((row for row in rows if row.id not in held), key=lambda row: -row.surety))


def _spare(choice: Choice, budget: Budget) -> float:
    """What a choice leaves of the budget: clips that it trimmed are put on cuts again, and replays follow."""
    spare = budget.max_seconds - reel_seconds(choice.highlights, budget)
    return spare - 2 * budget.frame_seconds * len(choice.highlights)


@dataclass(frozen=True)
class _Edges:
    """What is known of where highlights may begin and end, by part."""

    cuts: Mapping[str, CameraCuts]
    idle: Mapping[str, Sequence[Interval]]
    durations_seconds: Mapping[str, float]
    snap_seconds: float

    @classmethod
    def load(
        cls,
        paths: Iterable[Path],
        probes: Iterable[Probe],
        idle: Mapping[str, Sequence[Interval]],
        *,
        snap_seconds: float,
    ) -> _Edges:
        """Camera cuts from their files, the parts' ends from their probes."""
        cuts = {held.part: held for held in map(CameraCuts.load, paths)}
        return cls(cuts, idle, {probe.part: probe.duration_seconds for probe in probes}, snap_seconds)

    def moved(
        self, rows: Sequence[PlannedHighlight], *, num_replays: int, spare_seconds: float
    ) -> tuple[PlannedHighlight, ...]:
        """Rows, the most important first, with their ends on cuts."""
        return with_boundaries(
            rows,
            cuts=self.cuts,
            durations_seconds=self.durations_seconds,
            idle=self.idle,
            rules=BoundaryRules(self.snap_seconds, num_replays),
            spare_seconds=spare_seconds,
        )

    @property
    def damage(self) -> dict[str, tuple[Interval, ...]]:
        """Where the picture of each part is damaged."""
        return {part: held.damage for part, held in self.cuts.items()}

    def least_on_cuts(self, rows: Sequence[PlannedHighlight]) -> tuple[PlannedHighlight, ...]:
        """Rows whose action reaches out to the nearest cuts: what is trimmed ends there, not amid a view."""
        shown = [
            replace(row, start_seconds=row.action.start_seconds, end_seconds=row.action.end_seconds)
            for row in rows
        ]
        least = self.moved(shown, num_replays=0, spare_seconds=float("inf"))
        return tuple(
            replace(
                row,
                action_start_seconds=max(row.start_seconds, held.start_seconds),
                action_end_seconds=min(row.end_seconds, held.end_seconds),
            )
            for row, held in zip(rows, least, strict=True)
        )


def _choice_on_cuts(rows: Sequence[PlannedHighlight], edges: _Edges, budget: Budget) -> Choice:
    """What is chosen where trimming stops at cuts, unless that costs a moment whose kind is known."""
    choice, tighter = choose(edges.least_on_cuts(rows), budget), choose(rows, budget)
    kept = {row.id for row in choice.highlights}
    lost = [row for row in tighter.highlights if row.id not in kept and row.label not in UNNAMED]
    return tighter if lost or choice.over_seconds else choice


def _with_actions_of(
    rows: Iterable[PlannedHighlight], highlights: Iterable[PlannedHighlight]
) -> tuple[PlannedHighlight, ...]:
    """Highlights with the actions that rows of the same id have."""
    actions = {row.id: row.action for row in rows}
    return tuple(
        replace(
            held,
            action_start_seconds=max(held.start_seconds, actions[held.id].start_seconds),
            action_end_seconds=min(held.end_seconds, actions[held.id].end_seconds),
        )
        for held in highlights
    )


def _log(plan: EditList, lasting_seconds: float) -> None:
    log.info("%s: %d highlights, %.1f s", plan.game, len(plan.highlights), lasting_seconds)


def _by_hand(plan: EditList, edits_path: Path, probes: Sequence[Probe], budget: Budget) -> EditList:
    """What a person made of the edit list."""
    durations = {probe.part: probe.duration_seconds for probe in probes}
    edits = load_edits(edits_path, game=plan.game, duration_seconds=durations)
    log.info("%s: edited by hand in %s", plan.game, edits_path)
    return edited(plan, edits, reel_seconds=reel_seconds(edits.highlights, budget))


def best_reels(
    scores: Mapping[str, Scores],
    rules: FindingRules,
    *,
    shape: Shape,
    budgets_seconds: Sequence[float],
    spacing: Spacing,
) -> list[tuple[PlannedHighlight, ...]]:
    """What fills each budget, chosen as the reel is; what no threshold holds for true fills what is empty."""
    budgets = [Budget(seconds, 0.0, 0.0, None) for seconds in budgets_seconds]
    if not next(iter(scores.values())).trained_on:
        return [untrained_reel(scores, shape=shape, budget=budget, spacing=spacing) for budget in budgets]
    spots = {part: ranked(own, rules, part=part) for part, own in scores.items()}
    sure = [spot for part, own in scores.items() for spot in held(spots[part], own, rules)]
    every = [spot for own in spots.values() for spot in own]
    found = moments_of_trained(sure, scores, rules, shape=shape)
    unsure = unsure_moments(every, scores, rules, shape=shape, sure=found)
    return [choose(found, budget, unsure=unsure).highlights for budget in budgets]


def untrained_reel(
    scores: Mapping[str, Scores], *, shape: Shape, budget: Budget, spacing: Spacing
) -> tuple[PlannedHighlight, ...]:
    """What an untrained scorer's windows fill a budget with, kept as far apart as it asks for."""
    distance = spacing.seconds(
        reel_seconds=budget.max_seconds,
        game_seconds=sum(shape.duration_seconds.values()),
        pick_seconds=next(iter(scores.values())).window_seconds,
    )
    found = moments_of_untrained(
        scores, shape=shape, distances_seconds=[distance], enough_seconds=2 * budget.max_seconds
    )
    return choose(found, budget).highlights


def _kept_apart(
    rows: Sequence[PlannedHighlight], spacing: Spacing, reel_seconds: float, game_seconds: float
) -> tuple[PlannedHighlight, ...]:
    """Of rows, best first, those that keep the distance that this reel asks for."""
    distance = spacing.seconds(
        reel_seconds=reel_seconds,
        game_seconds=game_seconds,
        pick_seconds=median(row.interval.duration_seconds for row in rows),
    )
    return gather(rows, Gathering(0.0, distance, 0.0, float("inf")))


def _dropped(num_dropped: int) -> list[Notice]:
    return [Notice("not_in_play", {"count": num_dropped})] if num_dropped else []


def _missed(moments: EditList, choice: Choice, max_seconds: float) -> list[Notice]:
    """Without training there is always more: only what was found for sure is missed."""
    if not (moments.trained_on and choice.left_out and choice.highlights):
        return []
    return [Notice("weaker_left_out", {"count": len(choice.left_out), "limit": f"{max_seconds:g}"})]
