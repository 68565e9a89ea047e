"""Removing caches of finished games: sound, features, cues and sliced clips; never an input or a result."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

log = logging.getLogger("matchreel.pruning")


def prunable(*, games: list[str], results_dir: Path) -> None:
    """List the caches of games that prune would remove, with their size."""
    caches = {game: caches_of(game, results_dir=results_dir) for game in games}
    _report(caches, "could go")


def prune(*, games: list[str], results_dir: Path) -> None:
    """Remove the caches of games. results_dir is the workflow's results/.

    What can be made again from the recording goes: audio/, features/*/ (cues too) and the videos of clips/.
    clips.csv, scores, moments, plans, models, evaluations and highlights stay, so that nothing of the game
    has to be made again until a setting of it changes.
    """
    caches = {game: caches_of(game, results_dir=results_dir) for game in games}
    _report(caches, "go")
    for path in (path for paths in caches.values() for path in paths):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def caches_of(game: str, *, results_dir: Path) -> list[Path]:
    """What of a game can go, sorted: folders, and single clips beside the table that stays."""
    folders = [results_dir / "audio" / game, *(results_dir / "features").glob(f"*/{game}")]
    clips = (results_dir / "clips" / game).glob("*/*.mp4")
    return sorted([*(path for path in folders if path.is_dir()), *clips])


def _bytes_of(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _report(caches: Mapping[str, list[Path]], verb: str) -> None:
    sizes = {game: sum(map(_bytes_of, paths)) for game, paths in caches.items()}
    for game, paths in caches.items():
        folders = sorted({str(path if path.is_dir() else path.parent) for path in paths})
        log.info("%s: %.1f MB %s: %s", game, sizes[game] / 1e6, verb, ", ".join(folders) or "nothing")
    log.info("%d games, %.1f MB in all", len(caches), sum(sizes.values()) / 1e6)
