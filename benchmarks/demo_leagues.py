"""Run the demo's workflow for several league seeds, each in a folder of its own, then judge the floors.

    python benchmarks/demo_leagues.py --seeds 1 2 3 --out leagues --cores 2

About 6 minutes a league on 2 cores; finished leagues are not run again. Writes floor.csv beside the leagues.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = "results/evaluation/demo_classifier/metrics.json"


def run_league(seed: int, folder: Path, cores: int) -> None:
    """Evaluate the demo's scorers on one league; the exit status is Snakemake's where it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    overlay = folder / "seed.yaml"
    overlay.write_text(yaml.safe_dump({"demo": {"seed": seed}}), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", str(ROOT / "profiles/default"), "--directory", str(folder)]
    command += ["--configfile", str(overlay), "--cores", str(cores), "--quiet", "rules", "reason"]
    status = subprocess.run([*command, "--", TARGET], check=False).returncode
    if status:
        sys.exit(status)


def main() -> None:
    """Leagues one after the other, then benchmarks/demo_floor.py over all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    folders = [options.out / f"league-{seed}" for seed in options.seeds]
    for seed, folder in zip(options.seeds, folders, strict=True):
        run_league(seed, folder, options.cores)
    judge = [sys.executable, str(ROOT / "benchmarks/demo_floor.py"), *map(str, folders)]
    sys.exit(subprocess.run([*judge, "--out", str(options.out / "floor.csv")], check=False).returncode)


if __name__ == "__main__":
    main()
