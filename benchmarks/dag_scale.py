"""What planning thousands of games costs: wall time, processor time and memory of dry runs.

    python benchmarks/dag_scale.py [--games 5000] [--batches 10] [--whole]

Recordings of two halves each are pretended with files of one byte. Dry runs are timed, each in a process of
its own: one game's reel, the first and the last batch of `rule all` (--batch all=1/N), and with --whole all
of it. Wall times are those of this machine, however busy; processor times and memory hardly depend on that.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from snakemake_runs import snakemake_command

sys.path.insert(0, str(Path(__file__).with_name("speed")))

from timing import Run, run_once


def pretend_games(folder: Path, count: int) -> None:
    """resources/games/game-00001/{1,2}.mp4 and so on, and a table without rows."""
    for index in range(1, count + 1):
        game = folder / f"resources/games/game-{index:05d}"
        game.mkdir(parents=True)
        for part in ("1", "2"):
            (game / f"{part}.mp4").write_bytes(b"x")
    write_empty_table(folder)


def write_empty_table(folder: Path) -> None:
    """games.tsv without rows and over.yaml that names it: only the folder's own recordings count."""
    (folder / "games.tsv").write_text("game\tsplit\tsource\n", encoding="utf-8")
    (folder / "over.yaml").write_text("games_table: games.tsv\n", encoding="utf-8")


def planned(folder: Path, *arguments: str, limit_seconds: float | None = None) -> tuple[int, Run]:
    """A dry run: how many jobs it plans, and what it took."""
    command = snakemake_command(folder, folder / "over.yaml", "-n", "--quiet", "rules", *arguments, cores=2)
    run = run_once(command, limit_seconds=limit_seconds)
    jobs = next((line.split()[1] for line in run.said.splitlines() if line.startswith("total ")), "0")
    return int(jobs), run


def pretend_reels(folder: Path, count: int) -> None:
    """results/highlights/game-00001 and so on, empty."""
    for index in range(1, count + 1):
        (folder / f"results/highlights/game-{index:05d}").mkdir(parents=True)


def dry_run(folder: Path, *arguments: str) -> str:
    """One row: jobs, wall seconds, processor seconds, peak megabytes."""
    jobs, run = planned(folder, *arguments)
    figures = f"{run.wall_seconds:.1f} s | {run.processor_seconds:.1f} s | {run.peak_megabytes:.0f} MB"
    return f"{jobs} | {figures}"


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--games", type=int, default=5000)
    parser.add_argument("--batches", type=int, default=10)
    parser.add_argument("--whole", action="store_true")
    options = parser.parse_args()
    print("| dry run | jobs | wall | processor | peak memory |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="matchreel-") as held:
        folder = Path(held)
        pretend_games(folder, options.games)
        print(f"| one reel | {dry_run(folder, '--', 'results/highlights/game-00001')} |", flush=True)
        whole = dry_run(folder, "--", "all") if options.whole else ""
        for index in (1, options.batches):
            if index == options.batches:
                # Snakemake refuses the last batch until the reels of all others are there.
                pretend_reels(folder, options.games - options.games // options.batches)
            name = f"{index}/{options.batches}"
            print(f"| batch {name} | {dry_run(folder, '--batch', f'all={name}', '--', 'all')} |", flush=True)
        if whole:
            print(f"| all {options.games} games | {whole} |")


if __name__ == "__main__":
    main()
