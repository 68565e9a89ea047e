"""export_spotting: what a scorer finds in many games, as one file for SoccerNet's challenge servers."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from matchreel.decoding import Decoding
from matchreel.evaluation.judge import typed_spots
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.evaluation.spotting_zip import write_spotting_zip
from matchreel.labels import MOMENT
from matchreel.records import Scores

log = logging.getLogger("matchreel")


def export_spotting(
    *,
    games: dict[str, list[str]],
    scores_paths: list[Path],
    zip_path: Path,
    classes: list[str],
    nms: str,
    nms_seconds: float,
) -> None:
    """Write a zip file of <game>/results_spotting.json for every game.

    games: SoccerNet's path of a game (or a name that stands for it) -> its parts. scores_paths: for every
    game and part in that order. Every decoded spot is written, whatever its confidence: an average precision
    looks at all thresholds. One that only knows "Moment" is written once for each of classes. Raises
    InputError for a part that is no half.
    """
    decoding = Decoding(nms, nms_seconds)
    named = [(game, part) for game, parts in games.items() for part in parts]
    spots: dict[str, list[TypedSpot]] = {game: [] for game in games}
    for (game, part), path in zip(named, scores_paths, strict=True):
        found = typed_spots(Scores.load(path), decoding, part=part)
        spots[game] += [held for spot in found for held in _named(spot, classes)]
    write_spotting_zip(zip_path, spots)
    log.info("%d games, %d spots: %s", len(games), _count(spots), zip_path)


def _named(spot: TypedSpot, classes: Sequence[str]) -> list[TypedSpot]:
    return [replace(spot, label=label) for label in classes] if spot.label == MOMENT else [spot]


def _count(spots: Mapping[str, Sequence[TypedSpot]]) -> int:
    return sum(len(held) for held in spots.values())
