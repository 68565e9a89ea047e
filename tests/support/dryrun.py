"""Run Snakemake in a folder of a test's own, and read what a dry run would do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).resolve().parent / "plugins"


@dataclass(frozen=True)
class Job:
    """One job of a dry run."""

    rule: str
    wildcards: dict[str, str]
    output: tuple[str, ...]
    reason: str
    threads: int
    resources: dict[str, Any]

    @property
    def name(self) -> str:
        """Rule and wildcard values, for example "probe_media demo-1 1"."""
        return " ".join([self.rule, *self.wildcards.values()])


def snakemake(
    folder: Path,
    *targets: str,
    config: dict[str, Any] | None = None,
    options: Sequence[str] = (),
    cores: int = 2,
    snakefile: Path = ROOT / "Snakefile",
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the workflow in `folder`, with an overlay of the config."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile)]
    command += ["--directory", str(folder), "--cores", str(cores)]
    if config is not None:
        overlay = folder / "overlay.yaml"
        overlay.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
        command += ["--configfile", str(overlay)]
    if "--workflow-profile" not in options:
        command += ["--workflow-profile", str(ROOT / "profiles/default")]
    command += [*options, "--", *targets]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | (environment or {}),
        stdin=subprocess.DEVNULL,
    )


def planned(folder: Path, *targets: str, options: Sequence[str] = (), **keywords: Any) -> list[Job]:
    """The jobs a dry run would do, by Snakemake's public logger interface."""
    record = folder / "record.jsonl"
    record.unlink(missing_ok=True)
    environment = {
        "MATCHREEL_RECORD": str(record),
        "PYTHONPATH": os.pathsep.join([str(PLUGINS), *keywords.pop("python_path", [])]),
    }
    done = snakemake(
        folder,
        *targets,
        options=["-n", "--logger", "recorder", *options],
        environment=environment,
        **keywords,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    rows = [json.loads(line) for line in lines]
    return [Job(**row | {"output": tuple(row["output"])}) for row in rows]
