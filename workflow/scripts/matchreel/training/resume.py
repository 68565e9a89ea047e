"""The resume file: all that a killed training needs, and the digest that says whether it is the same one."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import pickle
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from matchreel.checksums import check_archive
from matchreel.provenance import file_sha256, written_whole

log = logging.getLogger("matchreel")

_PIECES, _PIECE_BYTES = 16, 1 << 16


def training_digest(facts: Mapping[str, Any], inputs: Iterable[Path]) -> str:
    """SHA-256 over params (with the code's digest) and the contents of all input files."""
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode())
    for path in inputs:
        digest.update(f"{path.parent.name}/{path.name} {file_sha256(path)}\n".encode())
    return digest.hexdigest()


def sampled_sha256(path: Path) -> str:
    """SHA-256 over a recording's length and 16 pieces of 64 KiB, evenly spread, first and last among them."""
    # A league's recordings are too large to read before every start, and times of change say nothing: a copy
    # has others. Another recording, encoding or cut differs in nearly every piece. What the pieces may miss,
    # a few bytes, the probe (every packet's time) and the shard (every picture's features) mostly do not.
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as stream:
        for index in range(_PIECES):
            stream.seek(max(0, size - _PIECE_BYTES) * index // (_PIECES - 1))
            digest.update(stream.read(_PIECE_BYTES))
    return digest.hexdigest()


def save_resume(path: Path, digest: str, state: Mapping[str, Any]) -> None:
    """Write the state of a finished epoch whole; a kill at any moment leaves the one before it."""
    buffer = io.BytesIO()
    # Serialised in memory: torch.save to a path would write the file's name into its bytes.
    torch.save({"digest": digest, **state}, buffer)
    with written_whole(path) as temporary:
        temporary.write_bytes(buffer.getvalue())


def load_resume(path: Path, digest: str) -> dict[str, Any] | None:
    """The state to go on from, or None. A file that is damaged or of another training becomes *.stale."""
    if not path.exists():
        return None
    try:
        check_archive(path)
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        if state["digest"] == digest:
            return state
        reason = "its params, code or inputs have changed"
    except (pickle.UnpicklingError, RuntimeError, EOFError, KeyError, TypeError, ValueError) as error:
        reason = f"it cannot be read ({str(error)[:80]})"
    stale_path = path.with_name(f"{path.name}.stale")
    path.replace(stale_path)
    log.info("training starts anew: the unfinished one was set aside as %s, %s", stale_path.name, reason)
    return None
