"""Figures of several scorers under the names of metrics.json, with the differences between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matchreel.evaluation.counts import BEST_POSSIBLE
from matchreel.evaluation.intervals import Figure
from matchreel.evaluation.judge import Judgement

# The untrained scorers: the first is also compared with the second.
REFERENCES = ("excitement", "random")


def named_figures(judged: Sequence[Judgement]) -> dict[str, Figure]:
    """The first scorer's figures by name, the others' with _<scorer> behind, then <name>_minus_<other>.

    Differences are paired: both scorers on the same resamples of games.
    """
    first, *others = judged
    figures = {name: held.figure() for name, held in first.figures.items()}
    for other in others:
        own = {name: other.figures[name].figure() for name in comparable(other.figures)}
        figures |= {f"{name}_{other.scorer}": figure for name, figure in own.items()}
        figures |= {
            f"{name}_minus_{other.scorer}": figure for name, figure in differences(first, other).items()
        }
    untrained = {held.scorer: held for held in others if held.scorer in REFERENCES}
    if set(untrained) == set(REFERENCES):
        found = differences(untrained[REFERENCES[0]], untrained[REFERENCES[1]])
        figures |= {f"{name}_{'_minus_'.join(REFERENCES)}": figure for name, figure in found.items()}
    return dict(sorted(figures.items()))


def differences(first: Judgement, second: Judgement) -> Mapping[str, Figure]:
    """By name the first's figures less the second's, of those that both have."""
    shared = [name for name in comparable(first.figures) if name in second.figures]
    return {name: first.figures[name].minus(second.figures[name]).figure() for name in shared}


def comparable(names: Iterable[str]) -> list[str]:
    """The figures that differ between scorers: not what no scorer can exceed."""
    return [name for name in names if not name.endswith(BEST_POSSIBLE)]


def seen_in_training(judged: Iterable[Judgement], games: Iterable[str]) -> dict[str, list[str]]:
    """Scorer -> those of the judged games that it was trained on; only scorers that have any."""
    held = list(games)
    seen = {one.scorer: [game for game in held if game in one.trained_on] for one in judged}
    return {scorer: found for scorer, found in seen.items() if found}
