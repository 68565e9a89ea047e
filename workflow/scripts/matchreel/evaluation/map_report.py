"""SoccerNet's figures as a table to read and as a JSON file with every one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matchreel.evaluation.average_map import KINDS
from matchreel.evaluation.intervals import QUANTILES, Figure
from matchreel.evaluation.soccernet_map import SoccerNetMap

_NAME_WIDTH = 20


def table_lines(found: SoccerNetMap, *, num_games: int, splits: Sequence[str]) -> list[str]:
    """A row per class and one of the means, in percent; a class without such events shows a dash."""
    rules, figures = found.pool.rules, found.figures
    deltas = ", ".join(f"{delta:g}" for delta in rules.deltas_seconds)
    lines = [
        f"{num_games} games of {' + '.join(splits)}, average over deltas of {deltas} s, in %",
        _line("class", ["events", *KINDS]),
    ]
    for index, label in enumerate(rules.classes):
        cells = [
            _percent(held.class_precisions[index]) if held.num_events[index] else "-"
            for held in figures.values()
        ]
        lines.append(_line(label, [str(figures["all"].num_events[index]), *cells]))
    averages = [_percent(value) for value in found.average_maps.values()]
    return [*lines, _line("average-mAP", [str(figures["all"].num_events.sum()), *averages])]


def interval_line(figure: Figure, *, num_samples: int) -> str:
    """The bootstrap interval of the average-mAP of all events."""
    share = round(100 * (QUANTILES[1] - QUANTILES[0]))
    if math.isnan(figure.low):
        return f"{share} % interval over games: none, one game says nothing about others"
    held = f"{_percent(figure.low)} to {_percent(figure.high)}"
    return f"{share} % interval over games: {held} ({num_samples} resamples)"


def as_json(
    found: SoccerNetMap, *, metric: str, splits: Sequence[str], interval: Figure | None
) -> dict[str, object]:
    """Every figure, in [0, 1]: by kind of event the average, per class, per delta, per delta and class.

    The average of unshown events is multiplied as SoccerNet's evaluator does; nothing else is.
    """
    held: dict[str, object] = {
        "metric": metric,
        "splits": list(splits),
        "num_games": len(found.pool.games),
        "deltas_seconds": list(found.pool.rules.deltas_seconds),
    }
    if interval:
        low, high = (None if math.isnan(value) else value for value in (interval.low, interval.high))
        held["interval"] = {"low": low, "high": high}
    return held | {kind: _kind_json(found, kind) for kind in KINDS}


def _kind_json(found: SoccerNetMap, kind: str) -> dict[str, object]:
    figures, rules = found.figures[kind], found.pool.rules

    def by_class(values: Sequence[float]) -> Mapping[str, float]:
        return dict(zip(rules.classes, map(float, values), strict=True))

    return {
        "average_map": found.average_maps[kind],
        "num_events": dict(zip(rules.classes, map(int, figures.num_events), strict=True)),
        "per_class": by_class(list(figures.class_precisions)),
        "per_delta": [
            {"delta_seconds": delta, "map": float(mean), "per_class": by_class(list(row))}
            for delta, mean, row in zip(
                rules.deltas_seconds, figures.delta_maps, figures.precisions, strict=True
            )
        ],
    }


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{_NAME_WIDTH}}" + "".join(f"{cell:>9}" for cell in cells)


def _percent(value: float) -> str:
    return f"{100 * value:.2f}"
