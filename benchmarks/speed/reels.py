"""The command of `make reel` on a recording, in a folder of its own, and what each of its steps took."""

from __future__ import annotations

import json
import shutil
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import psutil
from timing import Run, run_once

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from dag_scale import planned, pretend_games, write_empty_table  # noqa: E402
from snakemake_runs import snakemake_command  # noqa: E402

STEPS = {path.stem for path in (ROOT / "workflow/scripts").glob("*.py")}
GAME = "speed"
_LOOK_SECONDS = 0.2


def make_reel(recording: Path, folder: Path, *, limit_seconds: float, is_watched: bool) -> Run:
    """Run it on 2 cores from nothing to the finished reel; the run's steps hold seconds and megabytes.

    A watched run also has each step's peak memory, looked at five times a second: with all that it started.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    watch = _Watch()
    run = run_once(
        [sys.executable, str(ROOT / "workflow/commands/make_reel.py"), "--cores", "2"],
        folder=folder, environment={"VIDEO": str(recording.resolve()), "GAME": GAME, "VIDEO2": ""},
        limit_seconds=limit_seconds, beside=watch.begin if is_watched else None,
    )  # fmt: skip
    peaks = watch.finish()
    if not (folder / f"results/highlights/{GAME}/reel.mp4").exists():
        sys.exit(f"{recording}: no reel was made\n{run.said[-2000:]}")
    steps = recorded_steps(folder / "results/benchmarks")
    for name, figures in steps.items():
        figures["peak_megabytes"] = max(peaks.get(name, 0.0), figures["peak_megabytes"])
    shutil.rmtree(folder, ignore_errors=True)
    return replace(run, steps=steps)


def make_games(recording: Path, folder: Path, count: int, *, limit_seconds: float) -> Run:
    """The reels of so many games, all of one recording, by `rule all` on 2 cores."""
    shutil.rmtree(folder, ignore_errors=True)
    for number in range(1, count + 1):
        game = folder / f"resources/games/game-{number}"
        game.mkdir(parents=True)
        (game / "full.mkv").symlink_to(recording.resolve())
    write_empty_table(folder)
    command = snakemake_command(folder, folder / "over.yaml", "--logger", "steps", "--", "all", cores=2)
    environment = {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    run = run_once(command, environment=environment, limit_seconds=limit_seconds)
    made = len(list(folder.glob("results/highlights/*/reel.mp4")))
    if made != count:
        sys.exit(f"{made} reels instead of {count}\n{run.said[-2000:]}")
    steps = recorded_steps(folder / "results/benchmarks")
    shutil.rmtree(folder, ignore_errors=True)
    return replace(run, steps=steps)


def plan_games(folder: Path, count: int, *, limit_seconds: float) -> Run:
    """A dry run of the reels of so many games of two halves; steps["plan"]["jobs"] counts its jobs."""
    shutil.rmtree(folder, ignore_errors=True)
    pretend_games(folder, count)
    jobs, run = planned(folder, "--", "all", limit_seconds=limit_seconds)
    shutil.rmtree(folder, ignore_errors=True)
    return replace(run, steps={"plan": {"jobs": float(jobs)}})


def recorded_steps(folder: Path) -> dict[str, dict[str, float]]:
    """Step -> wall and processor seconds of all jobs and the most memory, as Snakemake recorded them."""
    steps: dict[str, dict[str, float]] = {}
    for path in sorted(folder.rglob("*.jsonl")):
        row = json.loads(path.read_text(encoding="utf-8").strip().splitlines()[-1])
        held = steps.setdefault(path.relative_to(folder).parts[0], _nothing())
        held["wall_seconds"] += float(row["s"])
        held["processor_seconds"] += _number(row, "cpu_time")
        held["peak_megabytes"] = max(held["peak_megabytes"], _number(row, "max_rss") * 2**20 / 1e6)
    return steps


def _nothing() -> dict[str, float]:
    return {"wall_seconds": 0.0, "processor_seconds": 0.0, "peak_megabytes": 0.0}


def _number(row: Mapping[str, object], key: str) -> float:
    """Snakemake writes text where a job ended before it could look."""
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) else 0.0


class _Watch:
    """Looks at a process tree from a thread; step -> megabytes of its process and all below it at most."""

    def __init__(self) -> None:
        self._peaks: dict[str, float] = {}
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, pid: int) -> None:
        """Start looking."""
        self._thread = threading.Thread(target=self._look_on, args=(pid,), daemon=True)
        self._thread.start()

    def finish(self) -> dict[str, float]:
        """Stop, and what was seen."""
        self._is_over.set()
        if self._thread:
            self._thread.join()
        return self._peaks

    def _look_on(self, pid: int) -> None:
        while not self._is_over.wait(_LOOK_SECONDS):
            with suppress(psutil.Error):
                self._look(psutil.Process(pid))

    def _look(self, top: psutil.Process) -> None:
        below: dict[int, list[psutil.Process]] = {}
        for process in top.children(recursive=True):
            with suppress(psutil.Error):
                below.setdefault(process.ppid(), []).append(process)
        for step, process in _steps_below(top, below):
            megabytes = sum(_megabytes(own) for own in _tree(process, below))
            self._peaks[step] = max(self._peaks.get(step, 0.0), megabytes)


def _steps_below(
    process: psutil.Process, below: Mapping[int, list[psutil.Process]]
) -> Iterator[tuple[str, psutil.Process]]:
    """The outermost processes that run a step, as `python -m step`."""
    for child in below.get(process.pid, []):
        try:
            words = child.cmdline()
        except psutil.Error:
            continue
        named = [word for flag, word in pairwise(words) if flag == "-m" and word in STEPS]
        if named:
            yield named[0], child
        else:
            yield from _steps_below(child, below)


def _tree(process: psutil.Process, below: Mapping[int, list[psutil.Process]]) -> Iterator[psutil.Process]:
    yield process
    for child in below.get(process.pid, []):
        yield from _tree(child, below)


def _megabytes(process: psutil.Process) -> float:
    try:
        return float(process.memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0
