"""Whole files that were joined byte by byte to others: of most formats, players read only the first one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

from matchreel.errors import InputError

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_FLV = b"FLV\x01"
_MAX_BOXES = 100_000
# What is looked through behind the last packet.
_SEARCHED_BYTES = 1 << 20


def refuse_second_file(path: Path, container: str, last_byte: int) -> None:
    """InputError where another file of the same format begins in this one; last_byte: of its last packet."""
    with path.open("rb") as stream:
        at = _second_start(stream, container, last_byte)
    if at:
        raise InputError(
            f"it is two files joined byte by byte: the second one, at byte {at}, would be left out",
            where=path,
            remedy=f"Take them apart (head -c {at} IN > 1{path.suffix}; tail -c +{at + 1} IN >"
            f" 2{path.suffix}) and give both, as VIDEO and VIDEO2",
        )


def _second_start(stream: IO[bytes], container: str, last_byte: int) -> int | None:
    if container == "matroska":
        return _second_matroska(stream)
    if container == "mov":
        return _second_mov(stream)
    if container == "avi":
        return _second_avi(stream)
    if container == "flv":
        stream.seek(last_byte)
        found = stream.read(_SEARCHED_BYTES).find(_FLV)
        return None if found < 0 else last_byte + found
    return None


def _second_matroska(stream: IO[bytes]) -> int | None:
    """Header and segment both say how long they are; a segment that was never finished says nothing."""
    size, at = os.fstat(stream.fileno()).st_size, 0
    for name in (_EBML, _SEGMENT):
        stream.seek(at)
        head = stream.read(12)
        length = _matroska_length(head[4:])
        if head[:4] != name or length is None:
            return None
        at += 4 + length[0] + length[1]
    stream.seek(at)
    return at if at < size and stream.read(4) == _EBML else None


def _matroska_length(head: bytes) -> tuple[int, int] | None:
    """(bytes of the number, the number) of an element's length; None where it is unknown."""
    if not head or not head[0]:
        return None
    count = 9 - head[0].bit_length()
    number = int.from_bytes(head[:count], "big") & ((1 << 7 * count) - 1)
    return None if number == (1 << 7 * count) - 1 else (count, number)


def _second_mov(stream: IO[bytes]) -> int | None:
    """Where a second description of tracks follows, the file begins that it belongs to."""
    size, at, num_moov, begins = os.fstat(stream.fileno()).st_size, 0, 0, 0
    for _ in range(_MAX_BOXES):
        stream.seek(at)
        head = stream.read(16)
        if len(head) < 8:
            return None
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        begins = at if name == b"ftyp" else begins
        num_moov += name == b"moov"
        if num_moov == 2:
            return begins or at
        if length < 8 or at + length > size:
            return None
        at += length
    return None


def _second_avi(stream: IO[bytes]) -> int | None:
    size, at = os.fstat(stream.fileno()).st_size, 0
    while at < size:
        stream.seek(at)
        head = stream.read(12)
        if head[:4] != b"RIFF":
            return None
        if at and head[8:] == b"AVI ":  # what goes on where a long file is split is called AVIX
            return at
        at += 8 + int.from_bytes(head[4:8], "little") + int.from_bytes(head[4:8], "little") % 2
    return None
