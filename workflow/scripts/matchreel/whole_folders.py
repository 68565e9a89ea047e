"""Folders that Snakemake knows by name alone: which files belong in one, and whether all are there and whole.

manifest.json in the folder lists its files with their sizes. Snakemake compares a folder's own date alone, so
a deleted reel or a file that a crash cut short would stay unseen. Files that people add do not count.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

MANIFEST_NAME = "manifest.json"
FILES_KEY = "files"


def file_sizes(folder: Path) -> dict[str, int]:
    """Path from the folder -> size in bytes, of all files in it but its manifest, sorted."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}
    return {name: size for name, size in sizes.items() if name != MANIFEST_NAME}


def torn_reason(folder: Path) -> str | None:
    """Why an existing folder is not what was written: its first file that is missing or of another size."""
    listed = _listed(folder)
    if listed is None:
        return f"{MANIFEST_NAME} is missing, damaged or of an older version"
    for name, num_bytes in listed.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        if path.stat().st_size != num_bytes:
            return f"{name} has {path.stat().st_size} bytes instead of {num_bytes}"
    return None


def _listed(folder: Path) -> Mapping[str, int] | None:
    """The files that the manifest lists; None where it cannot be read."""
    try:
        listed = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))[FILES_KEY]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    return listed if isinstance(listed, dict) else None
