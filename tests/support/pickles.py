"""Files whose unpickling creates a marker, in all the ways that weights are handed around."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import torch

FORMATS = ("torch", "torch of 2019", "pickle 0", "pickle 2", "pickle 5", "nested")


class Evil:
    """Whoever unpickles it makes the marker."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (self.marker,)


def write_evil(path: Path, *, marker: Path, kind: str) -> Path:
    """One of FORMATS, with tensors beside what is evil, as a real file of weights would have them."""
    held = {"fc.weight": torch.zeros(2, 3), "fc.bias": Evil(marker)}
    name, _, version = kind.partition(" ")
    if name == "torch":
        torch.save(held, path, _use_new_zipfile_serialization=version == "")
    elif name == "nested":
        torch.save({"state_dict": {"layers": [held, {"more": (held["fc.bias"],)}]}}, path)
    else:
        path.write_bytes(pickle.dumps(held["fc.bias"], protocol=int(version)))
    return path


def load_as_careless_people_do(path: Path) -> None:
    """What must make the marker, else the file proves nothing."""
    try:
        torch.load(path, weights_only=False)
    except Exception:
        # A bare pickle is none of torch's, and os.mkdir's None is no tensor: either way code has run.
        pickle.loads(path.read_bytes())
