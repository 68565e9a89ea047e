"""Named arrays in one safetensors file: same arrays, same bytes; reading maps them into memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save as as_safetensors

from matchreel.errors import InputError
from matchreel.provenance import written_whole

REMAKE = "Delete it and run the same command again to make it anew"


def save_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any]], facts: Mapping[str, str]) -> None:
    """Write a safetensors file whole: contiguous arrays and string facts in its header."""
    with written_whole(path) as temporary:
        held = {name: np.ascontiguousarray(array) for name, array in sorted(arrays.items())}
        # One entry: safetensors writes several in random order.
        header = {"facts": json.dumps(dict(facts), sort_keys=True)}
        # Not save_file: what it writes only the owner may read.
        temporary.write_bytes(as_safetensors(held, metadata=header))


def load_arrays(path: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, str]]:
    """Memory-mapped arrays and facts of a safetensors file; InputError where it is none."""
    try:
        with safe_open(path, framework="np") as held:
            facts: dict[str, str] = json.loads((held.metadata() or {}).get("facts", "{}"))
        return _mapped(path), facts
    except FileNotFoundError:
        raise
    except Exception as error:
        raise InputError(f"this is not a safetensors file ({error})", where=path, remedy=REMAKE) from error


def _mapped(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Views of the file's pages; safetensors stores 8 bytes of header length, the JSON header, the arrays."""
    kinds = {"F16": np.float16, "F32": np.float32, "F64": np.float64, "I64": np.int64, "U8": np.uint8}
    with path.open("rb") as stream:
        header_length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(header_length))
    header.pop("__metadata__", None)
    base = 8 + header_length
    return {
        name: np.memmap(
            path,
            dtype=kinds[entry["dtype"]],
            mode="r",
            offset=base + entry["data_offsets"][0],
            shape=tuple(entry["shape"]),
        )
        for name, entry in header.items()
    }
