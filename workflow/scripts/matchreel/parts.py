"""Which files of a game's folder record which part: by their names, or as a text file `parts` lists them.

A part is one file (1.mp4) or several in order (1-1.mp4, 1-2.mp4). The chapters of a camera (GX010042.MP4,
GX020042.MP4) are the full match. A recording that cannot be placed is an error: nothing is left out silently.
Read at the Snakefile's top by every job: it looks at names, never into a recording.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from matchreel.errors import InputError

PARTS = ("1", "2", "full")
LIST_NAMES = ("parts", "parts.txt")
_PART_OF_STEM = {"full": "full", **{f"{part}{end}": part for part in "12" for end in ("", "_224p", "_720p")}}
_PIECE_STEM = re.compile(r"(1|2|full)[-_. ](\d{1,3})")
_LISTED = re.compile(r"(1|2|full)(?:\s*:\s*|\s+)(\S.*)")
# SOURCE: GoPro's names: GX, GH or GL, a chapter of two digits, the recording's number. Before 2018 the first
# chapter is GOPR and the number, the second GP01 and the number.
_CHAPTER_STEM = re.compile(r"g(?:opr|([hxlsp])(\d{2}))(\d{4})")
# Files of these kinds may be beside a recording under the same name.
SIDECAR_SUFFIXES = (
    *(".json", ".csv", ".tsv", ".srt", ".vtt", ".ass", ".ssa", ".sub", ".idx", ".txt", ".md", ".log", ".xml"),
    *(".nfo", ".xmp", ".edl", ".otio", ".llc", ".html", ".pdf", ".doc", ".docx", ".xls", ".xlsx", ".odt"),
    *(
        ".jpg",
        ".jpeg",
        ".png",
        ".gif",
        ".webp",
        ".heic",
        ".bmp",
        ".zip",
        ".md5",
        ".sha1",
        ".sha256",
        ".sfv",
        ".torrent",
        ".url",
        ".ini",
        ".db",
        ".bak",
    ),
    *(".part", ".tmp", ".crdownload", ".aria2", ".ytdl", ".lrv", ".thm"),
)
_VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".m2v"),
    *(".vob", ".flv", ".f4v", ".wmv", ".asf", ".mxf", ".3gp", ".ogv", ".dv", ".video", ".360", ".insv"),
)
# Snakemake takes braces for wildcards; other programs stumble over the rest.
_UNUSABLE_SUFFIX = re.compile("[{}\x00-\x20\x7f\ud800-\udfff]")
_UNUSABLE_STEM = re.compile("[{}\x00-\x1f\x7f\ud800-\udfff]")
_HOW_TO_PLACE = (
    "Name it for its part (1.mp4, 2.mp4, full.mp4; pieces 1-1.mp4, 1-2.mp4, ...), list all files in a text"
    " file `parts` there (a line for each, such as `1: name.mp4`), or move it out of this folder"
)


def recordings_in(folder: Path) -> dict[str, tuple[Path, ...]]:
    """Part -> the files of its recording in their order, in the parts' order; empty where there is none.

    Raises InputError where files claim one place, a piece is missing, a full recording is beside halves, or a
    recording cannot be placed.
    """
    files = sorted(path for path in folder.iterdir() if _may_count(path))
    listing = next((path for path in files if path.name.lower() in LIST_NAMES), None)
    candidates = [path for path in files if path.suffix and path.suffix.lower() not in SIDECAR_SUFFIXES]
    found = _listed(listing, files) if listing else _named(folder, candidates)
    if not found:
        return {}
    placed = {path for paths in found.values() for path in paths}
    for path in sorted(placed):
        _check_name(path)
    unplaced = [path for path in candidates if path not in placed and _looks_like_video(path)]
    if unplaced:
        missing_from = f"{listing.name} does not list it" if listing else "its name is no part's"
        raise InputError(
            f"{unplaced[0].name} cannot be placed in the match: {missing_from}",
            where=folder,
            remedy=_HOW_TO_PLACE,
        )
    if "full" in found and len(found) > 1:
        raise InputError(
            f"{found['full'][0].name} is beside a recording of a half",
            where=folder,
            remedy="Keep either the full match or its halves in this folder",
        )
    return {part: found[part] for part in PARTS if part in found}


def unplaced_videos(folder: Path) -> list[str]:
    """Names of the videos in a folder from which no game could be made."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path.name for path in files if _may_count(path) and path.suffix.lower() in _VIDEO_SUFFIXES]


def chapters_from(path: Path) -> tuple[Path, ...]:
    """A camera's first chapter and those beside it that continue it, in order; any other file alone."""
    chapter = _chapter_of(path)
    if chapter is None or not path.parent.is_dir():
        return (path,)
    kin = dict[int, Path]()
    for beside in sorted(path.parent.iterdir()):
        other = _chapter_of(beside)
        if other and other[0] == chapter[0] and beside.suffix.lower() == path.suffix.lower():
            kin.setdefault(other[1], beside)
    if chapter[1] > 1 or chapter[1] != min(kin, default=-1):
        return (path,)
    kin[chapter[1]] = path
    _check_consecutive(kin, path.parent)
    return tuple(kin[number] for number in sorted(kin))


def _may_count(path: Path) -> bool:
    return not path.name.startswith(".") and not path.is_dir()


def _looks_like_video(path: Path) -> bool:
    return path.suffix.lower() in _VIDEO_SUFFIXES or path.stem.isdigit()


def _check_name(path: Path) -> None:
    """InputError where Snakemake or another program could not work with a recording's name."""
    if _UNUSABLE_SUFFIX.search(path.suffix):
        raise InputError(
            f"the ending of {path.name} has braces, blanks, or bytes that are no UTF-8",
            where=path.parent,
            remedy=f"Rename it to {path.stem}.mkv; ffmpeg looks inside for the format",
        )
    if _UNUSABLE_STEM.search(path.stem):
        raise InputError(
            f"the name of {path.name} has braces, control characters, or bytes that are no UTF-8",
            where=path.parent,
            remedy="Rename it, also in the list",
        )


def _named(folder: Path, candidates: Iterable[Path]) -> dict[str, tuple[Path, ...]]:
    """By their names: whole parts, pieces of parts, or where there is neither a camera's chapters."""
    pieces, chapters = dict[str, dict[int, Path]](), dict[str, dict[int, Path]]()
    for path in candidates:
        if place := _place_of(path):
            _put(pieces.setdefault(place[0], {}), place[1], path, f"part {place[0]}")
        elif chapter := _chapter_of(path):
            _put(chapters.setdefault(chapter[0], {}), chapter[1], path, f"chapter {chapter[1]}")
    for numbered in pieces.values():
        _check_consecutive(numbered, folder)
    if not pieces and chapters:
        pieces["full"] = _only_recording(chapters, folder)
    return {part: tuple(held[number] for number in sorted(held)) for part, held in pieces.items()}


def _place_of(path: Path) -> tuple[str, int] | None:
    """The part that a file records, and which piece of it; a broken link still counts as one."""
    stem = path.stem.lower()
    if stem in _PART_OF_STEM:
        return _PART_OF_STEM[stem], 1
    piece = _PIECE_STEM.fullmatch(stem)
    return (piece[1], int(piece[2])) if piece else None


def _chapter_of(path: Path) -> tuple[str, int] | None:
    """A camera's recording, by kind and number, and the chapter of it that this file is."""
    if path.suffix.lower() in SIDECAR_SUFFIXES:
        return None
    match = _CHAPTER_STEM.fullmatch(path.stem.lower())
    if not match:
        return None
    return f"{match[1] or 'p'}{match[3]}", int(match[2] or 0)


def _put(numbered: dict[int, Path], number: int, path: Path, what: str) -> None:
    if number in numbered:
        raise InputError(
            f"both {numbered[number].name} and {path.name} could be {what}",
            where=path.parent,
            remedy="Move one of the two out of this folder",
        )
    numbered[number] = path


def _check_consecutive(numbered: Mapping[int, Path], folder: Path) -> None:
    """Pieces count from 1, an old camera's chapters from 0: a missing one would shift all that follows."""
    first = min(numbered)
    missing = sorted(set(range(min(first, 1), max(numbered) + 1)) - set(numbered))
    if missing:
        names = ", ".join(numbered[number].name for number in sorted(numbered))
        raise InputError(
            f"piece {missing[0]} of a recording is missing beside {names}",
            where=folder,
            remedy="Put it there, or list the pieces in their order in a text file `parts` in this folder",
        )


def _only_recording(chapters: Mapping[str, dict[int, Path]], folder: Path) -> dict[int, Path]:
    """The chapters of the one recording of a folder."""
    firsts = sorted(held[min(held)].name for held in chapters.values())
    if len(chapters) > 1:
        raise InputError(
            f"{firsts[0]} and {firsts[1]} begin two recordings, and nothing says which part each is",
            where=folder,
            remedy=f"List all files in a text file `parts` there, a line for each, such as `1: {firsts[0]}`",
        )
    (numbered,) = chapters.values()
    _check_consecutive(numbered, folder)
    return numbered


def _listed(listing: Path, files: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    """What the text file says: a line for each file, its part first."""
    by_name = {_plain(path.name): path for path in files}
    found = dict[str, tuple[Path, ...]]()
    for number, line in _lines(listing):
        where = f"{listing}, line {number}"
        match = _LISTED.fullmatch(line)
        if not match:
            raise InputError(
                f"{line!r} names no part and file", where=where, remedy="Write it as `1: name.mp4`"
            )
        path = by_name.get(_plain(match[2]))
        if path is None:
            raise InputError(
                f"there is no {match[2]!r} in this folder",
                where=where,
                remedy="Write the name of a file beside this list, or put that file there",
            )
        if any(path in held for held in found.values()):
            raise InputError(f"{path.name} is listed twice", where=where, remedy="List each file once")
        found[match[1]] = (*found.get(match[1], ()), path)
    if not found:
        remedy = "Write a line for each file into it, such as `1: name.mp4`, or delete it"
        raise InputError("it lists no file", where=listing, remedy=remedy)
    return found


def _lines(listing: Path) -> list[tuple[int, str]]:
    try:
        text = listing.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is not UTF-8 text", where=listing, remedy="Save it as UTF-8") from None
    numbered = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, line) for number, line in numbered if line and not line.startswith("#")]


def _plain(name: str) -> str:
    # macOS takes letters apart in file names, keyboards do not.
    return unicodedata.normalize("NFC", name)
