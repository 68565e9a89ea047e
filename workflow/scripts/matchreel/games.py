"""The games: rows of games.tsv and the recordings that users put into resources/games/.

Read at the Snakefile's top by every job, so it stays cheap: no torch, no look inside any recording.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

from matchreel.errors import ConfigError, InputError
from matchreel.games_table import Row, parse_kickoff, parse_score, read_table
from matchreel.parts import recordings_in

LABEL_FILES = ("Labels-v2.json", "events.csv")
SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
# A part in several files is joined into one here before anything else looks at it.
JOINED_DIR = Path("results/recordings")
_MP4_SUFFIXES, _MOV_SUFFIX = (".mp4", ".m4v"), ".mov"
# Latin letters that NFKD does not take apart.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_LONGEST_SLUG = 60


@dataclass(frozen=True)
class Game:
    """One game. Paths are text relative to the working directory, as Snakemake wants them.

    kickoff_seconds: part -> kick-off in seconds from that part's start, only where the table gives it.
    parts: part ("1", "2", "full") -> video path. pieces: the parts whose recording is several files, joined
    into that path -> those files in order. labels_path: None where a local game has no labels.
    score_seconds: part -> (second, score) of every goal, only where the table gives them.
    problem: why nothing can be made of this game until a person mends it; it has no parts then. Else "".
    """

    slug: str
    split: str
    source: str
    soccernet_path: str | None
    home: str
    away: str
    date: str
    kickoff_seconds: Mapping[str, float]
    parts: Mapping[str, str]
    labels_path: str | None
    score_seconds: Mapping[str, tuple[tuple[float, str], ...]] = field(default_factory=dict)
    pieces: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problem: str = ""

    def sources(self, part: str) -> tuple[str, ...]:
        """The files that a part is recorded in, as they were given."""
        return self.pieces.get(part) or (self.parts[part],)


def load_games(*, table_path: Path, schema_path: Path, games_dir: Path, resolution: str) -> dict[str, Game]:
    """All games by slug: the table's rows in their order, then local games without a row, by name.

    resolution is "224p" or "720p", of SoccerNet's videos. Raises ConfigError naming file, line and column
    of the first wrong cell. A folder of games_dir that cannot be used as it is stops its own game alone,
    which says so in its problem, unless a row wants to train or evaluate with it.
    """
    games: dict[str, Game] = {}
    for row in read_table(table_path=table_path, schema_path=schema_path):
        where = f"{table_path}, line {row.line}"
        try:
            games[row.cells["game"]] = _game_of_row(row, where, games_dir, resolution)
        except InputError as error:
            if row.cells["split"] != "none":
                raise
            games[row.cells["game"]] = _unusable(row.cells["game"], error)
    for folder in _local_folders(games_dir, owned=set(games)):
        try:
            recordings = recordings_in(folder)
            if recordings:
                games[folder.name] = _local_game(folder, recordings)
        except InputError as error:
            games[folder.name] = _unusable(folder.name, error)
    return games


def pattern_of(names: Iterable[str]) -> str:
    """A regular expression that matches these names and no other; quick to compile and match for thousands.

    What names begin with is written once: they are the branches of a tree. No name: it matches nothing.
    """
    return _branches(sorted(set(names))) or "(?!)"


def _branches(names: list[str]) -> str:
    branches = []
    for _first, held in groupby(names, key=lambda name: name[:1]):
        group = list(held)
        prefix = _shared_start(group[0], group[-1])
        rest = [name[len(prefix) :] for name in group]
        branches.append(re.escape(prefix) + (f"(?:{_branches(rest)})" if len(group) > 1 else ""))
    return "|".join(branches)


def _shared_start(first: str, last: str) -> str:
    """What two names begin with, and so all that are sorted between them."""
    length = next((i for i, pair in enumerate(zip(first, last, strict=False)) if len(set(pair)) > 1), None)
    return first[:length] if length is not None else min(first, last, key=len)


def slug_of_name(name: str) -> str:
    """A game's slug from a recording's name: its Latin letters and digits, joined by dashes.

    A name without Latin letters becomes match-<first 8 hex digits of the SHA-256 of its NFC form>.
    """
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN_LETTERS))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_LONGEST_SLUG].strip("-")
    if re.search(r"[a-z]", slug):
        return slug
    whole = unicodedata.normalize("NFC", name).encode("utf-8", "surrogatepass")
    return f"match-{hashlib.sha256(whole).hexdigest()[:8]}"


def _game_of_row(row: Row, where: str, games_dir: Path, resolution: str) -> Game:
    cells = row.cells
    slug, source, split = cells["game"], cells["source"], cells["split"]
    folder = games_dir / slug
    recordings = _recordings_of(source, folder, where, resolution)
    parts = _paths_of(slug, recordings)
    labels_path: Path | None = folder / LABEL_FILES[0]
    if source == "local":
        labels_path = _labels_in(folder)
        if split != "none" and labels_path is None:
            raise ConfigError(
                f"a local game without labels cannot be in split {split}",
                where=f"{where}, column split",
                remedy=f"Put {' or '.join(LABEL_FILES)} into {folder}, or write none",
            )
    return Game(
        slug=slug,
        split=split,
        source=source,
        soccernet_path=cells["soccernet_path"] or None,
        home=cells["home"],
        away=cells["away"],
        date=cells["date"],
        kickoff_seconds=_checked_kickoff(cells["kickoff_seconds"], parts, where),
        parts=parts,
        labels_path=labels_path.as_posix() if labels_path else None,
        score_seconds=parse_score(cells["score"]),
        pieces=_pieces_of(recordings),
    )


def _recordings_of(source: str, folder: Path, where: str, resolution: str) -> dict[str, tuple[Path, ...]]:
    if source == "soccernet":
        return {part: (folder / f"{part}_{resolution}.mkv",) for part in ("1", "2")}
    if source == "demo":
        return {"1": (folder / "1_224p.mkv",)}
    found = recordings_in(folder) if folder.is_dir() else {}
    if not found:
        raise InputError(
            f"there is no recording in {folder}",
            where=f"{where}, column game",
            remedy="Put full.mp4, or 1.mp4 and 2.mp4 there, or take the row out",
        )
    return found


def _paths_of(slug: str, recordings: Mapping[str, tuple[Path, ...]]) -> dict[str, str]:
    """Part -> the one file of its recording, or where its files are joined."""
    paths = {}
    for part, files in recordings.items():
        joined = JOINED_DIR / slug / f"{part}{_joined_suffix(files)}"
        paths[part] = (files[0] if len(files) == 1 else joined).as_posix()
    return paths


def _joined_suffix(files: Iterable[Path]) -> str:
    """MP4 stays MP4 and QuickTime QuickTime, which holds what MP4 does not (ProRes, PCM)."""
    suffixes = {path.suffix.lower() for path in files}
    if suffixes <= set(_MP4_SUFFIXES):
        return ".mp4"
    return ".mov" if suffixes <= {*_MP4_SUFFIXES, _MOV_SUFFIX} else ".mkv"


def _pieces_of(recordings: Mapping[str, tuple[Path, ...]]) -> dict[str, tuple[str, ...]]:
    several = {part: files for part, files in recordings.items() if len(files) > 1}
    return {part: tuple(path.as_posix() for path in files) for part, files in several.items()}


def _checked_kickoff(text: str, parts: Mapping[str, str], where: str) -> dict[str, float]:
    try:
        kickoff = parse_kickoff(text)
    except ValueError as error:
        what, remedy = str(error), "Name each part once"
    else:
        unknown = [part for part in kickoff if part not in parts]
        if not unknown:
            return kickoff
        what, remedy = f"the game has no part {unknown[0]}", f"Its parts are: {', '.join(parts)}"
    raise ConfigError(what, where=f"{where}, column kickoff_seconds", remedy=remedy)


def _local_folders(games_dir: Path, *, owned: set[str]) -> list[Path]:
    """Folders that no row names, by name."""
    if not games_dir.is_dir():
        return []
    folders = [path for path in sorted(games_dir.iterdir()) if path.name not in owned and path.is_dir()]
    return [path for path in folders if not path.name.startswith(".")]


def _unusable(slug: str, error: InputError) -> Game:
    """A game that is known, and of which nothing can be made."""
    return Game(
        slug=slug,
        split="none",
        source="local",
        soccernet_path=None,
        home="",
        away="",
        date="",
        kickoff_seconds={},
        parts={},
        labels_path=None,
        problem=str(error),
    )


def _local_game(folder: Path, recordings: Mapping[str, tuple[Path, ...]]) -> Game:
    if not SLUG_PATTERN.fullmatch(folder.name):
        slug = slug_of_name(folder.name)
        raise InputError(
            "a game's folder is named with small letters, digits and dashes",
            where=folder,
            remedy=f"Rename it to {slug}, or keep the recording elsewhere and run `make reel VIDEO=...`",
        )
    labels_path = _labels_in(folder)
    return Game(
        slug=folder.name,
        split="none",
        source="local",
        soccernet_path=None,
        home="",
        away="",
        date="",
        kickoff_seconds={},
        parts=_paths_of(folder.name, recordings),
        labels_path=labels_path.as_posix() if labels_path else None,
        pieces=_pieces_of(recordings),
    )


def _labels_in(folder: Path) -> Path | None:
    held = [folder / name for name in LABEL_FILES if (folder / name).exists()]
    if len(held) > 1:
        raise InputError(
            f"it holds both {' and '.join(LABEL_FILES)}",
            where=folder,
            remedy="Keep the one that is right",
        )
    return held[0] if held else None
