"""All that is found out about one scorer on labelled games, each figure with its resamples of games."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from matchreel.decoding import Decoding, decode
from matchreel.evaluation.calibration import BinCounts, Reliability, bin_counts, reliability
from matchreel.evaluation.counts import Rules, part_counts
from matchreel.evaluation.intervals import Bootstrap, Sampled
from matchreel.evaluation.league import JudgedPart, league_figures
from matchreel.evaluation.ratios import Ratio
from matchreel.evaluation.reels import ReelRules, reel_counts
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.events import Event
from matchreel.labels import LABELS, MOMENT
from matchreel.records import Scores

# Events that the broadcast does not show cannot be found: no figure asks for them.
KIND = "visible"
CALIBRATION_ERROR = "expected_calibration_error"


@dataclass(frozen=True)
class JudgeRules:
    """How scores become spots and a reel, and how both are compared with labels.

    calibration_seconds: how near a find must lie to an event to be right.
    """

    counts: Rules
    reel: ReelRules
    calibration_seconds: float


@dataclass(frozen=True)
class LabelledGame:
    """What a scorer is asked about one game: by part its labelled events and, where sliced, its clips."""

    game: str
    events: Mapping[str, Sequence[Event]]
    clips: Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Judgement:
    """One scorer: its figures by name, what was counted of them by game, its reliability where trained.

    figures are in [0, 1] save those named per match. trained_on: the games that it has seen.
    """

    scorer: str
    trained_on: tuple[str, ...]
    figures: Mapping[str, Sampled]
    counts: Mapping[str, Mapping[str, Ratio]]
    reliability: Reliability | None


@dataclass
class ScorerTally:
    """What one scorer's games add up to, filled game by game so that only their spots stay in memory."""

    scorer: str
    rules: JudgeRules
    trained_on: set[str] = field(default_factory=set)
    counts: dict[str, dict[str, Ratio]] = field(default_factory=dict)
    parts: list[JudgedPart] = field(default_factory=list)
    bins: dict[str, BinCounts] = field(default_factory=dict)

    def add(self, game: LabelledGame, scores: Mapping[str, Scores]) -> None:
        """Count one game; scores by part."""
        rules = self.rules.counts
        for part, own in scores.items():
            events = list(game.events[part])
            self._add_counts(game.game, part_counts(own, events, game.clips.get(part), rules, part=part))
            judged = judged_part(own, events, rules.finding.decoding, game=game.game, part=part)
            self.parts.append(judged)
            self.trained_on |= set(own.trained_on)
            if own.trained_on:
                self._add_bins(judged)
        reel = reel_counts(scores, game.events, rules.finding, self.rules.reel, classes=rules.classes)
        self._add_counts(game.game, reel)

    def judgement(self, bootstrap: Bootstrap) -> Judgement:
        """The figures over all games that were added."""
        figures = {name: bootstrap.sampled(games) for name, games in self.counts.items()}
        figures |= league_figures(
            self.parts,
            classes=self.rules.counts.classes,
            kind=KIND,
            min_apart_seconds=self.rules.counts.finding.decoding.nms_seconds,
            bootstrap=bootstrap,
        )
        reliable = reliability(self.bins, bootstrap) if self.bins else None
        if reliable:
            figures[CALIBRATION_ERROR] = reliable.error
        trained_on = tuple(sorted(self.trained_on))
        return Judgement(self.scorer, trained_on, figures, self.counts, reliable)

    def _add_counts(self, game: str, found: Mapping[str, Ratio]) -> None:
        for name, ratio in found.items():
            of_games = self.counts.setdefault(name, {})
            of_games[game] = of_games[game] + ratio if game in of_games else ratio

    def _add_bins(self, part: JudgedPart) -> None:
        found = bin_counts(
            part,
            classes=self.rules.counts.classes,
            tolerance_seconds=self.rules.calibration_seconds,
        )
        self.bins[part.game] = self.bins[part.game] + found if part.game in self.bins else found


def judged_part(
    scores: Scores, events: Sequence[Event], decoding: Decoding, *, game: str, part: str
) -> JudgedPart:
    """The decoded spots of a part, none left out, beside its events."""
    return JudgedPart(game, part, typed_spots(scores, decoding, part=part), tuple(events))


def typed_spots(scores: Scores, decoding: Decoding, *, part: str) -> tuple[TypedSpot, ...]:
    """Everything decoded in a part; what is none of SoccerNet's classes is a "Moment"."""
    labels = [name if name in LABELS else MOMENT for name in scores.classes]
    return tuple(
        TypedSpot(part, find.seconds, labels[find.class_index], find.confidence)
        for find in decode(scores, decoding)
    )
