"""How fast matchreel is beside floors, the obvious alternatives and the student project's way.

    python benchmarks/speed/protocol.py --out benchmarks/RESULTS.md [--minutes 45] [--runs 5] [--work FOLDER]

Renders a segment, repeats it by stream copy to a part of so many minutes (224p), and runs every case of
cases.py and seed_way.py as a process of its own, in alternating runs. Writes medians, peak memory and the
ratios that the project promises. For a look: --minutes 1 --runs 1 --seed-seconds 15.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# Nothing large is imported here: a process that is started counts its parent's memory as its own.
from timing import Figures, alternating, run_once

GROUPS = {
    "Decode, thin out and scale": ("decode_floor", "decode_opencv", "decode_pyav", "decode_matchreel"),
    "Features": (
        "decode_floor",
        "backbone_floor",
        "features_matchreel",
        "logmel_matchreel",
        "score_matchreel",
    ),
    "60 clips of 15 s": ("encode_floor", "slice_matchreel", "slice_matchreel_late"),
}


@dataclass(frozen=True)
class Promise:
    """A ratio of wall times of cases: the first over the sum of the others, at most so much."""

    words: str
    case: str
    floors: tuple[str, ...]
    at_most: float


PROMISES = (
    Promise("decode, thin out and scale over the ffmpeg floor", "decode_matchreel", ("decode_floor",), 1.15),
    Promise(
        "features over both floors together", "features_matchreel", ("decode_floor", "backbone_floor"), 1.1
    ),
    Promise("log-mel over the decode floor", "logmel_matchreel", ("decode_floor",), 0.05),
    Promise("60 clips over a bare encode of their seconds", "slice_matchreel", ("encode_floor",), 1.2),
    Promise(
        "60 clips of the last third over clips of all", "slice_matchreel_late", ("slice_matchreel",), 1.1
    ),
)


def commands_of(folder: Path, names: tuple[str, ...]) -> dict[str, list[str]]:
    """Case -> its command."""
    script = str(Path(__file__).with_name("cases.py"))
    return {name: [sys.executable, script, name, "--folder", str(folder)] for name in names}


def seed_commands(folder: Path, lengths: Sequence[int]) -> dict[str, list[str]]:
    """The student project's way over the part's first seconds."""
    script = str(Path(__file__).with_name("seed_way.py"))
    return {
        f"seed_way, {seconds} s": [
            sys.executable, script, "--video", str(folder / "part.mkv"), "--seconds", str(seconds),
            "--out", str(folder / "seed"),
        ]
        for seconds in lengths
    }  # fmt: skip


def group_table(title: str, figures: Mapping[str, Figures], first: str) -> str:
    """Markdown: a row per case, as a ratio to the first one and absolute."""
    rows = [f"\n### {title}\n", "| case | ratio | wall | processor | peak memory |", "|---|---|---|---|---|"]
    for name, own in figures.items():
        ratio = own.wall_seconds / figures[first].wall_seconds
        cells = [f"`{name}`", f"{ratio:.2f}", f"{own.wall_seconds:.2f} s", f"{own.processor_seconds:.2f} s"]
        rows.append(f"| {' | '.join(cells)} | {own.peak_megabytes:.0f} MB |")
    return "\n".join(rows) + "\n"


def promise_table(figures: Mapping[str, Figures]) -> str:
    """Markdown: what was promised, what was measured."""
    rows = ["| ratio of wall times | promised at most | measured | |", "|---|---|---|---|"]
    for promise in PROMISES:
        floor = sum(figures[name].wall_seconds for name in promise.floors)
        measured = figures[promise.case].wall_seconds / floor
        verdict = "kept" if measured <= promise.at_most else "missed"
        rows.append(f"| {promise.words} | {promise.at_most:g} | {measured:.2f} | {verdict} |")
    return "\n".join(rows) + "\n"


def machine() -> str:
    """Cores, processor and versions, in a line."""
    model = "unknown processor"
    path = Path("/proc/cpuinfo")
    if path.exists():
        found = [line for line in path.read_text(encoding="utf-8").splitlines() if "model name" in line]
        model = found[0].split(":")[1].strip() if found else model
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, torch {version('torch')}"


def main() -> None:
    """Measure, then write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=45)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--work", type=Path, default=Path("speed-work"))
    parser.add_argument("--seed-seconds", type=int, nargs="*", default=[120, 240, 480])
    options = parser.parse_args()
    inputs = str(Path(__file__).with_name("inputs.py"))
    run_once([sys.executable, inputs, "--folder", str(options.work), "--minutes", str(options.minutes)])
    figures: dict[str, Figures] = {}
    text = [f"Part of {options.minutes:g} minutes, {options.runs} alternating runs; {machine()}.\n"]
    for title, names in GROUPS.items():
        figures |= (own := alternating(commands_of(options.work, names), num_runs=options.runs))
        text.append(group_table(title, own, names[0]))
    if options.seed_seconds:
        first, *longer = options.seed_seconds
        seed = alternating(seed_commands(options.work, [first]), num_runs=options.runs)
        seed |= alternating(seed_commands(options.work, longer), num_runs=1)
        text.append(group_table("The student project's way", seed, next(iter(seed))))
    page = "\n".join(["# Speed\n", *text[:1], promise_table(figures), *text[1:]])
    options.out.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
