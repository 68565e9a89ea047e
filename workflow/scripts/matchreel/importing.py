"""Bring a user's recording into resources/games/ under a slug, without copying or overwriting anything."""

from __future__ import annotations

import filecmp
import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from matchreel.errors import InputError
from matchreel.games import SIDECAR_SUFFIXES, SLUG_PATTERN, recordings_in, slug_of_name
from matchreel.games_table import read_table
from matchreel.provenance import written_whole

log = logging.getLogger("matchreel.importing")

_TELLING_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{1,7}")


def import_recording(
    *,
    video_path: Path,
    second_path: Path | None,
    game: str | None,
    games_dir: Path,
    table_path: Path,
    schema_path: Path,
) -> str:
    """Link one recording in as full.*, or two halves as 1.* and 2.*, and return the game's slug.

    game: the slug, None for one made from the first recording's name. The same files again are fine; a slug
    that holds others, or that a soccernet or demo row of games.tsv owns, is an InputError. So is a file that
    cannot be a recording. Where links are impossible the file is copied.
    """
    recordings = {"full": video_path} if second_path is None else {"1": video_path, "2": second_path}
    for path in recordings.values():
        _check_readable(path)
    if second_path is not None and video_path.samefile(second_path):
        raise InputError(
            "both halves are the same file", where=second_path, remedy="Name the second half in VIDEO2"
        )
    slug = _checked_slug(game) if game is not None else slug_of_name(video_path.stem)
    _check_not_owned(slug, table_path, schema_path)
    missing = _missing(recordings, games_dir / slug)
    for part, path in missing.items():
        _link(path, games_dir / slug / f"{part}{_suffix_of(path)}")
    return slug


def _check_readable(path: Path) -> None:
    if not path.exists():
        raise InputError("there is no such file", where=path, remedy="Check the path given as VIDEO")
    if not path.is_file():
        raise InputError("this is not a file", where=path, remedy="Name the recording itself as VIDEO")
    with path.open("rb") as stream:
        if not stream.read(1):
            raise InputError("the file is empty", where=path, remedy="Copy or download the recording again")


def _checked_slug(game: str) -> str:
    if SLUG_PATTERN.fullmatch(game):
        return game
    raise InputError(
        "a game is named with small letters, digits and dashes",
        where=f"GAME={game}",
        remedy=f"Use GAME={slug_of_name(game)}",
    )


def _check_not_owned(slug: str, table_path: Path, schema_path: Path) -> None:
    rows = [row.cells for row in read_table(table_path=table_path, schema_path=schema_path)]
    sources = [row["source"] for row in rows if row["game"] == slug and row["source"] != "local"]
    if sources:
        raise _collision(slug, f"{table_path} has a {sources[0]} game of this name")


def _missing(recordings: Mapping[str, Path], folder: Path) -> dict[str, Path]:
    """The recordings still to be linked; an error where the folder holds others."""
    held = recordings_in(folder) if folder.is_dir() else {}
    for part, path in held.items():
        if part not in recordings or not _same(path, recordings[part]):
            raise _collision(folder.name, f"{path} is another recording")
    return {part: path for part, path in recordings.items() if part not in held}


def _same(held: Path, path: Path) -> bool:
    if not held.exists():
        return False
    return held.samefile(path) or filecmp.cmp(held, path, shallow=False)


def _collision(slug: str, why: str) -> InputError:
    return InputError(
        f"this name is taken: {why}", where=f"game {slug}", remedy="Give another one with GAME=other-name"
    )


def _suffix_of(path: Path) -> str:
    """The file's own ending where it tells a container, .video otherwise; ffmpeg looks inside anyway."""
    told = _TELLING_SUFFIX.fullmatch(path.suffix)
    suffix = path.suffix.lower() if told else ".video"
    return ".video" if suffix in SIDECAR_SUFFIXES else suffix


def _link(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        target.symlink_to(path.absolute())
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):
        log.info("links are impossible here: copying %s", path.name)
        with written_whole(target) as temporary:
            shutil.copyfile(path, temporary)
