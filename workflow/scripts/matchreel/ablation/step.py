"""ablation: every league run with all variants, then one table and one page of what each choice is worth."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matchreel.ablation.collect import collect, num_judged_games, write_ablation_table
from matchreel.ablation.leagues import League, leagues_in, prepare_league, run_league
from matchreel.ablation.page import ablation_html
from matchreel.ablation.variants import Variants, load_variants, overlay, random_models
from matchreel.ablation.weights import save_random_weights
from matchreel.errors import ConfigError
from matchreel.provenance import written_whole

log = logging.getLogger("matchreel")

_RANDOM_NOTE = "random weights, its backbone has learnt from no picture"


def ablation(
    *,
    variants_path: Path,
    games_path: Path,
    weights_paths: list[Path],
    out_dir: Path,
    table_path: Path,
    page_path: Path,
    config: dict[str, Any],
    difficulties: list[float],
    seeds: list[int],
    random_weights: bool,
    seed: int,
    threads: int,
) -> None:
    """Run the demo league of every difficulty and seed with all variants; write table.csv and index.html.

    config: the sections that a league's overlay holds. games_path: the table whose demo games make a league.
    weights_paths: files of pretrained backbones, named after them; others that the variants want get random
    weights where random_weights allows it. Each league has a folder in out_dir, and finished ones are not run
    again. Raises ConfigError where weights are missing, ToolError where a league fails.
    """
    variants = load_variants(variants_path)
    held = {path.stem: path for path in weights_paths}
    missing = frozenset(variants.backbones_to_fetch()) - set(held)
    made = _random_weights(sorted(missing), out_dir / "weights", allowed=random_weights, seed=seed)
    added = overlay(variants, config, random_backbones=missing)
    leagues = leagues_in(out_dir, difficulties, seeds, variants.judged)
    for number, league in enumerate(leagues, start=1):
        log.info("ablation: %d of %d, %s", number, len(leagues), league.words)
        prepare_league(
            league, {**config, **added}, games_path=games_path, weights_paths=[*weights_paths, *made]
        )
        run_league(league, threads=threads)
    notes = dict.fromkeys(sorted(random_models(variants, config, random_backbones=missing)), _RANDOM_NOTE)
    _write(table_path, page_path, leagues, variants, notes, seed=seed)


def _random_weights(names: Iterable[str], folder: Path, *, allowed: bool, seed: int) -> list[Path]:
    paths = [folder / f"{name}.pth" for name in names]
    for path in paths:
        if not allowed:
            raise ConfigError(
                f"there are no weights of {path.stem}",
                where="config, ablation.random_weights",
                remedy=f"Put them into resources/weights/{path.name}, or set ablation.random_weights to true",
            )
        if not path.is_file():
            log.info("ablation: %s gets random weights", path.stem)
            save_random_weights(path.stem, path, seed=seed)
    return paths


def _write(
    table_path: Path,
    page_path: Path,
    leagues: Sequence[League],
    variants: Variants,
    notes: Mapping[str, str],
    *,
    seed: int,
) -> None:
    collected = collect(leagues, variants, notes=notes, seed=seed)
    write_ablation_table(table_path, collected, variants)
    num_games = sum(num_judged_games(league) for league in leagues)
    with written_whole(page_path) as temporary:
        text = ablation_html(collected, variants, num_leagues=len(leagues), num_games=num_games)
        temporary.write_text(text, encoding="utf-8")
