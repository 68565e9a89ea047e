"""A SLURM of one node for tests, and what it says about its jobs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).resolve().parent / "slurm_node.sh"
# Without an accounting database squeue is asked: after 4 s and, if no job has ended, after 14, 24, ... more.
# The disk shows files at once.
OPTIONS = {
    "slurm-status-command": "squeue",
    "slurm-init-seconds-before-status-checks": "4",
    "latency-wait": "5",
}
MINUTES = 60


@dataclass(frozen=True)
class SlurmJob:
    """One job as the controller and the job's own processes saw it."""

    job_id: int
    rule: str
    state: str
    # What sbatch was asked for: "gpus" (--gpus), "gres" (--gres) or "".
    gpu_option: str
    visible_devices: frozenset[str]
    mem_mb: int
    num_cpus: int
    run_time: str


@dataclass(frozen=True)
class SlurmNode:
    """A running node; its files lie in `folder`."""

    folder: Path

    def jobs(self) -> list[SlurmJob]:
        """All jobs since the node started, in order of submission."""
        asked = subprocess.run(["scontrol", "-o", "show", "jobs"], capture_output=True, text=True, check=True)
        rows = [line for line in asked.stdout.splitlines() if line.startswith("JobId=")]
        return sorted((self._job(row) for row in rows), key=lambda job: job.job_id)

    def _job(self, row: str) -> SlurmJob:
        held = dict(re.findall(r"(\w[\w/:]*)=(\S*)", row))
        return SlurmJob(
            job_id=int(held["JobId"]),
            rule=held["Comment"].removeprefix("rule_").split("_wildcards_")[0],
            state=held["JobState"],
            gpu_option="gpus" if "TresPerJob" in held else "gres" if "TresPerNode" in held else "",
            visible_devices=self._devices().get(held["JobId"], frozenset()),
            mem_mb=_megabytes(held["MinMemoryNode"]),
            num_cpus=int(held["NumCPUs"]),
            run_time=held["RunTime"],
        )

    def _devices(self) -> dict[str, frozenset[str]]:
        """Job id -> what CUDA_VISIBLE_DEVICES was in its processes."""
        found: dict[str, frozenset[str]] = {}
        for line in (self.folder / "devices.txt").read_text(encoding="utf-8").splitlines():
            job_id, devices = line.split()
            found[job_id] = found.get(job_id, frozenset()) | {devices}
        return found


def _megabytes(text: str) -> int:
    """SLURM writes 1500M, 6000M, 2G."""
    return int(text[:-1]) * 1024 if text.endswith("G") else int(text.removesuffix("M"))


@contextmanager
def slurm_node(folder: Path) -> Iterator[SlurmNode]:
    """Start a node, and end it whatever happens."""
    started = subprocess.run(
        [str(SCRIPT), "start", str(folder)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert started.returncode == 0, started.stderr
    try:
        yield SlurmNode(folder)
    finally:
        subprocess.run([str(SCRIPT), "stop", str(folder)], check=False)


def submit(
    folder: Path, *targets: str, profile: str, config: dict[str, object], options: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run the workflow in `folder` through a profile of the project, as its user would."""
    overlay = folder / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(overlay)]
    command += ["--workflow-profile", str(ROOT / "profiles" / profile), "--slurm-keep-successful-logs"]
    command += [word for name, value in OPTIONS.items() for word in (f"--{name}", value)]
    # The executor lies in a folder of its own: see envs/lock-slurm.txt.
    environment = os.environ | {"PYTHONPATH": str(Path(sys.prefix) / "slurm")}
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    return subprocess.run(
        [*command, *options, "--", *targets],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        stdin=subprocess.DEVNULL,
        timeout=20 * MINUTES,
    )


def accounting(jobs: Sequence[SlurmJob]) -> str:
    """The jobs as a table for people."""
    line = "{:>4}  {:<18} {:<10} {:<7} {:<8} {:>7} {:>5} {:>9}".format
    rows = [line("job", "rule", "state", "asked", "device", "mem_mb", "cpus", "run time")]
    for job in jobs:
        devices = ",".join(sorted(job.visible_devices)) or "-"
        rows.append(
            line(
                job.job_id,
                job.rule,
                job.state,
                f"--{job.gpu_option}" if job.gpu_option else "-",
                devices,
                job.mem_mb,
                job.num_cpus,
                job.run_time,
            )
        )
    return "\n".join(rows)
