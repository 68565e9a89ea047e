"""Predictions of many games as one zip file in SoccerNet's layout, as its challenge servers take them."""

from __future__ import annotations

import json
import lzma
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from matchreel.errors import InputError
from matchreel.evaluation.spotting_files import SPOTTING_NAME, TypedSpot, spotting_json
from matchreel.provenance import written_whole

# Equal predictions give equal bytes: the earliest date a zip file can hold, and plain file rights.
_DATE = (1980, 1, 1, 0, 0, 0)
_RIGHTS = 0o100644 << 16
_UNIX = 3
# What is read at most: far more than predictions of all games take, far less than a disk holds.
_MOST_BYTES, _MOST_FILE_BYTES, _MOST_FILES = 2_000_000_000, 100_000_000, 20_000
# What zipfile and the three ways to unpack its files raise over damaged ones.
_UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError),
)


def write_spotting_zip(path: Path, games: Mapping[str, Iterable[TypedSpot]]) -> None:
    """Write <game>/results_spotting.json of every game (its path in SoccerNet), in the order given.

    Raises InputError for a spot that the format does not know.
    """
    with written_whole(path) as temporary, zipfile.ZipFile(temporary, "w") as held:
        for game, spots in games.items():
            name = f"{game}/{SPOTTING_NAME}"
            content = spotting_json(game=game, spots=spots, where=path / name)
            entry = zipfile.ZipInfo(name, date_time=_DATE)
            entry.compress_type, entry.external_attr, entry.create_system = (
                zipfile.ZIP_DEFLATED,
                _RIGHTS,
                _UNIX,
            )
            held.writestr(entry, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def _check_size(entries: Sequence[zipfile.ZipInfo], path: Path) -> None:
    """InputError for one that would fill disk or memory; zipfile never unpacks more than is declared."""
    sizes = [entry.file_size for entry in entries]
    problem = ""
    if len(sizes) > _MOST_FILES:
        problem = f"it holds {len(sizes)} files, at most {_MOST_FILES} are read"
    elif sum(sizes) > _MOST_BYTES:
        problem = f"it unpacks to {sum(sizes) / 1e9:.1f} GB, at most {_MOST_BYTES / 1e9:.0f} GB are read"
    elif max(sizes, default=0) > _MOST_FILE_BYTES:
        problem = (
            f"a file in it has {max(sizes) / 1e6:.0f} MB, at most {_MOST_FILE_BYTES / 1e6:.0f} MB are read"
        )
    if problem:
        remedy = f"Zip only the {SPOTTING_NAME} of each game, or name the unpacked folder"
        raise InputError(problem, where=path, remedy=remedy)


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder of predictions that path is, or one with the predictions of the zip file that it is."""
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="matchreel-") as folder:
        try:
            with zipfile.ZipFile(path) as held:
                _check_size(held.infolist(), path)
                for name in held.namelist():
                    if name.rpartition("/")[2] == SPOTTING_NAME:
                        held.extract(name, folder)
        except _UNREADABLE as error:
            raise InputError(
                f"this is not a zip file of predictions ({error})",
                where=path,
                remedy=f"Name a folder, or a zip file, that holds <league>/<season>/<game>/{SPOTTING_NAME}",
            ) from error
        yield Path(folder)
