"""evaluate: every compared scorer against the labels of the same games, in numbers with intervals."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchreel.errors import InputError
from matchreel.evaluation.clips import clips_by_part
from matchreel.evaluation.comparison import named_figures, seen_in_training
from matchreel.evaluation.counts import BEST_POSSIBLE, Rules, share_name
from matchreel.evaluation.intervals import Bootstrap, Figure
from matchreel.evaluation.judge import Judgement, JudgeRules, LabelledGame, ScorerTally
from matchreel.evaluation.page import PageFacts, page_html
from matchreel.evaluation.reels import ReelRules
from matchreel.evaluation.reports import write_metrics, write_plot, write_table
from matchreel.evaluation.resamples import save_resamples
from matchreel.events import check_inside, load_events
from matchreel.finding import finding_rules
from matchreel.provenance import written_whole
from matchreel.records import Probe, Scores

log = logging.getLogger("matchreel")


def evaluate(
    *,
    scorers: list[str],
    games: dict[str, list[str]],
    scores_paths: list[Path],
    probe_paths: list[Path],
    labels_paths: list[Path],
    clips_paths: list[Path],
    metrics_path: Path,
    table_path: Path,
    plot_path: Path,
    page_path: Path,
    resamples_path: Path,
    seed: int,
    classes: list[str],
    threshold: float,
    spot_threshold: str | float,
    spot_before_seconds: float,
    spot_after_seconds: float,
    nms: str,
    nms_seconds: float,
    calibration_seconds: float,
    min_apart_seconds: float,
    merge_gap_seconds: float,
    pad_before_seconds: float,
    pad_after_seconds: float,
    tolerances_seconds: list[float],
    time_share: float,
    reel_minutes: list[float],
    bootstrap_samples: int,
) -> None:
    """Judge the first of scorers beside the others; write metrics.json, table, plot, page and resamples.

    games: game -> its parts. scores_paths: for every scorer, game and part in that order. labels_paths: one
    per game. probe_paths and clips_paths (may be empty) hold any parts. Raises InputError where a part has
    no probe or an event lies beyond its part.
    """
    given = locals()
    finding = finding_rules(
        threshold, spot_threshold, spot_before_seconds, spot_after_seconds, nms, nms_seconds
    )
    counts = Rules(finding, time_share, tuple(tolerances_seconds), tuple(classes))
    reel = ReelRules(
        tuple(reel_minutes), min_apart_seconds, merge_gap_seconds, pad_before_seconds, pad_after_seconds
    )
    rules = JudgeRules(counts, reel, calibration_seconds)
    labelled = _labelled_games(games, probe_paths, labels_paths, clips_paths)
    bootstrap = Bootstrap(list(games), num_samples=bootstrap_samples, seed=seed)
    judged = list(_judged(scorers, labelled, scores_paths, rules, bootstrap))
    _write(_Outputs(**{name: given[name] for name in _Outputs.__dataclass_fields__}), judged, labelled, rules)


@dataclass(frozen=True)
class _Outputs:
    """Where the results go."""

    metrics_path: Path
    table_path: Path
    plot_path: Path
    page_path: Path
    resamples_path: Path


def _labelled_games(
    games: Mapping[str, Sequence[str]],
    probe_paths: Iterable[Path],
    labels_paths: Sequence[Path],
    clips_paths: Iterable[Path],
) -> list[LabelledGame]:
    durations = _durations(probe_paths)
    clips = clips_by_part(clips_paths)
    labelled = []
    for (game, parts), labels_path in zip(games.items(), labels_paths, strict=True):
        events = {part: load_events(labels_path, part=part) for part in parts}
        for part, held in events.items():
            if (game, part) not in durations:
                what = f"part {part} of {game} has no probe"
                raise InputError(what, where="evaluate", remedy="Give its probe")
            check_inside(held, duration_seconds=durations[game, part], labels_path=labels_path)
        own_clips = {part: clips[game, part] for part in parts if (game, part) in clips}
        labelled.append(LabelledGame(game, events, own_clips))
    return labelled


def _durations(probe_paths: Iterable[Path]) -> dict[tuple[str, str], float]:
    probes = [Probe.load(path) for path in probe_paths]
    return {(probe.game, probe.part): probe.duration_seconds for probe in probes}


def _judged(
    scorers: Sequence[str],
    games: Sequence[LabelledGame],
    scores_paths: Sequence[Path],
    rules: JudgeRules,
    bootstrap: Bootstrap,
) -> Iterable[Judgement]:
    wanted = [(scorer, game, part) for scorer in scorers for game in games for part in game.events]
    paths = {
        (scorer, game.game, part): path
        for (scorer, game, part), path in zip(wanted, scores_paths, strict=True)
    }
    for scorer in scorers:
        tally = ScorerTally(scorer, rules)
        for game in games:
            scores = {part: Scores.load(paths[scorer, game.game, part]) for part in game.events}
            tally.add(game, scores)
        yield tally.judgement(bootstrap)


def _write(
    outputs: _Outputs, judged: Sequence[Judgement], games: Sequence[LabelledGame], rules: JudgeRules
) -> None:
    totals = {one.scorer: {name: held.figure() for name, held in one.figures.items()} for one in judged}
    title = f"{len(games)} games"
    write_table(outputs.table_path, totals, {one.scorer: one.counts for one in judged})
    write_plot(outputs.plot_path, totals, names=_plotted(rules.counts), title=title)
    save_resamples(outputs.resamples_path, {one.scorer: one.figures for one in judged})
    seen = seen_in_training(judged, [game.game for game in games])
    facts = PageFacts(tuple(judged), tuple(games), rules, seen)
    with written_whole(outputs.page_path) as temporary:
        temporary.write_text(page_html(facts), encoding="utf-8")
    figures = named_figures(judged)
    write_metrics(outputs.metrics_path, figures)
    _say(judged, figures, totals, rules.counts, seen)


def _plotted(rules: Rules) -> list[str]:
    widest = max(rules.tolerances_seconds)
    names = [f"event_{name}_within_{widest:g}s" for name in ("recall", "precision", "f1")]
    return [share_name(rules), *names, "league_average_map_tight", "league_average_map_loose"]


def _say(
    judged: Sequence[Judgement],
    figures: Mapping[str, Figure],
    totals: Mapping[str, Mapping[str, Figure]],
    rules: Rules,
    seen: Mapping[str, Any],
) -> None:
    scorer, name = judged[0].scorer, share_name(rules)
    for name_shown, words in (
        (name, f"event recall at {rules.time_share * 100:g} % of the time"),
        ("league_average_map_tight", "tight average-mAP"),
    ):
        shown = ", ".join(f"{other} {held[name_shown].value:.2f}" for other, held in totals.items())
        log.info("%s: %s", words, shown)
    log.info("no scorer can exceed an event recall of %.2f", totals[scorer][name + BEST_POSSIBLE].value)
    for other, held in seen.items():
        log.warning("%s was trained on judged games, its figures are too good: %s", other, ", ".join(held))
    for other, figure in figures.items():
        log.debug(
            "%s: %s %.4f [%.4f, %.4f] n=%d", scorer, other, figure.value, figure.low, figure.high, figure.n
        )
