"""A real run of many small games through all steps, and what the steps' start-up is of it.

    python benchmarks/many_games.py --games 30 --out many-games

Renders games of 40 s (60 % to train, 10 % to validate, the rest to test), trains the spotter on them with
small pictures, judges it, and cuts the reel of every test game. Then runs it all again, which must do
nothing. Prints jobs and processor time by step.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import yaml
from snakemake_runs import snakemake_command

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow/scripts"), str(ROOT / "tests")]

from matchreel.operations import load_records  # noqa: E402
from support.tiny import SPOTTER, tiny_config  # noqa: E402

HEAD = "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds\n"


def write_league(folder: Path, count: int) -> list[str]:
    """games.tsv and the overlay; returns the targets."""
    num_train, num_valid = max(2, round(0.6 * count)), max(1, round(0.1 * count))
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


def run(folder: Path, targets: list[str], cores: int) -> tuple[int, float]:
    """Jobs that ran, and wall seconds; exits where Snakemake fails."""
    command = snakemake_command(folder, folder / "overlay.yaml", "--logger", "steps", cores=cores)
    started = time.monotonic()
    done = subprocess.run(
        [*command, "--", *targets], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        sys.exit(done.stdout[-4000:])
    return len(re.findall(r"^\[\d+/\d+\] ", done.stdout, re.MULTILINE)), time.monotonic() - started


def main() -> None:
    """Print what the two runs took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=int, default=30)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    targets = write_league(options.out, options.games)
    for name in ("first", "second"):
        jobs, seconds = run(options.out, targets, options.cores)
        print(f"{name} run: {jobs} jobs, {seconds:.0f} s", flush=True)
    records = load_records(options.out / "results/benchmarks")
    print("\n| step | jobs | processor, median | processor, all | wall, all |\n|---|---|---|---|---|")
    for step in records:
        known = [job.cpu_seconds for job in step.jobs if job.cpu_seconds == job.cpu_seconds]
        middle = f"{median(known):.1f} s" if known else "too short"
        cells = [step.step, f"{len(step.jobs)}", middle, f"{sum(known):.0f} s", f"{step.wall_seconds:.0f} s"]
        print(f"| {' | '.join(cells)} |")
    metrics = json.loads((options.out / targets[-1]).read_text(encoding="utf-8"))
    print(f"\n{len(metrics)} kinds of figures in {targets[-1]}")


if __name__ == "__main__":
    main()
