"""SoccerNet's action-spotting figures: the same numbers as its own evaluator gives, from the same files.

What that evaluator does and a reader of its paper would not expect, done here likewise:
- Times are cut to frames of half a second. A time beyond two hours counts as the last frame; a negative one
  wraps round and counts from the end.
- Of several predictions (or events) of a class in one frame the last in the file counts, not the surest; a
  negative or missing confidence there deletes the prediction.
- Whether a prediction counts as one of a visible or of an unshown event is said by the nearest event, not by
  the one it hits; halfway between two belongs to the later. In a half without the class it counts as unshown.
- Precision and recall are looked at 200 thresholds over all games together.
- A class without any event counts as 0. The average-mAP of unshown events is multiplied by 17 / 13, for 13
  classes of the test games have such events; its single classes and deltas are not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matchreel.errors import InputError
from matchreel.evaluation.average_map import DELTAS_SECONDS, KINDS, MapFigures, MapRules, Pool
from matchreel.evaluation.matching import UNSHOWN, Bools, GameMatches, Ints, Track, match_game
from matchreel.evaluation.spotting_files import (
    FRAMES_PER_SECOND,
    HALVES,
    LABELS_NAME,
    SPOTTING_NAME,
    FileRows,
    label_rows,
    spotting_rows,
)
from matchreel.records import Float64

# SOURCE: the order of SoccerNet-v2's classes in its evaluator.
SOCCERNET_CLASSES = (
    *("Penalty", "Kick-off", "Goal", "Substitution", "Offside", "Shots on target", "Shots off target"),
    *("Clearance", "Ball out of play", "Throw-in", "Foul", "Indirect free-kick", "Direct free-kick"),
    *("Corner", "Yellow card", "Red card", "Yellow->red card"),
)
# SOURCE: SoccerNet's evaluator: two hours a half, 200 thresholds, 13 classes with unshown events.
NUM_FRAMES = 120 * 60 * FRAMES_PER_SECOND
THRESHOLDS: Float64 = np.linspace(0.0, 1.0, 200)
UNSHOWN_FACTOR = 17 / 13
_CLASS_INDEX = {label: index for index, label in enumerate(SOCCERNET_CLASSES)}
_LABELS_REMEDY = (
    "Give the folder that holds <league>/<season>/<game>/Labels-v2.json of the whole split; "
    "SoccerNet keeps those of the challenge to itself"
)
_SPOTTING_REMEDY = "Predict every game of the split: one without any event found has an empty list"


@dataclass(frozen=True)
class SoccerNetMap:
    """Figures by kind (all, visible, unshown), the average-mAP of each, and the pool that they come from.

    average_maps holds the factor 17 / 13 of unshown events; figures and pool do not.
    """

    figures: Mapping[str, MapFigures]
    average_maps: Mapping[str, float]
    pool: Pool


def soccernet_average_map(
    *, labels_dir: Path, predictions_dir: Path, games: Sequence[str], metric: str
) -> SoccerNetMap:
    """The figures of games (SoccerNet's paths); metric is loose or tight.

    Raises InputError for a game without labels or predictions, and for a file that cannot be read.
    """
    check_complete(labels_dir, LABELS_NAME, games, remedy=_LABELS_REMEDY)
    check_complete(predictions_dir, SPOTTING_NAME, games, remedy=_SPOTTING_REMEDY)
    deltas = DELTAS_SECONDS[metric]
    matches = [
        soccernet_matches(
            game,
            labels_path=labels_dir / game / LABELS_NAME,
            predictions_path=predictions_dir / game / SPOTTING_NAME,
            deltas_seconds=deltas,
        )
        for game in games
    ]
    rules = MapRules(SOCCERNET_CLASSES, deltas, thresholds=THRESHOLDS, counts_absent=True)
    pool = Pool(matches, rules)
    figures = {kind: pool.figures(kind=kind) for kind in KINDS}
    averages = {kind: held.average_map for kind, held in figures.items()}
    return SoccerNetMap(figures, averages | {"unshown": averages["unshown"] * UNSHOWN_FACTOR}, pool)


def soccernet_matches(
    game: str, *, labels_path: Path, predictions_path: Path, deltas_seconds: Sequence[float]
) -> GameMatches:
    """The matches of one game, times in frames."""
    events = _Placed.of(label_rows(labels_path), labels_path)
    spots = _Placed.of(spotting_rows(predictions_path), predictions_path)
    return match_game(
        game,
        list(_tracks(spots.chosen(spots.values >= 0), events)),
        radii=np.array(deltas_seconds) * FRAMES_PER_SECOND / 2,
        num_classes=len(SOCCERNET_CLASSES),
        nearest_without_events=UNSHOWN,
    )


def check_complete(folder: Path, name: str, games: Sequence[str], *, remedy: str) -> None:
    """InputError where the folder, or the file of that name of any game, is missing."""
    if not folder.is_dir():
        raise InputError("there is no such folder", where=folder, remedy=remedy)
    missing = [game for game in games if not (folder / game / name).is_file()]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(games)} games have no {name}, the first is {missing[0]}",
            where=folder,
            remedy=remedy,
        )


@dataclass(frozen=True)
class _Placed:
    """Rows of one game by place (N,), rising: (half index * K + class index) * NUM_FRAMES + frame."""

    places: Ints
    values: Float64

    @classmethod
    def of(cls, rows: FileRows, path: Path) -> _Placed:
        """The last row of every place; rows of other halves and classes are left out."""
        classes = np.array([_CLASS_INDEX.get(label, -1) for label in rows.labels], dtype=np.int64)
        known = (classes >= 0) & (rows.halves > 0)
        frames = _frames(rows.seconds[known], path)
        places = ((rows.halves[known] - 1) * len(SOCCERNET_CLASSES) + classes[known]) * NUM_FRAMES + frames
        held, last = np.unique(places[::-1], return_index=True)
        return cls(held, rows.values[known][::-1][last])

    def chosen(self, wanted: Bools) -> _Placed:
        """Some of the rows."""
        return _Placed(self.places[wanted], self.values[wanted])

    def starts(self) -> Ints:
        """(num_tracks + 1,) where each half and class starts."""
        edges = np.arange(len(HALVES) * len(SOCCERNET_CLASSES) + 1) * NUM_FRAMES
        return np.searchsorted(self.places, edges)


def _frames(seconds: Float64, path: Path) -> Ints:
    # Cut before the conversion: what is huge would not fit an integer.
    frames = np.trunc(np.clip(seconds * FRAMES_PER_SECOND, -NUM_FRAMES - 1, NUM_FRAMES - 1)).astype(np.int64)
    if (frames < -NUM_FRAMES).any():
        raise InputError(
            f"a position of {seconds.min():.0f} s lies before the start",
            where=path,
            remedy="Write milliseconds from the start of the half",
        )
    return np.where(frames < 0, frames + NUM_FRAMES, frames)


def _tracks(spots: _Placed, events: _Placed) -> Iterator[Track]:
    spot_edges, event_edges = spots.starts(), events.starts()
    for index in range(len(spot_edges) - 1):
        of_spots = slice(spot_edges[index], spot_edges[index + 1])
        of_events = slice(event_edges[index], event_edges[index + 1])
        frames = events.places[of_events] % NUM_FRAMES
        yield Track(
            class_index=index % len(SOCCERNET_CLASSES),
            spot_times=(spots.places[of_spots] % NUM_FRAMES).astype(np.float64),
            confidences=spots.values[of_spots],
            event_times=frames.astype(np.float64),
            visibility=events.values[of_events].astype(np.int64),
            halfway=((frames[:-1] + frames[1:]) // 2).astype(np.float64),
        )
