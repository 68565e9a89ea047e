"""Snakemake in a folder of its own, as the benchmarks call it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def snakemake_command(folder: Path, overlay: Path, *arguments: str, cores: int) -> list[str]:
    """The project's workflow with its default profile, on the results of `folder`."""
    command = [sys.executable, "-P", "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", str(ROOT / "profiles/default"), "--directory", str(folder)]
    return [*command, "--configfile", str(overlay), "--cores", str(cores), *arguments]
