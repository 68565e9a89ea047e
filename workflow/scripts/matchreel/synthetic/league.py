"""A small league of synthetic games on disk: DIR/<game>/{1_224p.mkv,Labels-v2.json,truth.json}, games.tsv."""

from __future__ import annotations

from pathlib import Path

from matchreel.provenance import written_whole
from matchreel.synthetic.render import render_game

LAST_GAME = "demo-final"


def game_names(num_games: int) -> list[tuple[str, str]]:
    """(game, split): mostly train, then one valid and a fifth (at least one) test, the last the final."""
    num_test = max(1, num_games // 4)
    num_valid = 1 if num_games > 2 else 0
    splits = ["train"] * (num_games - num_test - num_valid) + ["valid"] * num_valid + ["test"] * num_test
    names = [f"demo-{index + 1:02d}" for index in range(num_games - 1)] + [LAST_GAME]
    return list(zip(names, splits, strict=True))


def render_league(
    *,
    out_path: Path,
    league_seed: int,
    difficulty: float,
    event_rate: float,
    minutes: float,
    informative: str,
    num_games: int,
    ffmpeg: str,
    threads: int,
) -> None:
    """Render all games of a league one after the other, then games.tsv."""
    games = game_names(num_games)
    for game, _split in games:
        folder = out_path / game
        render_game(
            game=game,
            video_path=folder / "1_224p.mkv",
            labels_path=folder / "Labels-v2.json",
            truth_path=folder / "truth.json",
            league_seed=league_seed,
            difficulty=difficulty,
            event_rate=event_rate,
            minutes=minutes,
            informative=informative,
            ffmpeg=ffmpeg,
            threads=threads,
        )
    rows = ["game\tsplit\tsource", *(f"{game}\t{split}\tdemo" for game, split in games)]
    with written_whole(out_path / "games.tsv") as temporary:
        temporary.write_text("\n".join(rows) + "\n", encoding="utf-8")
