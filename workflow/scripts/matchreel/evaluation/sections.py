"""The sections of an evaluation's page: each a word on what is asked, a plot or none, and tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from matchreel.evaluation.calibration import LEAST_CONFIDENCE, NUM_BINS, Reliability
from matchreel.evaluation.comparison import comparable, differences
from matchreel.evaluation.counts import share_name
from matchreel.evaluation.intervals import Figure
from matchreel.evaluation.judge import CALIBRATION_ERROR, Judgement, JudgeRules, LabelledGame
from matchreel.evaluation.markup import MISSING, Table, breakable, figure_cell, number_text
from matchreel.evaluation.markup import section as section_of
from matchreel.evaluation.plots import Series, bars_svg, colour_of, curves_svg, reliability_svg
from matchreel.evaluation.reels import CURVE_SHARES, minutes_recall_name, share_recall_name
from matchreel.labels import slug_of

_METRICS = ("loose", "tight")


@dataclass(frozen=True)
class PageFacts:
    """What the page shows: the judged scorer first of judged; seen: by scorer, judged games it trained on."""

    judged: tuple[Judgement, ...]
    games: tuple[LabelledGame, ...]
    rules: JudgeRules
    seen: Mapping[str, Sequence[str]]

    @property
    def scorer(self) -> str:
        """The scorer that the page is about."""
        return self.judged[0].scorer


def detection(facts: PageFacts) -> str:
    """Average-mAP: bars, table, differences."""
    names = {f"{kind}, {metric}": f"league_{stem}average_map_{metric}"
             for kind, stem in (("By class", ""), ("Any class", "moment_"))
             for metric in _METRICS}  # fmt: skip
    series = [Series(one.scorer, [_figure(one, name) for name in names.values()]) for one in facts.judged]
    svg = bars_svg(
        [name.replace(", ", ",\n") for name in names], series, name="map",
        words="Bars of average-mAP per scorer; the table beside holds the same figures",
    )  # fmt: skip
    told = (
        "<p><strong>Average-mAP</strong> asks what happens when, over all thresholds at once. Loose: a spot "
        "may lie up to 2.5 to 30 s from its event; tight: up to 0.5 to 2.5 s. “Any class” takes all classes "
        "as one. A scorer that cannot name what it finds has each find counted for every class.</p>"
    )
    own = _table(facts, "Average-mAP in %", list(names), list(names.values()))
    less = _difference_table(facts, "average-mAP, points", list(names), list(names.values()))
    return section_of("detection", "Detection", told, _beside(svg, own), less)


def by_class(facts: PageFacts) -> str:
    """Average precision of every class."""
    classes = facts.rules.counts.classes
    names = [
        f"league_average_precision_{metric}_{slug_of(label).replace('-', '_')}"
        for metric in _METRICS
        for label in classes
    ]
    groups = [(metric.capitalize(), len(classes)) for metric in _METRICS]
    table = _table(facts, "Average precision by class in %", [*classes, *classes], names, groups=groups)
    return section_of("classes", "Class by class", table)


def highlights(facts: PageFacts) -> str:
    """Precision, recall, F1 and false alarms of what each scorer would show."""
    kinds = {"Precision": "precision", "Recall": "recall", "F1": "f1"}
    share = facts.rules.counts.time_share * 100
    tables = []
    for tolerance in facts.rules.counts.tolerances_seconds:
        within = f"within_{tolerance:g}s"
        names = [*(f"event_{kind}_{within}" for kind in kinds.values()), f"false_alarms_per_match_{within}"]
        caption = f"Highlights within {tolerance:g} s of an event, in %; false alarms per 90 minutes"
        tables.append(_table(facts, caption, [*kinds, "False alarms"], names))
    told = (
        f"<p>What each scorer would show: a trained one everything from its own threshold on, an untrained "
        f"one its best {share:g} % of the time. Each event counts once.</p>"
    )
    return section_of("highlights", "Highlights at the threshold", told, *tables)


def reels(facts: PageFacts) -> str:
    """Recall against the length of the reel: curves and tables."""
    names = [share_recall_name(share) for share in CURVE_SHARES]
    series = [Series(one.scorer, [_figure(one, name) for name in names]) for one in facts.judged]
    svg = curves_svg(
        CURVE_SHARES, series, name="reels",
        words="Curves of recall over the share of the time kept; the table beside holds the same figures",
    )  # fmt: skip
    own = _table(facts, "Events in a reel of this share of the time, in %",
                 [f"{share * 100:g} %" for share in CURVE_SHARES], names)  # fmt: skip
    minutes = [
        value for value in facts.rules.reel.minutes
        if any(minutes_recall_name(value) in one.figures for one in facts.judged)
    ]  # fmt: skip
    by_minutes = _table(
        facts, "Events in a reel of this length, in %", [f"{value:g} min" for value in minutes],
        [minutes_recall_name(value) for value in minutes],
    )  # fmt: skip
    told = (
        "<p>The reel of a whole game, filled with the best moments as the reel itself is chosen, thresholds "
        "ignored. Games shorter than twice a reel are left out of its figure"
        f"{'' if minutes else ': here all are, so only shares of the time are shown'}.</p>"
    )
    tables = own + (by_minutes if minutes else "")
    return section_of("reels", "Recall against the reel’s length", told, _beside(svg, tables))


def calibration(facts: PageFacts) -> str:
    """Whether trained scorers are right as often as they are sure; empty where none is trained."""
    held = {index: (one.scorer, one.reliability) for index, one in enumerate(facts.judged) if one.reliability}
    if not held:
        return ""
    svg = reliability_svg(
        held, name="reliability",
        words="Share of hits over confidence; the table beside holds the same figures",
    )  # fmt: skip
    told = (
        f"<p>Of the finds that a scorer gives a confidence of, say, 70 %, are 70 % right? Right is the "
        f"surest find within {facts.rules.calibration_seconds:g} s of an event of its class. Finds below "
        f"{100 * LEAST_CONFIDENCE:g} % claim nothing and are left out. The expected calibration error is the "
        "mean distance between confidence and hits.</p>"
    )
    errors = _table(facts, "Expected calibration error, points", ["Error"], [CALIBRATION_ERROR],
                    only=[scorer for scorer, _ in held.values()])  # fmt: skip
    return section_of("calibration", "Calibration", told, _beside(svg, errors + _bins(list(held.values()))))


def _bins(held: Sequence[tuple[str, Reliability]]) -> str:
    """A row per bin that any scorer fills, three columns per scorer."""

    def cells(found: Reliability, index: int) -> list[str]:
        if not found.num_finds[index]:
            return [MISSING] * len(columns)
        shares = (found.mean_confidences[index], found.hit_shares[index])
        return [f"<td>{text}</td>" for text in (*map(number_text, shares), int(found.num_finds[index]))]

    columns = ["Confidence", "Hits", "Finds"]
    rows = {
        f"{100 * index // NUM_BINS} to {100 * (index + 1) // NUM_BINS} %": [
            cell for _, found in held for cell in cells(found, index)
        ]
        for index in range(NUM_BINS)
        if any(found.num_finds[index] for _, found in held)
    }
    groups = [(scorer, len(columns)) for scorer, _ in held]
    return Table(
        "Mean confidence and hits in %, by confidence", "Bin", columns * len(held), rows, groups
    ).html()


def others(facts: PageFacts) -> str:
    """Recall at the configured share of the time, by class, and what else is counted."""
    share = share_name(facts.rules.counts)
    classes = facts.rules.counts.classes
    names = [share, *(f"{share}_{label.lower().replace(' ', '_')}" for label in classes)]
    time = f"{facts.rules.counts.time_share * 100:g} % of the time"
    recall = _table(facts, f"Events inside the best {time} of each part, in %", ["All", *classes], names)
    rest = {
        "Events in its highlights": "event_recall_in_highlights",
        "Time kept": "time_share_kept",
        "Clips told apart": "clip_accuracy",
    }
    most = _figure(facts.judged[0], f"{share}_best_possible")
    told = (
        f"<p>Windows of {escape(facts.scorer)}’s length cannot hold more than {number_text(most.value)} % "
        f"of the events in {time}.</p>"
        if most
        else ""
    )
    others_table = _table(facts, "At the threshold, in %", list(rest), list(rest.values()))
    less = _difference_table(facts, f"recall at {time}, points", ["All", *classes], names)
    return section_of("others", "Other figures", told, recall, others_table, less)


def _beside(svg: str, tables: str) -> str:
    return f'<div class="beside"><div class="plot">{svg}</div><div>{tables}</div></div>'


def _table(
    facts: PageFacts,
    caption: str,
    columns: Sequence[str],
    names: Sequence[str],
    *,
    groups: Sequence[tuple[str, int]] = (),
    only: Sequence[str] | None = None,
) -> str:
    """A row per scorer and a column per figure."""

    def cells(one: Judgement) -> list[str]:
        return [
            figure_cell(_figure(one, name), is_percent=not name.startswith("false_alarms")) for name in names
        ]

    chosen = _chosen(facts, lambda one: only is None or one.scorer in only)
    rows = {scorer_name(index, one): cells(one) for index, one in chosen}
    return Table(caption, "Scorer", columns, rows, groups).html()


def _difference_table(facts: PageFacts, what: str, columns: Sequence[str], names: Sequence[str]) -> str:
    """A row per other scorer: the judged one less that one, on the same resamples."""
    rows = {}
    for index, other in _chosen(facts, lambda one: one is not facts.judged[0]):
        found = differences(facts.judged[0], other)
        rows[f"less {scorer_name(index, other)}"] = [
            figure_cell(found.get(name), is_difference=True) if name in comparable([name]) else MISSING
            for name in names
        ]
    caption = f"{facts.scorer} less the others: {what}. ★ the interval does not hold 0"
    return Table(caption, facts.scorer, columns, rows).html() if rows else ""


def _chosen(facts: PageFacts, wanted: Callable[[Judgement], bool]) -> list[tuple[int, Judgement]]:
    return [(index, one) for index, one in enumerate(facts.judged) if wanted(one)]


def _figure(one: Judgement, name: str) -> Figure | None:
    return one.figures[name].figure() if name in one.figures else None


def scorer_name(index: int, one: Judgement) -> str:
    """A scorer's name as HTML, with the colour that it has in the plots."""
    return f'<span class="name" style="--key:{colour_of(index)}">{breakable(one.scorer)}</span>'
