"""Time our action-spotting evaluation beside SoccerNet's own on the same random files.

    python benchmarks/evaluator_speed.py --games 100 --spots 20 --metric loose

Labels and predictions are drawn into a temporary folder: as many events a game as SoccerNet has, and --spots
predictions a class and half. Both then read the same files, by turns, in one process. Prints the times,
their medians and ratio, and how far the figures are apart. About a minute for 100 games on 2 cores.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.evaluation.soccernet_map import SOCCERNET_CLASSES, soccernet_average_map  # noqa: E402
from matchreel.evaluation.splits import games_of  # noqa: E402
from matchreel.randomness import generator  # noqa: E402

HALF_MS = 45 * 60 * 1000
# SOURCE: 110,458 events in 500 games of SoccerNet-v2, about a tenth of them not shown.
EVENTS_PER_HALF, UNSHOWN_SHARE = 110, 0.1


def write_files(folder: Path, games: list[str], *, num_spots: int, seed: int) -> None:
    """Labels-v2.json and results_spotting.json of random events and spots."""
    for game in games:
        draw = generator(seed, game)
        labels = [
            (half, label) for half in (1, 2) for label in draw.choice(SOCCERNET_CLASSES, EVENTS_PER_HALF)
        ]
        names = ("not shown", "visible")
        events = [
            row(draw, half, label) | {"visibility": names[int(draw.random() >= UNSHOWN_SHARE)]}
            for half, label in labels
        ]
        spots = [
            row(draw, half, label) | {"confidence": repr(draw.random())}
            for half in (1, 2)
            for label in SOCCERNET_CLASSES * num_spots
        ]
        for kind, name, key, rows in (
            ("labels", "Labels-v2.json", "annotations", events),
            ("predictions", "results_spotting.json", "predictions", spots),
        ):
            path = folder / kind / game / name
            path.parent.mkdir(parents=True)
            path.write_text(json.dumps({"UrlLocal": game, key: rows}), encoding="utf-8")


def row(draw: np.random.Generator, half: int, label: str) -> dict[str, str]:
    """What labels and predictions have in common, at a random time."""
    position = int(draw.integers(HALF_MS))
    minutes, seconds = divmod(position // 1000, 60)
    clock = f"{half} - {minutes:02d}:{seconds:02d}"
    return {"gameTime": clock, "label": str(label), "position": str(position), "half": str(half)}


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Wall seconds and result."""
    started = time.perf_counter()
    result = function()
    return time.perf_counter() - started, result


def official(folder: Path, games: list[str], metric: str) -> dict[str, Any]:
    """The package's figures of these games; its progress bars are not shown."""
    from SoccerNet.Evaluation import ActionSpotting

    ActionSpotting.getListGames = lambda **_: games
    with contextlib.redirect_stderr(io.StringIO()):
        held: dict[str, Any] = ActionSpotting.evaluate(
            str(folder / "labels"), str(folder / "predictions"), split="test", version=2, metric=metric
        )
    return held


def main() -> None:
    """Write the files, run both by turns, print the medians and the ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=int, default=100)
    parser.add_argument("--spots", type=int, default=20, help="predictions a class and half (20)")
    parser.add_argument("--metric", choices=("loose", "tight"), default="loose")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if importlib.util.find_spec("SoccerNet") is None:
        sys.exit("evaluator_speed: the SoccerNet package is not installed; run `make soccernet` first")
    import SoccerNet.Evaluation.ActionSpotting  # noqa: F401 - not part of its time

    games = games_of(["test"])[: options.games]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_files(folder, games, num_spots=options.spots, seed=options.seed)
        compare(folder, games, options)


def compare(folder: Path, games: list[str], options: argparse.Namespace) -> None:
    """Both by turns, so that a busy machine slows both."""
    our_seconds, official_seconds = [], []
    for _ in range(options.repeats):
        seconds, found = timed(
            lambda: soccernet_average_map(
                labels_dir=folder / "labels",
                predictions_dir=folder / "predictions",
                games=games,
                metric=options.metric,
            )
        )
        our_seconds.append(seconds)
        seconds, expected = timed(lambda: official(folder, games, options.metric))
        official_seconds.append(seconds)
        print(f"matchreel {our_seconds[-1]:8.2f} s   SoccerNet {official_seconds[-1]:8.2f} s", flush=True)
    ours, theirs = statistics.median(our_seconds), statistics.median(official_seconds)
    apart = abs(found.average_maps["all"] - expected["a_mAP"])
    what = f"{len(games)} games, {options.spots} predictions a class and half, {options.metric}"
    print(f"{what}: medians {ours:.2f} s and {theirs:.2f} s, ratio {theirs / ours:.1f}, apart {apart:.1e}")


if __name__ == "__main__":
    main()
