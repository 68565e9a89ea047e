"""Run the demo's workflow for several league seeds, each in a folder of its own, then judge the floors.

    python benchmarks/demo_leagues.py --seeds 1 2 3 --out leagues --cores 2

Beside the demo's scorers each league judges the spotter with picture or sound alone, from the same
checkpoint. About 10 minutes a league on 2 cores; finished leagues are not run again. Writes floor.csv beside
the leagues.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from demo_floor import ALONE, CLASSIFIER  # noqa: E402
from snakemake_runs import snakemake_command  # noqa: E402

from matchreel.ablation.variants import load_variants, overlay  # noqa: E402

TARGET = "results/evaluation/demo_spotter/metrics.json"


def league_config(seed: int) -> dict[str, Any]:
    """The overlay of one league: its seed, and the single modalities of config/ablation.yaml."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    variants = load_variants(ROOT / "config/ablation.yaml")
    alone = replace(variants, models={name: variants.models[name] for name in ALONE}, feature_sets={})
    models = overlay(alone, config, random_backbones=frozenset())["models"]
    return {"demo": {"seed": seed}, "models": models, "evaluation": {"compare": [CLASSIFIER, *ALONE]}}


def run_league(seed: int, folder: Path, cores: int) -> None:
    """Evaluate the demo's scorers on one league; the exit status is Snakemake's where it fails."""
    folder.mkdir(parents=True, exist_ok=True)
    overlay_path = folder / "seed.yaml"
    overlay_path.write_text(yaml.safe_dump(league_config(seed)), encoding="utf-8")
    command = snakemake_command(folder, overlay_path, "--quiet", "rules", "reason", cores=cores)
    status = subprocess.run([*command, "--", TARGET], check=False).returncode
    if status:
        sys.exit(status)


def main() -> None:
    """Leagues one after the other, then benchmarks/demo_floor.py over all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
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
