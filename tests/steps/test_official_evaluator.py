"""Our figures beside those of SoccerNet's own package, on ordinary files and on every odd one it accepts.

The package (0.2.0) runs with numpy 2.4 as it is. On import it turns numpy's warnings off for good, hence the
errstate around the import. Its list of games is replaced by a short one, so that a test takes seconds.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from matchreel.evaluation.average_map import KINDS, Pool
from matchreel.evaluation.soccernet_map import SOCCERNET_CLASSES, soccernet_average_map
from matchreel.evaluation.splits import SPLITS, games_of
from matchreel.evaluation.spotting_files import TypedSpot, read_spotting, write_spotting
from matchreel.randomness import generator
from support.spotting_files import LAST_MS, annotation, prediction, random_rows, write_game

pytest.importorskip("SoccerNet", reason="the soccernet extra is not installed")
with np.errstate():
    from SoccerNet.Evaluation import ActionSpotting
from SoccerNet.utils import getListGames

from support.tiers import quick_only

SAMPLE = Path(__file__).parents[1] / "data/soccernet_labels_sample.json"
SUFFIXES = {"all": "", "visible": "_visible", "unshown": "_unshown"}
METRICS = ("loose", "tight")


def official(folder, games, metric, monkeypatch):
    monkeypatch.setattr(ActionSpotting, "getListGames", lambda **_: games)
    monkeypatch.setattr(ActionSpotting, "tqdm", lambda rows: rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        return ActionSpotting.evaluate(
            str(folder / "labels"), str(folder / "predictions"), split="test", version=2, metric=metric
        )


def ours(folder, games, metric):
    return soccernet_average_map(
        labels_dir=folder / "labels", predictions_dir=folder / "predictions", games=games, metric=metric
    )


def check_equal(folder, games, metric, monkeypatch):
    """All six figures to twelve digits; returns ours."""
    expected, found = official(folder, games, metric, monkeypatch), ours(folder, games, metric)
    for kind, suffix in SUFFIXES.items():
        assert found.average_maps[kind] == pytest.approx(expected[f"a_mAP{suffix}"], abs=1e-12), kind
        per_class = np.array(expected[f"a_mAP_per_class{suffix}"])
        np.testing.assert_allclose(
            found.figures[kind].class_precisions, per_class, atol=1e-12, rtol=0, err_msg=kind
        )
    return found


@pytest.mark.slow
@pytest.mark.parametrize("metric", METRICS)
def test_random_games(tmp_path, monkeypatch, metric):
    shapes = {
        "ordinary": {"span_ms": 2_700_000, "num_events": 200, "num_spots": 1500, "is_odd": False},
        "crowded": {"span_ms": 240_000, "num_events": 150, "num_spots": 400, "is_odd": True},
        "in six frames": {"span_ms": 3_000, "num_events": 40, "num_spots": 200, "is_odd": True},
    }
    for game, shape in shapes.items():
        write_game(tmp_path, game, *random_rows(generator(0, game), **shape))
    found = check_equal(tmp_path, list(shapes), metric, monkeypatch)
    assert 0 < found.average_maps["all"] < 1
    assert 0 < found.average_maps["unshown"] != found.average_maps["visible"] > 0


# Name -> (annotations, predictions): what a reader of the rules might do otherwise than the package. Each is
# given a class of its own, so that one slow run of the package tells them apart.
ODD_GAMES = {
    "the last in a frame counts": (
        [annotation(1, 10_000), annotation(1, 10_400, visibility="not shown"), annotation(1, 30_000)],
        [
            prediction(1, 10_000, confidence="0.9"),
            prediction(1, 10_499, confidence="0.2"),
            prediction(1, 30_000, confidence="0.8"),
            prediction(1, 30_100, confidence="-1"),
            prediction(1, 31_000, confidence="0.4"),
        ],
    ),
    "equal confidences": (
        [annotation(1, ms) for ms in range(10_000, 60_000, 4_000)],
        [prediction(1, ms) for ms in range(8_000, 70_000, 1_500)],
    ),
    "the ends and beyond": (
        [
            annotation(1, 0),
            annotation(2, LAST_MS - 1),
            annotation(2, LAST_MS + 90_000, visibility="not shown"),
        ],
        [
            prediction(1, 400, confidence="0.7"),
            prediction(1, -600, confidence="0.6"),  # wraps to the end of the half
            prediction(1, -400, confidence="0.3"),  # is cut to frame 0 and deletes the first
            prediction(2, LAST_MS + 5_000, confidence="0.9"),
            prediction(2, LAST_MS - 2_000, confidence="0.8"),
        ],
    ),
    "the nearest event says what is visible": (
        [annotation(1, 10_000), annotation(1, 15_500, visibility="not shown"), annotation(1, 40_000)],
        [
            prediction(1, 12_500, confidence="0.9"),  # halfway, cut to a frame: nearest to the later
            prediction(1, 13_000, confidence="0.7"),
            prediction(1, 16_000, confidence="0.8"),
            prediction(1, 41_000, confidence="0.3"),
            prediction(2, 10_000, confidence="0.95"),  # a half without the class
        ],
    ),
    "unshown only": (
        [annotation(2, 5_000, visibility="not shown"), annotation(2, 95_000, visibility="not shown")],
        [prediction(2, 6_000, confidence="0.4"), prediction(2, 50_000, confidence="0.9")],
    ),
    "confidences of all kinds": (
        [annotation(1, ms) for ms in range(10_000, 100_000, 10_000)],
        [
            prediction(1, 10_000 * (index + 1), confidence=confidence)
            for index, confidence in enumerate(
                [0, "0.0", 1, "1.0", 7, "1e-3", "nan", None, True, "-0.0", 100 / 199, "inf"]
            )
        ],
    ),
    "other halves, labels and numbers": (
        [
            annotation(3, 5_000),
            annotation(1, 5_000, "Moment"),
            annotation(1, 7_000, visibility=None),
            {"gameTime": "1 - 105:30", "label": "Goal"},  # without position: minute 5
        ],
        [
            prediction(3, 5_000),
            prediction(1, 5_000, "Moment"),
            prediction(1, 0, confidence="0.6") | {"position": 330_900.7},
            prediction(1, 6_330_000, confidence="0.4"),
            {"label": "Goal", "position": " 7_000 ", "half": 1, "confidence": 0.2},
        ],
    ),
    "no predictions": ([annotation(1, 5_000), annotation(2, 9_000)], []),
    "no labels": ([], [prediction(1, 5_000), prediction(2, 5_000)]),
    "nothing": ([], []),
}


def relabelled(rows, label):
    return [row | {"label": label} if row["label"] == "Goal" else row for row in rows]


@pytest.mark.parametrize("metric", quick_only(METRICS, "tight".__eq__))
def test_odd_games(tmp_path, monkeypatch, metric):
    own_class = dict(zip(ODD_GAMES, SOCCERNET_CLASSES, strict=False))
    for name, rows in ODD_GAMES.items():
        write_game(tmp_path, name, *(relabelled(held, own_class[name]) for held in rows))
    found = check_equal(tmp_path, list(ODD_GAMES), metric, monkeypatch)
    values = dict(zip(SOCCERNET_CLASSES, found.figures["all"].class_precisions, strict=True))
    is_zero = {name for name, label in own_class.items() if values[label] == 0}
    assert is_zero == {"no predictions", "no labels", "nothing"}


def test_a_real_label_file_and_spots_that_we_write(tmp_path, monkeypatch):
    held = json.loads(SAMPLE.read_text(encoding="utf-8"))
    game = held["UrlLocal"].rstrip("/")
    write_game(tmp_path, game, annotations=held["annotations"])
    draw = generator(0, game)
    spots = [
        TypedSpot(
            row["gameTime"][0],
            max(0.0, int(row["position"]) / 1000 + draw.normal()),
            row["label"],
            float(draw.random()),
        )
        for row in held["annotations"]
        for _ in range(3)
    ]
    write_spotting(tmp_path / "predictions" / game / "results_spotting.json", game=game, spots=spots)
    assert check_equal(tmp_path, [game], "tight", monkeypatch).average_maps["all"] > 0.1
    perfect = [TypedSpot(row["gameTime"][0], int(row["position"]) / 1000, row["label"], 1.0)
               for row in held["annotations"]]  # fmt: skip
    write_spotting(tmp_path / "predictions" / game / "results_spotting.json", game=game, spots=perfect)
    found = ours(tmp_path, [game], "tight")
    assert found.average_maps["all"] == pytest.approx(len({spot.label for spot in perfect}) / 17)


@pytest.mark.slow
def test_a_resample_is_what_the_package_gives_for_those_games(tmp_path, monkeypatch):
    games = ["one", "two", "three"]
    for game in games:
        rows = random_rows(generator(1, game), span_ms=300_000, num_events=60, num_spots=150, is_odd=True)
        write_game(tmp_path, game, *rows)
    pool: Pool = ours(tmp_path, games, "tight").pool
    drawn = np.array([[2.0, 0.0, 1.0]])
    expected = official(tmp_path, ["one", "three", "one"], "tight", monkeypatch)
    for kind in KINDS:
        curves = pool.precisions(drawn, kind=kind)[0]
        found = (curves[:-1] + curves[1:]).mean(axis=0) / 2
        np.testing.assert_allclose(found, expected[f"a_mAP_per_class{SUFFIXES[kind]}"], atol=1e-12, rtol=0)


def test_our_spots_come_back_as_they_were(tmp_path):
    spots = [
        TypedSpot("1", 0.0, "Kick-off", 0.0),
        TypedSpot("1", 12.345, "Goal", 0.1 + 0.2),
        TypedSpot("2", 3722.999, "Yellow->red card", 1.0),
    ]
    write_spotting(tmp_path / "a.json", game="league/season/game", spots=reversed(spots))
    assert read_spotting(tmp_path / "a.json") == spots


def test_the_classes_and_the_splits_are_the_package_s():
    assert {label: index for index, label in enumerate(SOCCERNET_CLASSES)} == (
        ActionSpotting.EVENT_DICTIONARY_V2
    )
    for split in SPLITS:
        assert games_of([split]) == getListGames(split)
    assert games_of(SPLITS) == getListGames("all")
