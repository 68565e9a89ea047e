"""Where a transport stream's program map changes: from there on its streams may have other PIDs.

Demuxers that have opened the file before do not see those streams; opened from there on, they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

# SOURCE: ISO/IEC 13818-1: packets of 188 bytes begin with 0x47; Blu-ray puts 4 bytes before, DVB 16 after.
_SYNC, _PACKET_SIZES = 0x47, (188, 192, 204)
_NUM_CHECKED, _PACKETS_PER_BLOCK = 5, 1 << 16
_TABLE_OF_PROGRAMS, _TABLE_OF_STREAMS = 0, 2


@dataclass(frozen=True)
class ProgramMap:
    """From a byte of the file on: the kind of stream (ISO/IEC 13818-1, table 2-34) by PID."""

    first_byte: int
    kinds: Mapping[int, int]


def program_maps(path: Path) -> list[ProgramMap]:
    """The maps of a transport stream in file order, only those that differ from the one before."""
    held = list[ProgramMap]()
    kinds: dict[int, dict[int, int]] = {}  # of each program's own PID
    directory_byte = 0
    for position, pid, section in _sections(path):
        if pid == 0 and section[0] == _TABLE_OF_PROGRAMS:
            directory_byte = position
            named = _programs(section)
            kinds = {own: kinds.get(own, {}) for own in named}
        elif pid in kinds and section[0] == _TABLE_OF_STREAMS:
            kinds[pid] = _streams(section)
            merged = {stream: kind for own in kinds.values() for stream, kind in own.items()}
            if not held or merged != held[-1].kinds:
                held.append(ProgramMap(directory_byte if held else 0, merged))
    return held


def _programs(section: bytes) -> list[int]:
    """The PIDs of the program maps that a program association table names."""
    rows = range(8, len(section) - 4, 4)
    return [
        (section[at + 2] & 0x1F) << 8 | section[at + 3] for at in rows if section[at] << 8 | section[at + 1]
    ]


def _streams(section: bytes) -> dict[int, int]:
    """Kind by PID, as a program map table has them."""
    at, found = 12 + ((section[10] & 0x0F) << 8 | section[11]), dict[int, int]()
    while at + 5 <= len(section) - 4:
        found[(section[at + 1] & 0x1F) << 8 | section[at + 2]] = section[at]
        at += 5 + ((section[at + 3] & 0x0F) << 8 | section[at + 4])
    return found


def _sections(path: Path) -> Iterator[tuple[int, int, bytes]]:
    """(byte, PID, table) of every table in a packet whose PID is 0 or is named as a program map's."""
    size, first = _packet_size(path)
    if not size:
        return
    wanted = {0}
    with path.open("rb") as stream:
        stream.seek(first)
        position = first
        while block := stream.read(size * _PACKETS_PER_BLOCK):
            packets = np.frombuffer(block[: len(block) // size * size], dtype=np.uint8).reshape(-1, size)
            for row in _with_tables(packets):
                pid = (int(packets[row, 1]) & 0x1F) << 8 | int(packets[row, 2])
                table = _table(packets[row]) if pid in wanted else b""
                if len(table) < 12:
                    continue
                if pid == 0:
                    wanted = {0, *_programs(table)}
                yield position + row * size, pid, table
            position += len(block)


def _with_tables(packets: npt.NDArray[np.uint8]) -> list[int]:
    """Rows of packets in which a table may begin: a unit starts there, and not one of picture or sound."""
    begins = (packets[:, 0] == _SYNC) & (packets[:, 1] & 0x40 > 0)
    # A unit of picture or sound begins with 0, 0, 1; a table with a pointer and its number.
    is_stream = (
        (packets[:, 4] == 0) & (packets[:, 5] == 0) & (packets[:, 6] == 1) & (packets[:, 3] & 0x20 == 0)
    )
    return [int(row) for row in np.flatnonzero(begins & ~is_stream)]


def _table(packet: npt.NDArray[np.uint8]) -> bytes:
    """A table that is whole in its packet; nothing where it is not."""
    data = packet[:188].tobytes()
    at = 5 + data[4] if data[3] & 0x20 else 4
    if at >= len(data):
        return b""
    at += 1 + data[at]
    if at + 3 > len(data):
        return b""
    length = (data[at + 1] & 0x0F) << 8 | data[at + 2]
    return data[at : at + 3 + length] if at + 3 + length <= len(data) else b""


def _packet_size(path: Path) -> tuple[int, int]:
    """(packet size, first byte of a sync); (0, 0) where this is no transport stream."""
    with path.open("rb") as stream:
        head = np.frombuffer(stream.read(4096), dtype=np.uint8)
    for size in _PACKET_SIZES:
        for first in range(min(size, max(0, len(head) - size * _NUM_CHECKED))):
            if (head[first : first + size * _NUM_CHECKED : size] == _SYNC).all():
                return size, first
    return 0, 0
