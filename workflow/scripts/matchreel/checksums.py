"""The length and checksum that a file of ours gives of itself, so that its reader notices damage.

A crash or a failing disk may cut or alter a file and leave its date as it was: Snakemake sees nothing then.
So each file carries a mark, text of a fixed length near its beginning: the first key of a JSON record, an
entry in the header of a safetensors file, the comment of a WAV. It gives the file's length and the CRC-32 of
all its bytes, with zeros for the mark's own digits. A folder of clips has a record of its files instead. A
file without a mark, which a person made, is read as it is.
"""

from __future__ import annotations

import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from matchreel.errors import REMAKE, DamagedError, InputError, OutputError
from matchreel.provenance import json_text, written_whole

# What is written where the mark will be; seal puts the digits in.
BLANK_MARK = "crc32=00000000 bytes=0000000000000000"
MARK_KEY = "checksum"

_MARK = re.compile(rb"crc32=([0-9a-f]{8}) bytes=([0-9]{16})")
_HEAD_BYTES = 1 << 16  # the mark is among the first ones
_BLOCK_BYTES = 1 << 18


def mark_of(path: Path) -> str:
    """The mark of a file as it is now; a mark within it counts as blank."""
    with path.open("rb") as stream:
        return _mark_of(stream)


def seal(path: Path) -> None:
    """Put the digits into the blank mark that a finished file contains. The file is read once."""
    mark = mark_of(path)
    with path.open("r+b") as stream:
        found = _MARK.search(stream.read(_HEAD_BYTES))
        assert found, f"no mark in {path}"
        stream.seek(found.start())
        stream.write(mark.encode())


def check_whole(path: Path, *, aside: Path | None = None, remedy: str = REMAKE) -> None:
    """DamagedError where a file is not what was written; nothing where it has no mark. Reads it once."""
    with path.open("rb") as stream:
        found = _MARK.search(stream.read(_HEAD_BYTES))
        if found:
            _compare(path, stream, found[0].decode(), aside=aside, remedy=remedy)


@contextmanager
def written_readable(path: Path, load: Callable[[Path], object]) -> Iterator[Path]:
    """As written_whole; OutputError, and nothing is written, where `load` refuses what should be written.

    So a record's writer asks of it whatever its reader asks: a file that nothing can read is never left.
    """
    with written_whole(path) as temporary:
        yield temporary
        try:
            load(temporary)
        except InputError as error:
            raise OutputError(
                f"what should be written could not be read again: {error.what}",
                where=path,
                remedy="Check the recording and this step's settings; if they are right, report a fault",
            ) from error


def write_record(path: Path, value: Mapping[str, Any], load: Callable[[Path], object]) -> None:
    """Write a JSON record whole, readable, with its mark as its first key; `load` as in written_readable."""
    with written_readable(path, load) as temporary:
        temporary.write_text(json_text({MARK_KEY: BLANK_MARK, **value}), encoding="utf-8")
        seal(temporary)


def read_record(path: Path) -> Any:
    """What write_record wrote, without the mark. DamagedError if it was altered, ValueError if not JSON."""
    check_whole(path)
    raw = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(raw, dict):
        raw.pop(MARK_KEY, None)
    return raw


@contextmanager
def written_sealed(path: Path) -> Iterator[Path]:
    """written_whole for a folder, with a record of its files beside it once it is in place."""
    # A kill between leaves no record, rather than that of the files before.
    folder_record_path(path).unlink(missing_ok=True)
    with written_whole(path) as folder:
        folder.mkdir()
        yield folder
    seal_folder(path)


def seal_folder(folder: Path) -> None:
    """Write beside a folder a record of the lengths and checksums of its files."""
    marks = {path.name: mark_of(path) for path in sorted(folder.iterdir()) if path.is_file()}
    write_record(folder_record_path(folder), {"files": marks}, read_record)


def folder_record_path(folder: Path) -> Path:
    """Where the record of a folder's files is: results/clips/<game>/1.checksums.json."""
    return folder.with_name(f"{folder.name}.checksums.json")


def check_in_folder(*paths: Path) -> None:
    """DamagedError for the first of these files of one folder that is not what seal_folder found there.

    Nothing where the folder has no such record. What has to go then is the folder.
    """
    folder = paths[0].parent if paths else Path()
    record_path = folder_record_path(folder)
    if not paths or not record_path.is_file():
        return
    try:
        marks = read_record(record_path)["files"]
    except (DamagedError, ValueError, KeyError, TypeError) as error:
        raise DamagedError("this list of checksums is damaged", path=record_path, aside=folder) from error
    for path in paths:
        if not path.is_file():
            raise DamagedError("this file is missing from its folder", path=path, aside=folder)
        with path.open("rb") as stream:
            _compare(path, stream, str(marks.get(path.name)), aside=folder, remedy=REMAKE)


def check_archive(path: Path) -> None:
    """ValueError where a member of a zip file, which torch.save writes, does not have its own checksum.

    torch does not compare them. Nothing where it is no zip file.
    """
    if zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise ValueError(f"a damaged archive ({error})") from error
        if damaged is not None:
            raise ValueError(f"the checksum of its member {damaged[:80]!r} differs")


def moved_aside(error: DamagedError, results_dir: Path | None) -> DamagedError:
    """The error again, after what is damaged was renamed to *.damaged, if it is among the results.

    What a person gave is left where it is.
    """
    path = error.aside
    if results_dir is None or not path.absolute().is_relative_to(results_dir.absolute()):
        return error
    target = next(name for name in _names_aside(path) if not os.path.lexists(name))
    with suppress(OSError):
        path.rename(target)
        remedy = f"It was moved aside to {target}: run the same command again to make it anew"
        return DamagedError(error.what, path=error.path, aside=path, remedy=remedy)
    return error


def _names_aside(path: Path) -> Iterator[Path]:
    yield path.with_name(f"{path.name}.damaged")
    number = 2
    while True:
        yield path.with_name(f"{path.name}.damaged-{number}")
        number += 1


def _mark_of(stream: IO[bytes]) -> str:
    """The mark of an open file, read from its beginning in blocks."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    num_bytes = len(head)
    crc = zlib.crc32(_MARK.sub(BLANK_MARK.encode(), head, count=1))
    while block := stream.read(_BLOCK_BYTES):
        crc = zlib.crc32(block, crc)
        num_bytes += len(block)
    return f"crc32={crc:08x} bytes={num_bytes:016d}"


def _compare(path: Path, stream: IO[bytes], written: str, *, aside: Path | None, remedy: str) -> None:
    found = _mark_of(stream)
    if found == written:
        return
    num_found, num_written = (mark.partition("bytes=")[2].lstrip("0") or "0" for mark in (found, written))
    if num_found == num_written:
        what = "it was altered after it was written: its checksum differs"
    else:
        what = f"it has {num_found} bytes, but {num_written} were written"
    raise DamagedError(what, path=path, aside=aside, remedy=remedy)
