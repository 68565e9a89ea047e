"""The raw runs of a section as JSON.

A stopped measurement goes on from them, and the page is made of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from timing import Figures, NoRunError, Run

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("torch", "torchvision", "av", "opencv-python-headless", "imageio-ffmpeg", "numpy", "snakemake")


def code_digest(paths: Sequence[Path]) -> str:
    """SHA-256 (12 digits) of the Python files at or below some paths."""
    digest = hashlib.sha256()
    for path in sorted(file for held in paths for file in ([held] if held.is_file() else held.rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def machine() -> dict[str, Any]:
    """Cores, processor and versions."""
    model, path = platform.processor() or "unknown processor", Path("/proc/cpuinfo")
    if path.exists():
        found = [line for line in path.read_text(encoding="utf-8").splitlines() if "model name" in line]
        model = found[0].split(":")[1].strip() if found else model
    versions = {"Python": platform.python_version()} | {name: version(name) for name in _PACKAGES}
    return {"cores": os.cpu_count(), "processor": model, "system": platform.platform(), "versions": versions}


@dataclass
class Section:
    """A section's runs by case, and why a case has none. facts: under what they were measured."""

    facts: dict[str, Any]
    runs: dict[str, list[Run]]
    without: dict[str, str]

    def figures(self) -> dict[str, Figures]:
        """The cases that have runs."""
        return {name: Figures(tuple(runs)) for name, runs in self.runs.items() if runs}


def read_section(folder: Path, name: str) -> Section | None:
    """What is stored of a section; None where nothing is."""
    path = _path(folder, name)
    if not path.exists():
        return None
    held = json.loads(path.read_text(encoding="utf-8"))
    runs = {case: [Run(**run) for run in rows] for case, rows in held["runs"].items()}
    return Section(held["facts"], runs, held["without"])


def open_section(folder: Path, name: str, facts: Mapping[str, Any]) -> Section:
    """The stored section where its facts are the same, else a new one; the old one is set aside."""
    held = read_section(folder, name)
    wanted = json.loads(json.dumps(facts | {"machine": machine()}))
    if held and {key: value for key, value in held.facts.items() if key != "day"} == wanted:
        return held
    if held:
        print(f"{name}: measured under other settings or code before; set aside", file=sys.stderr)
        _path(folder, name).replace(_path(folder, f"{name}-before"))
    return Section(wanted | {"day": time.strftime("%Y-%m-%d", time.gmtime())}, {}, {})


def save_section(folder: Path, name: str, section: Section) -> None:
    """Write it whole; what commands said stays out."""
    folder.mkdir(parents=True, exist_ok=True)
    runs = {case: [asdict(run) | {"said": ""} for run in rows] for case, rows in section.runs.items() if rows}
    text = json.dumps({"facts": section.facts, "runs": runs, "without": section.without}, indent=1)
    temporary = _path(folder, name).with_suffix(".part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(_path(folder, name))


def _path(folder: Path, name: str) -> Path:
    return folder / f"runs-{name}.json"


@dataclass
class Measuring:
    """Fills a section with runs until each case has its number, or the section's time is up."""

    folder: Path
    name: str
    section: Section
    bound_seconds: float
    began: float

    @property
    def left_seconds(self) -> float:
        """How long this call may still measure."""
        return self.bound_seconds - (time.monotonic() - self.began)

    def is_complete(self, cases: Sequence[str], num_runs: int) -> bool:
        """Whether these have all their runs, or are known not to run here."""
        return all(
            len(self.section.runs.get(case, [])) >= num_runs or self._never_runs(case) for case in cases
        )

    def _never_runs(self, case: str) -> bool:
        return self.section.without.get(case, "").startswith("does not run")

    def alternate(self, cases: Mapping[str, Callable[[float], Run]], *, num_runs: int) -> None:
        """Every case once, then every case again, so that a slow minute of the machine meets all.

        A case is called with the seconds after which it is ended: what is left, and the bound once more.
        """
        for number in range(num_runs):
            for case, run in cases.items():
                rows = self.section.runs.setdefault(case, [])
                if len(rows) > number or self._never_runs(case):
                    continue
                if self.left_seconds <= 0:
                    self.section.without[case] = f"the time bound came after {len(rows)} of {num_runs} runs"
                    continue
                self._one(case, run, f"{self.name}: {number + 1}/{num_runs} {case}")
        save_section(self.folder, self.name, self.section)

    def _one(self, case: str, run: Callable[[float], Run], words: str) -> None:
        try:
            done = run(self.left_seconds + self.bound_seconds)
        except NoRunError as reason:
            is_ended = str(reason).startswith("ended")
            self.section.without[case] = str(reason) if is_ended else f"does not run: {reason}"
            print(f"{words}: {self.section.without[case]}", file=sys.stderr, flush=True)
        else:
            self.section.without.pop(case, None)
            self.section.runs[case].append(done)
            print(f"{words}: {done.wall_seconds:.2f} s", file=sys.stderr, flush=True)
        save_section(self.folder, self.name, self.section)
