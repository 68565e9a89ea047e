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

LABEL_FILES = ("Labels-v2.json", "events.csv")
SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
_PART_OF_STEM = {"full": "full", **{f"{part}{end}": part for part in "12" for end in ("", "_224p", "_720p")}}
# Files of these kinds may lie beside a recording under the same name.
SIDECAR_SUFFIXES = (
    *(".json", ".csv", ".srt", ".vtt", ".ass", ".txt", ".md", ".log", ".xml", ".nfo", ".jpg", ".png"),
    *(".part", ".tmp", ".crdownload", ".aria2", ".ytdl"),
)
# Snakemake takes braces for wildcards; other programs stumble over the rest.
_UNUSABLE_SUFFIX = re.compile("[{}\x00-\x20\x7f\ud800-\udfff]")
# Latin letters that NFKD does not take apart.
_PLAIN_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
_LONGEST_SLUG = 60


@dataclass(frozen=True)
class Game:
    """One game. Paths are text relative to the working directory, as Snakemake wants them.

    kickoff_seconds: part -> kick-off in seconds from that part's start, only where the table gives it.
    parts: part ("1", "2", "full") -> video path. labels_path: None where a local game has no labels.
    score_seconds: part -> (second, score) of every goal, only where the table gives them.
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


def load_games(*, table_path: Path, schema_path: Path, games_dir: Path, resolution: str) -> dict[str, Game]:
    """All games by slug: the table's rows in their order, then local games without a row, by name.

    resolution is "224p" or "720p", of SoccerNet's videos. Raises ConfigError naming file, line and column
    of the first wrong cell, InputError for a folder of games_dir that cannot be used as it is.
    """
    games: dict[str, Game] = {}
    for row in read_table(table_path=table_path, schema_path=schema_path):
        where = f"{table_path}, line {row.line}"
        games[row.cells["game"]] = _game_of_row(row, where, games_dir, resolution)
    for folder, parts in _local_folders(games_dir, owned=set(games)).items():
        games[folder.name] = _local_game(folder, parts)
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


def recordings_in(folder: Path) -> dict[str, Path]:
    """Part -> recording of a local game's folder, in the parts' order; empty where there is none.

    Raises InputError where two files claim one part, or a full recording lies beside halves.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        part = _part_of(path)
        if part is None:
            continue
        if _UNUSABLE_SUFFIX.search(path.suffix):
            raise InputError(
                f"the ending of {path.name} has braces, blanks, or bytes that are no UTF-8",
                where=folder,
                remedy=f"Rename it to {path.stem}.mkv; ffmpeg looks inside for the format",
            )
        if part in found:
            raise InputError(
                f"both {found[part].name} and {path.name} could be part {part}",
                where=folder,
                remedy="Move one of the two out of this folder",
            )
        found[part] = path
    if "full" in found and len(found) > 1:
        raise InputError(
            f"{found['full'].name} lies beside a recording of a half",
            where=folder,
            remedy="Keep either the full match or its halves in this folder",
        )
    return {part: found[part] for part in ("1", "2", "full") if part in found}


def _game_of_row(row: Row, where: str, games_dir: Path, resolution: str) -> Game:
    cells = row.cells
    slug, source, split = cells["game"], cells["source"], cells["split"]
    folder = games_dir / slug
    parts = _parts_of(source, folder, where, resolution)
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
    )


def _parts_of(source: str, folder: Path, where: str, resolution: str) -> dict[str, str]:
    if source == "soccernet":
        return {part: (folder / f"{part}_{resolution}.mkv").as_posix() for part in ("1", "2")}
    if source == "demo":
        return {"1": (folder / "1_224p.mkv").as_posix()}
    found = recordings_in(folder) if folder.is_dir() else {}
    if not found:
        raise ConfigError(
            f"there is no recording in {folder}",
            where=f"{where}, column game",
            remedy="Put full.mp4, or 1.mp4 and 2.mp4 there, or take the row out",
        )
    return {part: path.as_posix() for part, path in found.items()}


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


def _local_folders(games_dir: Path, *, owned: set[str]) -> dict[Path, dict[str, Path]]:
    """Folders that hold a recording and that no row names, with what they hold by part."""
    if not games_dir.is_dir():
        return {}
    folders = [path for path in sorted(games_dir.iterdir()) if path.name not in owned and path.is_dir()]
    found = {path: recordings_in(path) for path in folders if not path.name.startswith(".")}
    held = {path: parts for path, parts in found.items() if parts}
    for folder in held:
        if not SLUG_PATTERN.fullmatch(folder.name):
            slug = slug_of_name(folder.name)
            raise InputError(
                "a game's folder is named with small letters, digits and dashes",
                where=folder,
                remedy=f"Rename it to {slug}, or keep the recording elsewhere and run `make reel VIDEO=...`",
            )
    return held


def _local_game(folder: Path, parts: Mapping[str, Path]) -> Game:
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
        parts={part: path.as_posix() for part, path in parts.items()},
        labels_path=labels_path.as_posix() if labels_path else None,
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


def _part_of(path: Path) -> str | None:
    """The part that a file records, None where it is no recording; a broken link still counts as one."""
    if (
        path.name.startswith(".")
        or not path.suffix
        or path.suffix.lower() in SIDECAR_SUFFIXES
        or path.is_dir()
    ):
        return None
    return _PART_OF_STEM.get(path.stem.lower())
