"""evaluate: every compared scorer against the labels of the same games, in numbers with intervals."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from matchreel.errors import InputError
from matchreel.evaluation.clips import clips_by_part
from matchreel.evaluation.counts import BEST_POSSIBLE, Rules, part_counts, share_name
from matchreel.evaluation.intervals import Bootstrap, Figure
from matchreel.evaluation.ratios import Ratio
from matchreel.evaluation.reports import write_metrics, write_plot, write_table
from matchreel.events import check_inside, load_events
from matchreel.finding import finding_rules
from matchreel.records import Probe, Scores

log = logging.getLogger("matchreel")

# What every scorer is compared with; a trained one with the untrained, that with random windows.
REFERENCES = ("excitement", "random")
Counts = dict[str, dict[str, dict[str, Ratio]]]  # scorer -> metric -> game -> counts


def evaluate(
    *,
    scorer: str,
    scores_paths: list[Path],
    probe_paths: list[Path],
    labels_paths: list[Path],
    clips_paths: list[Path],
    metrics_path: Path,
    table_path: Path,
    plot_path: Path,
    rows: list[dict[str, str]],
    seed: int,
    classes: list[str],
    threshold: float,
    spot_threshold: str | float,
    spot_before_seconds: float,
    spot_after_seconds: float,
    nms: str,
    nms_seconds: float,
    tolerances_seconds: list[float],
    time_share: float,
    bootstrap_samples: int,
) -> None:
    """Write metrics.json, table.csv and plot.svg of `scorer`, with the untrained ones beside it.

    rows says of each of scores_paths its scorer, game and part. labels_paths has one file per game, in the
    order in which games first stand in rows. probe_paths and clips_paths (may be empty) hold any parts.
    Raises InputError where a part has no probe or an event lies beyond its part.
    """
    finding = finding_rules(
        threshold, spot_threshold, spot_before_seconds, spot_after_seconds, nms, nms_seconds
    )
    rules = Rules(finding, time_share, tuple(tolerances_seconds), tuple(classes))
    games = list(dict.fromkeys(row["game"] for row in rows))
    labels = dict(zip(games, labels_paths, strict=True))
    durations = _durations(probe_paths)
    clips = clips_by_part(clips_paths)
    counts: Counts = {}
    for row, scores_path in zip(rows, scores_paths, strict=True):
        key = (row["game"], row["part"])
        if key not in durations:
            raise InputError(
                f"part {key[1]} of {key[0]} has no probe", where=scores_path, remedy="Give its probe"
            )
        events = load_events(labels[row["game"]], part=row["part"])
        check_inside(events, duration_seconds=durations[key], labels_path=labels[row["game"]])
        scores = Scores.load(scores_path)
        found = part_counts(scores, events, clips.get(key), rules, part=row["part"])
        _add(counts.setdefault(row["scorer"], {}), row["game"], found)
    bootstrap = Bootstrap(games, num_samples=bootstrap_samples, seed=seed)
    totals = {name: _totals(metrics, bootstrap) for name, metrics in counts.items()}
    write_table(table_path, totals, counts)
    write_plot(plot_path, totals, names=_plotted(rules), title=f"{len(games)} games")
    figures = _named_figures(scorer, totals, counts, bootstrap)
    write_metrics(metrics_path, figures)
    _say(scorer, figures, totals, rules)


def _durations(probe_paths: Iterable[Path]) -> dict[tuple[str, str], float]:
    probes = [Probe.load(path) for path in probe_paths]
    return {(probe.game, probe.part): probe.duration_seconds for probe in probes}


def _add(metrics: dict[str, dict[str, Ratio]], game: str, found: Mapping[str, Ratio]) -> None:
    for name, ratio in found.items():
        of_games = metrics.setdefault(name, {})
        of_games[game] = of_games[game] + ratio if game in of_games else ratio


def _totals(metrics: Mapping[str, Mapping[str, Ratio]], bootstrap: Bootstrap) -> dict[str, Figure]:
    return {name: bootstrap.figure(games) for name, games in metrics.items()}


def _named_figures(
    scorer: str, totals: Mapping[str, Mapping[str, Figure]], counts: Counts, bootstrap: Bootstrap
) -> dict[str, Figure]:
    """The scorer's own figures by their names, the references' with _<scorer> behind, then differences."""
    figures = dict(totals[scorer])
    for other in REFERENCES:
        if other in totals and other != scorer:
            figures |= {f"{name}_{other}": totals[other][name] for name in _compared(totals[other])}
    for first, second in ((scorer, "excitement"), (scorer, "random"), REFERENCES):
        if first == second or not {first, second} <= set(counts):
            continue
        prefix = "" if first == scorer else f"_{first}"
        for name in _compared(counts[first].keys() & counts[second].keys()):
            figures[f"{name}{prefix}_minus_{second}"] = bootstrap.difference(
                counts[first][name], counts[second][name]
            )
    return dict(sorted(figures.items()))


def _compared(names: Iterable[str]) -> list[str]:
    """The figures that differ between scorers: not what no scorer can exceed."""
    return [name for name in names if not name.endswith(BEST_POSSIBLE)]


def _plotted(rules: Rules) -> list[str]:
    widest = max(rules.tolerances_seconds)
    names = [f"event_{name}_within_{widest:g}s" for name in ("recall", "precision", "f1")]
    return [share_name(rules), *names, "time_share_kept", "clip_accuracy"]


def _say(
    scorer: str, figures: Mapping[str, Figure], totals: Mapping[str, Mapping[str, Figure]], rules: Rules
) -> None:
    name = share_name(rules)
    shown = ", ".join(f"{other} {held[name].value:.2f}" for other, held in totals.items())
    most = totals[scorer][name + BEST_POSSIBLE].value
    log.info("event recall at %g %% of the time: %s (at most %.2f)", rules.time_share * 100, shown, most)
    for other, figure in figures.items():
        log.debug(
            "%s: %s %.4f [%.4f, %.4f] n=%d", scorer, other, figure.value, figure.low, figure.high, figure.n
        )
