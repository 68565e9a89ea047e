"""A real run of many small games through all steps, and what the steps' start-up is of it.

    python benchmarks/many_games.py --games 30 --out many-games

Renders games of 40 s (60 % to train, 10 % to validate, the rest to test), trains the spotter on them with
small pictures, judges it, and cuts the reel of every test game. Then runs it all again, which must do
nothing. Prints jobs and processor time by step, and of that the start-up: the same program with --help, which
loads what the step loads and does nothing, times its jobs. Takes three games at least. Snakemake's records of
jobs of a second or two are rough, for it looks now and then; the runs' own lines count all, Snakemake too.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import yaml
from snakemake_runs import snakemake_command

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests"), str(ROOT / "benchmarks/speed")]

from timing import Run, run_once  # noqa: E402

from matchreel.operations import JobRecord, StepRecord, load_records  # noqa: E402
from support.tiny import SPOTTER, tiny_config  # noqa: E402

HEAD = "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds\n"


def write_league(folder: Path, count: int) -> list[str]:
    """games.tsv and the overlay; returns the targets."""
    num_train, num_valid = max(1, round(0.6 * count)), max(1, round(0.1 * count))
    num_train = min(num_train, count - num_valid - 1)
    splits = ["train"] * num_train + ["valid"] * num_valid
    splits += ["test"] * (count - len(splits))
    games = [f"tiny-{split}-{index}" for index, split in enumerate(splits, start=1)]
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        f"{game}\t{split}\tdemo\t\tReds\tBlues\t\t1:2\n" for game, split in zip(games, splits, strict=True)
    ]
    (folder / "games.tsv").write_text(HEAD + "".join(rows), encoding="utf-8")
    config = tiny_config(demo={"minutes": 2 / 3, "event_rate": 30}, models={"demo_spotter": SPOTTER})
    (folder / "overlay.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    reels = [
        f"results/highlights/{game}" for game, split in zip(games, splits, strict=True) if split == "test"
    ]
    return [*reels, "results/evaluation/demo_spotter/metrics.json"]


def run(folder: Path, targets: list[str], cores: int) -> tuple[int, Run]:
    """Jobs that ran, and what all of it took; exits where Snakemake fails."""
    command = snakemake_command(folder, folder / "overlay.yaml", "--logger", "steps", cores=cores)
    taken = run_once([*command, "--", *targets])
    return len(re.findall(r"^\[\d+/\d+\] ", taken.said, re.MULTILINE)), taken


def start_up_seconds(step: str) -> float:
    """Processor seconds of a step's process that loads and ends: the least of three."""
    program = str(ROOT / f"workflow/scripts/{step}.py")
    return min(run_once([sys.executable, program, "--help"]).processor_seconds for _ in range(3))


def seconds_of(jobs: Iterable[JobRecord]) -> list[float]:
    """Processor seconds of the jobs that lasted long enough for Snakemake to look."""
    return [job.cpu_seconds for job in jobs if not math.isnan(job.cpu_seconds)]


def print_steps(records: Sequence[StepRecord]) -> None:
    """A row for each step, and the sums."""
    head = ["step", "jobs", "processor, median", "processor, all", "start-up of a job", "start-up of all"]
    print(f"\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    worked, started, num_jobs = 0.0, 0.0, 0
    for step in records:
        known, start_up = seconds_of(step.jobs), start_up_seconds(step.step)
        middle = f"{median(known):.1f} s" if known else "too short"
        # Jobs that were too short to be looked at took about their start-up.
        whole = sum(known) + (len(step.jobs) - len(known)) * start_up
        cells = [step.step, f"{len(step.jobs)}", middle, f"{whole:.1f} s"]
        print(f"| {' | '.join([*cells, f'{start_up:.1f} s', f'{len(step.jobs) * start_up:.1f} s'])} |")
        worked, num_jobs = worked + whole, num_jobs + len(step.jobs)
        started += len(step.jobs) * start_up
    print(f"| all | {num_jobs} | | {worked:.1f} s | | {started:.1f} s |")


def main() -> None:
    """Print what the two runs took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=int, default=30)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    if options.games < 3:
        parser.error("one game to train, one to validate and one to test: --games 3 or more")
    targets = write_league(options.out, options.games)
    for name in ("first", "second"):
        jobs, taken = run(options.out, targets, options.cores)
        figures = f"{taken.processor_seconds:.0f} s of processor time, {taken.wall_seconds:.0f} s"
        print(f"{name} run: {jobs} jobs, {figures}", flush=True)
    print_steps(load_records(options.out / "results/benchmarks"))
    metrics = json.loads((options.out / targets[-1]).read_text(encoding="utf-8"))
    print(f"\n{len(metrics)} kinds of figures in {targets[-1]}")


if __name__ == "__main__":
    main()
