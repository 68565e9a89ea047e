"""Choose SoccerNet games: rows for games.tsv, and what fetching them will take, said before it starts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matchreel.errors import ConfigError, InputError
from matchreel.games import slug_of_name
from matchreel.games_table import read_table
from matchreel.provenance import written_whole
from matchreel.soccernet.sizes import MBIT_PER_SECOND, Estimate, estimate

SPLITS = ("train", "valid", "test", "challenge")
_GAME_NAME = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d) - (?P<time>\d\d-\d\d) (?P<home>.+?)(?: \d+ - \d+ | - | vs\.? )(?P<away>.+)"
)


@dataclass(frozen=True)
class Plan:
    """A choice of games, rows added to the table for it, and what fetching the missing parts takes."""

    num_games: int
    num_new_rows: int
    estimate: Estimate

    def __str__(self) -> str:
        return f"{self.num_games} games, {self.estimate}"


def plan_downloads(
    *,
    splits: Sequence[str],
    soccernet_paths: Sequence[str],
    table_path: Path,
    schema_path: Path,
    games_dir: Path,
    resolution: str,
) -> Plan:
    """Add the games of SoccerNet's splits, or single ones by SoccerNet's path, to games.tsv; return the plan.

    Rows that are there stay as they are. Games of the challenge split, which has no labels, get split none.
    Parts that lie in games_dir already count neither as gigabytes nor as hours. Nothing is downloaded.
    Raises InputError for an unknown split or game, ConfigError for a table that is wrong.
    """
    if resolution not in MBIT_PER_SECOND:
        raise InputError(f"unknown resolution {resolution!r}", where="the plan", remedy="Choose 224p or 720p")
    chosen = _chosen_games(splits, soccernet_paths)
    rows = [row.cells for row in read_table(table_path=table_path, schema_path=schema_path)]
    slug_of_path = {row["soccernet_path"]: row["game"] for row in rows}
    new = {path: split for path, split in chosen.items() if path not in slug_of_path}
    taken = {row["game"]: row["source"] == "soccernet" for row in rows}
    slug_of_path |= _append_rows(table_path, new, taken=taken)
    paths = [
        games_dir / slug_of_path[path] / f"{part}_{resolution}.mkv" for path in chosen for part in ("1", "2")
    ]
    return Plan(len(chosen), len(new), estimate(paths, resolution=resolution, games_dir=games_dir))


def slug_of_game(soccernet_path: str, *, with_time: bool = False) -> str:
    """A game's slug without its score: "2015-02-21-chelsea-burnley", or with "-18-00" when it began."""
    name = soccernet_path.rsplit("/", 1)[-1]
    match = _GAME_NAME.fullmatch(name)
    words = f"{match['date']} {match['home']} {match['away']}" if match else name
    return slug_of_name(f"{words} {match['time']}" if match and with_time else words)


def _chosen_games(splits: Sequence[str], soccernet_paths: Sequence[str]) -> dict[str, str]:
    """SoccerNet's path -> its split, in the order asked for."""
    try:
        from SoccerNet.utils import getListGames
    except ImportError:
        raise InputError(
            "the SoccerNet package is not installed",
            where="the plan",
            remedy="Run `make soccernet`, or `pip install .[soccernet]`",
        ) from None
    split_of = {path: split for split in SPLITS for path in getListGames(split)}
    for split in splits:
        if split not in SPLITS:
            raise InputError(
                f"unknown split {split!r}", where="the plan", remedy=f"Choose from: {', '.join(SPLITS)}"
            )
    for path in soccernet_paths:
        if path not in split_of:
            raise InputError(
                f"SoccerNet has no game {path!r}", where="the plan", remedy="Write it as league/season/game"
            )
    chosen = {path: split for path, split in split_of.items() if split in splits}
    chosen |= {path: split_of[path] for path in soccernet_paths}
    if not chosen:
        raise InputError("no game was chosen", where="the plan", remedy="Name splits, or games by their path")
    return chosen


def _append_rows(table_path: Path, new: dict[str, str], *, taken: dict[str, bool]) -> dict[str, str]:
    """Write the rows below the table's own; SoccerNet's path -> slug of the new rows.

    taken: the names in use -> whether SoccerNet's games have them. It lists one game twice, at two times.
    """
    text = table_path.read_text(encoding="utf-8-sig")
    header = next(line for line in text.splitlines() if line.strip() and not line.startswith("#")).split("\t")
    slugs: dict[str, str] = {}
    lines = [text.rstrip("\n")]
    for path, split in new.items():
        slug = slug_of_game(path)
        if taken.get(slug):
            slug = slug_of_game(path, with_time=True)
        if slug in taken:
            raise ConfigError(
                f"the name {slug!r}, which {path!r} would get, is taken",
                where=table_path,
                remedy="Rename the game in that row",
            )
        taken[slug] = True
        slugs[path] = slug
        cells = _cells(path, slug, "none" if split == "challenge" else split)
        lines.append("\t".join(cells.get(column.strip(), "") for column in header))
    if "soccernet_path" not in [column.strip() for column in header]:
        raise ConfigError(
            "missing column 'soccernet_path'", where=table_path, remedy="Add it to the table's first line"
        )
    if new:
        with written_whole(table_path) as temporary:
            temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return slugs


def _cells(path: str, slug: str, split: str) -> dict[str, str]:
    match = _GAME_NAME.fullmatch(path.rsplit("/", 1)[-1])
    facts = match.groupdict() if match else {}
    return {"game": slug, "split": split, "source": "soccernet", "soccernet_path": path, **facts}
