"""Named arrays in one safetensors file: same arrays, same bytes; reading maps them into memory."""

from __future__ import annotations

import json
import math
import mmap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open

from matchreel.checksums import BLANK_MARK, MARK_KEY, check_whole, seal
from matchreel.errors import DamagedError
from matchreel.provenance import written_whole

# In the order in which the package writes them.
_KINDS: dict[str, type[np.generic]] = {
    "I64": np.int64, "F64": np.float64, "F32": np.float32, "F16": np.float16, "U8": np.uint8,
}  # fmt: skip


@dataclass(frozen=True)
class Blocks:
    """An array that comes in blocks along its first axis, and is never whole in memory."""

    shape: tuple[int, ...]
    dtype: type[np.generic]
    blocks: Iterable[npt.NDArray[Any]]


def save_arrays(
    path: Path, arrays: Mapping[str, npt.NDArray[Any] | Blocks], facts: Mapping[str, str]
) -> None:
    """Write a safetensors file whole: arrays, by name, and string facts in its header, its mark among them.

    Blocks are asked for one after the other, array after array. ValueError where they are not of their shape.
    The safetensors package writes the same bytes, from arrays that are whole in memory.
    """
    streams = {
        name: array if isinstance(array, Blocks) else Blocks(array.shape, array.dtype.type, (array,))
        for name, array in arrays.items()
    }
    names = {kind: name for name, kind in _KINDS.items()}
    order = sorted(streams, key=lambda name: (list(_KINDS).index(names[streams[name].dtype]), name))
    # One entry: several would need an order.
    header: dict[str, Any] = {
        "__metadata__": {"facts": json.dumps({MARK_KEY: BLANK_MARK, **facts}, sort_keys=True)}
    }
    end = 0
    for name in order:
        stream = streams[name]
        begin, end = end, end + math.prod(stream.shape) * np.dtype(stream.dtype).itemsize
        header[name] = {
            "dtype": names[stream.dtype], "shape": list(stream.shape), "data_offsets": [begin, end],
        }  # fmt: skip
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with written_whole(path) as temporary:
        with temporary.open("wb") as file:
            file.write(len(text).to_bytes(8, "little") + text)
            for name in order:
                _write_blocks(file, name, streams[name])
        seal(temporary)


def _write_blocks(file: IO[bytes], name: str, stream: Blocks) -> None:
    num_rows = 0
    for block in stream.blocks:
        if block.dtype != stream.dtype or block.shape[1:] != stream.shape[1:]:
            raise ValueError(f"{name}: a block {block.shape} {block.dtype} of {stream.shape} {stream.dtype}")
        file.write(np.ascontiguousarray(block).data)
        num_rows += len(block)
    if num_rows != stream.shape[0]:
        raise ValueError(f"{name}: {num_rows} rows instead of {stream.shape[0]}")


def load_arrays(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Memory-mapped arrays and facts of a safetensors file; DamagedError where it is none or was altered."""
    check_whole(path)
    try:
        with safe_open(path, framework="np") as held:
            facts: dict[str, str] = json.loads((held.metadata() or {}).get("facts", "{}"))
        facts.pop(MARK_KEY, None)
        return _mapped(path), facts
    except FileNotFoundError:
        raise
    except Exception as error:
        raise DamagedError(f"this is not a safetensors file ({error})", path=path) from error


def _mapped(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Views of the file's pages; safetensors stores 8 bytes of header length, the JSON header, the arrays."""
    with path.open("rb") as stream:
        header_length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(header_length))
    header.pop("__metadata__", None)
    arrays = dict[str, npt.NDArray[Any]]()
    with path.open("rb") as stream:
        pages = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(pages, dtype=np.uint8, count=end - begin, offset=8 + header_length + begin)
        arrays[name] = values.view(_KINDS[entry["dtype"]]).reshape(entry["shape"])
    return arrays


def forget_pages(*arrays: npt.NDArray[Any] | None) -> None:
    """Give back the memory that reading mapped arrays took; they stay readable, others are let alone.

    What was read counts as a process's memory for as long as it is mapped: a whole match, in the end.
    """
    for array in arrays:
        owner: Any = array
        while isinstance(owner, np.ndarray):
            owner = owner.base
        pages = owner.obj if isinstance(owner, memoryview) else owner
        if isinstance(pages, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            pages.madvise(mmap.MADV_DONTNEED)
