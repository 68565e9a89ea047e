"""Bring a user's recording into resources/games/ under a slug, without copying or overwriting anything."""

from __future__ import annotations

import filecmp
import logging
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from matchreel.errors import InputError
from matchreel.games import SLUG_PATTERN, slug_of_name
from matchreel.games_table import read_table
from matchreel.parts import SIDECAR_SUFFIXES, chapters_from, recordings_in
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

    A camera's first chapter brings those beside it along: full-1.*, full-2.*, ... game: the slug, None for
    one made from the first recording's name. The same files again are fine; a slug that has others, or that a
    soccernet or demo row of games.tsv owns, is an InputError. So is a file that cannot be a recording. Where
    links are impossible the file is copied.
    """
    recordings = _recordings(video_path, second_path)
    slug = _checked_slug(game) if game is not None else slug_of_name(video_path.stem)
    _check_not_owned(slug, table_path, schema_path)
    for target, path in _missing(recordings, games_dir / slug).items():
        _link(path, target)
    return slug


def _recordings(video_path: Path, second_path: Path | None) -> dict[str, tuple[Path, ...]]:
    """Part -> its files, in order, all of them readable."""
    named = {"full": video_path} if second_path is None else {"1": video_path, "2": second_path}
    for path in named.values():
        _check_readable(path)
    if second_path is not None and video_path.samefile(second_path):
        raise InputError(
            "both halves are the same file", where=second_path, remedy="Name the second half in VIDEO2"
        )
    recordings = {part: chapters_from(path) for part, path in named.items()}
    if second_path is not None and any(path.samefile(second_path) for path in recordings["1"][1:]):
        raise InputError(
            f"it continues {video_path.name}: both are chapters of one recording",
            where=second_path,
            remedy="Give the first chapter alone, as VIDEO: the others beside it come along",
        )
    for part, files in recordings.items():
        for path in files[1:]:
            _check_readable(path)
        if len(files) > 1:
            names = ", ".join(path.name for path in files)
            log.warning("part %s is one recording in %d files: %s", part, len(files), names)
    return recordings


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


def _missing(recordings: Mapping[str, Sequence[Path]], folder: Path) -> dict[Path, Path]:
    """Where to link to -> the recordings still to be linked; an error where the folder has others."""
    held = recordings_in(folder) if folder.is_dir() else {}
    for part, files in held.items():
        given = recordings.get(part, ())
        for index, path in enumerate(files):
            if index >= len(given) or not _same(path, given[index]):
                raise _taken(part, path, recordings)
    missing = dict[Path, Path]()
    for part, given in recordings.items():
        num_held = len(held.get(part, ()))
        for index, path in enumerate(given[num_held:], start=num_held + 1):
            name = part if len(given) == 1 else f"{part}-{index}"
            missing[folder / f"{name}{_suffix_of(path)}"] = path
    return missing


def _same(held: Path, path: Path) -> bool:
    if not held.exists():
        return False
    return held.samefile(path) or filecmp.cmp(held, path, shallow=False)


def _taken(part: str, path: Path, recordings: Mapping[str, Sequence[Path]]) -> InputError:
    """Why the game's folder cannot take these recordings: what its file `path` of `part` is."""
    slug, other = path.parent.name, "give another name with GAME=other-name"
    if not path.exists():
        return InputError(
            f"{path} links to a recording that is no longer there",
            where=f"game {slug}",
            remedy=f"Put the recording back, remove that link and run the same command again, or {other}",
        )
    given = next((name for name, files in recordings.items() if _same(path, files[0])), None)
    if given is None or given == part:
        return _collision(slug, f"{path} is another recording")
    words = {"full": "the full match", "1": "the first half", "2": "the second half"}
    if "full" not in (part, given):
        remedy = f"Give VIDEO and VIDEO2 the other way round, or {other}"
    else:
        remedy = f"Rename that file to {given}{path.suffix} and run the same command again, or {other}"
    return InputError(
        f"{path} is this recording already, as {words[part]}, and now it is given as {words[given]}",
        where=f"game {slug}",
        remedy=remedy,
    )


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
