"""Full disks, read-only results, and too little memory: each told in one line, and nothing half-written."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from support.finished_steps import StepJob, copied, differing, forget_outputs, run

pytestmark = [pytest.mark.faults, pytest.mark.tmpfs]

# Steps that write much, through ffmpeg, numpy, torch, pandas and plain text.
RULES = (
    "render_game",
    "extract_audio",
    "slice_clips",
    "cache_tensors",
    "train_spotter",
    "cut_highlights",
    "evaluate",
)


@contextmanager
def small_disk(place: Path, *, size_bytes: int) -> Iterator[Path]:
    """A disk of its own at a folder."""
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_bytes}", "tmpfs", str(place)], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def last_line(said: str) -> str:
    lines = said.strip().splitlines()
    assert "Traceback" not in said and "Logging error" not in said, said
    return lines[-1] if lines else ""


@pytest.mark.parametrize("rule", RULES)
def test_full_disk(rule: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path) -> None:
    job, place = jobs[rule], tmp_path / "disk"
    with small_disk(place, size_bytes=200_000_000):
        folder = copied(reference, place / "league")
        forget_outputs(job, folder)
        _fill(place, leaving_bytes=60_000)
        status, said = run(job, folder)
        line = last_line(said)
        assert status == 2, said
        assert "no space left on the disk" in line and str(place) in line, line
        assert [path for path in differing(folder, reference) if (folder / path).exists()] == []
        (place / "filler").unlink()
        status, said = run(job, folder)
        assert status == 0, said
        assert differing(folder, reference) == []


@pytest.mark.parametrize("free_bytes", [600_000, 1_100_000, 1_200_000, 1_300_000, 1_400_000, 1_500_000])
def test_full_disk_in_the_middle_of_a_reel(
    free_bytes: int, jobs: dict[str, StepJob], reference: Path, tmp_path: Path
) -> None:
    """Wherever in its work a reel runs out of room: one line, or room enough."""
    job, place = jobs["cut_highlights"], tmp_path / "disk"
    with small_disk(place, size_bytes=200_000_000):
        folder = copied(reference, place / "league")
        forget_outputs(job, folder)
        _fill(place, leaving_bytes=free_bytes)
        status, said = run(job, folder)
        assert status == 0 or (status == 2 and last_line(said)), said
        assert "Traceback" not in said
        if status:
            assert [path for path in differing(folder, reference) if (folder / path).exists()] == []


def _fill(place: Path, *, leaving_bytes: int) -> None:
    size = max(0, shutil.disk_usage(place).free - leaving_bytes)
    with (place / "filler").open("wb") as stream:
        os.posix_fallocate(stream.fileno(), 0, size)


@pytest.mark.parametrize("rule", ["extract_audio", "find_moments", "cut_highlights"])
def test_read_only_results(rule: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path) -> None:
    job, place = jobs[rule], tmp_path / "disk"
    with small_disk(place, size_bytes=200_000_000):
        folder = copied(reference, place / "league")
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        status, said = run(job, folder)
        assert (status, "can only be read, not written" in last_line(said)) == (2, True), said
        assert differing(folder, reference) == []


LIMITED = """
import importlib, pathlib, resource, sys
import torch._inductor.config
from matchreel.step import run_step
function = getattr(importlib.import_module(sys.argv[1]), sys.argv[1])
held = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 20_000_000,) * 2)
run_step(function, sys.argv[2:])
"""


@pytest.mark.parametrize("rule", ["cache_tensors"])
def test_too_little_memory(rule: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path) -> None:
    """Whoever cannot have more, Python, numpy, torch or ffmpeg, says so in the same words."""
    job, folder = jobs[rule], copied(reference, tmp_path / "league")
    forget_outputs(job, folder)
    limited = replace(job, command=("python", "-c", LIMITED, rule, *job.arguments))
    status, said = run(limited, folder)
    assert (status, "ran out of memory" in last_line(said)) == (2, True), said
    assert [path for path in differing(folder, reference) if (folder / path).exists()] == []
