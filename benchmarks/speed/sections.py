"""What each section measures."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from reels import ROOT, make_games, make_reel, plan_games
from store import Measuring, code_digest
from timing import Run, run_once

HERE = Path(__file__).parent
# Title -> name in the tables -> case. The first is the one that the others' ratios are to.
GROUPS = {
    "Decode, thin out and scale": {
        name: name
        for name in ("decode_floor", "decode_opencv", "decode_pyav", "decode_torchcodec", "decode_matchreel")
    },
    "Features": {
        "decode_floor beside features": "decode_floor",
        **{
            name: name
            for name in (
                "startup", "backbone_floor", "features_matchreel", "backbone_floor_bf16", "features_bf16",
                "logmel_matchreel", "score_matchreel",
            )
        },
    },
    "60 clips of 15 s": {name: name for name in ("encode_floor", "slice_matchreel", "slice_matchreel_late")},
}  # fmt: skip
# The feature path's cases at each length; its pictures are small there, which leaves what grows as it is.
LENGTH_CASES = ("features_matchreel", "logmel_matchreel", "score_matchreel", "slice_matchreel")
SMALL_PIXELS = 64
REEL = "make reel"
# Measured by turns with what is compared with it: machines have slow minutes, and slow hours.
SEED_BESIDE = "the seed's way, "


@dataclass(frozen=True)
class Plan:
    """What the command line asks for."""

    work: Path
    records: Path
    minutes: float
    runs: int
    seed_seconds: tuple[int, ...]
    whole_minutes: float
    match_minutes: float
    sizes: tuple[str, ...]
    lengths_minutes: tuple[float, ...]
    long_runs: int
    games: tuple[int, ...]
    dag_games: tuple[int, ...]


def prepare(folder: Path, minutes: float, *options: str) -> None:
    """inputs.py in a process of its own."""
    command = [sys.executable, str(HERE / "inputs.py"), "--folder", str(folder), "--minutes", str(minutes)]
    run_once([*command, *options])


def case_command(folder: Path, case: str) -> list[str]:
    """One case as a process; `startup` is Python with torch and the library's step, and no work."""
    if case == "startup":
        scripts = str(ROOT / "workflow/scripts")
        lines = f"import sys; sys.path.insert(0, {scripts!r}); import torch, matchreel.features"
        return [sys.executable, "-c", lines]
    return [sys.executable, str(HERE / "cases.py"), case, "--folder", str(folder)]


def _timed(command: Sequence[str]) -> Callable[[float], Run]:
    return lambda limit_seconds: run_once(command, limit_seconds=limit_seconds)


def _reel(recording: Path, folder: Path, *, is_watched: bool) -> Callable[[float], Run]:
    return lambda limit_seconds: make_reel(
        recording, folder, limit_seconds=limit_seconds, is_watched=is_watched
    )


def measure_steps(plan: Plan, measuring: Measuring) -> None:
    """The steps beside floors and alternatives, over one part."""
    folder = plan.work / "part"
    prepare(folder, plan.minutes)
    for names in GROUPS.values():
        cases = {name: _timed(case_command(folder, case)) for name, case in names.items()}
        measuring.alternate(cases, num_runs=plan.runs)


def _seed_folder(plan: Plan) -> Path:
    return plan.work / "part-seed"


def seed_way(plan: Plan, seconds: int) -> Callable[[float], Run]:
    """The student project's way over the first seconds of the prepared part."""
    folder = _seed_folder(plan)
    command = [sys.executable, str(HERE / "seed_way.py"), "--video", str(folder / "part.mkv")]
    return _timed([*command, "--seconds", str(seconds), "--out", str(folder / "cuts")])


def measure_seed(plan: Plan, measuring: Measuring) -> None:
    """The student project's way over the part's first seconds: the shortest often, longer ones once."""
    prepare(_seed_folder(plan), max(plan.minutes, max(plan.seed_seconds) / 60), "--recording-only")
    first, *longer = plan.seed_seconds
    measuring.alternate({f"{first} s": seed_way(plan, first)}, num_runs=plan.runs)
    for seconds in longer:
        measuring.alternate({f"{seconds} s": seed_way(plan, seconds)}, num_runs=1)


def measure_whole(plan: Plan, measuring: Measuring) -> None:
    """Recording to cut highlights: the seed's frames and backbone, the default path, and the seed's way."""
    seconds = plan.seed_seconds[0]
    prepare(_seed_folder(plan), max(plan.minutes, seconds / 60), "--recording-only")
    same, part = plan.work / "part-whole", plan.work / "part"
    prepare(same, plan.whole_minutes, "--seed-weights")
    prepare(part, plan.minutes, "--recording-only")
    cases = {f"{SEED_BESIDE}{seconds} s": seed_way(plan, seconds)}
    cases |= {name: _timed(case_command(same, name)) for name in ("whole_fp32", "whole_bf16")}
    cases[REEL] = _reel(part / "part.mkv", plan.work / "reel", is_watched=False)
    measuring.alternate(cases, num_runs=plan.runs)


def measure_sizes(plan: Plan, measuring: Measuring) -> None:
    """The default path over a match in several picture sizes."""
    for size in plan.sizes:
        if measuring.is_complete([size], plan.long_runs):
            continue
        folder = plan.work / f"match-{size}"
        prepare(folder, plan.match_minutes, "--size", size, "--recording-only")
        case = _reel(folder / "part.mkv", plan.work / "reel", is_watched=True)
        measuring.alternate({size: case}, num_runs=plan.long_runs)
        shutil.rmtree(folder)


def measure_memory(plan: Plan, measuring: Measuring) -> None:
    """Every step of the default path and the feature path's cases, at several lengths."""
    for minutes in plan.lengths_minutes:
        names = {case: length_name(minutes, case) for case in (REEL, *LENGTH_CASES)}
        if measuring.is_complete(list(names.values()), plan.long_runs):
            continue
        folder = plan.work / f"length-{minutes:g}"
        prepare(folder, minutes, "--picture-pixels", str(SMALL_PIXELS))
        cases = {names[case]: _timed(case_command(folder, case)) for case in LENGTH_CASES}
        reel = {names[REEL]: _reel(folder / "part.mkv", plan.work / "reel", is_watched=True)}
        measuring.alternate(reel | cases, num_runs=plan.long_runs)
        shutil.rmtree(folder)


def length_name(minutes: float, case: str) -> str:
    """How a case at a length is stored."""
    return f"{minutes:g} min, {case}"


def measure_growth(plan: Plan, measuring: Measuring) -> None:
    """Numbers of games: their reels, and the planning alone."""
    recording = plan.work / "game"
    prepare(recording, 3, "--recording-only")
    cases: dict[str, Callable[[float], Run]] = {
        f"{count} planned": partial(_planned, plan.work / "planned", count) for count in plan.dag_games
    }
    measuring.alternate(cases, num_runs=plan.runs)
    reels = {
        f"{count} made": partial(_made, recording / "part.mkv", plan.work / "games", count)
        for count in plan.games
    }
    measuring.alternate(reels, num_runs=plan.long_runs)


def _planned(folder: Path, count: int, limit_seconds: float) -> Run:
    return plan_games(folder, count, limit_seconds=limit_seconds)


def _made(recording: Path, folder: Path, count: int, limit_seconds: float) -> Run:
    return make_games(recording, folder, count, limit_seconds=limit_seconds)


@dataclass(frozen=True)
class Kind:
    """A section: how it is measured, the settings that it depends on, the code, and its time bound."""

    measure: Callable[[Plan, Measuring], None]
    settings: tuple[str, ...]
    code: tuple[Path, ...]
    bound_minutes: float

    def facts(self, plan: Plan) -> Mapping[str, Any]:
        """Runs measured under other facts are not mixed with new ones."""
        return {name: getattr(plan, name) for name in self.settings} | {"code": code_digest(self.code)}


_LIBRARY = (ROOT / "workflow/scripts", HERE / "inputs.py")
_CASES = (*_LIBRARY, HERE / "part.py", HERE / "cases.py", HERE / "decoders.py", HERE / "whole.py")
_RULES = (*_LIBRARY, ROOT / "workflow/commands")
SECTIONS = {
    "steps": Kind(measure_steps, ("minutes",), _CASES, 360),
    "seed": Kind(measure_seed, (), (HERE / "seed_way.py",), 75),
    "whole": Kind(measure_whole, ("minutes", "whole_minutes"), (*_CASES, HERE / "seed_way.py"), 120),
    "sizes": Kind(measure_sizes, ("match_minutes",), _RULES, 150),
    "memory": Kind(measure_memory, (), _CASES, 180),
    "growth": Kind(measure_growth, (), _RULES, 45),
}
