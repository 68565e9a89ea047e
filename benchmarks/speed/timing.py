"""Commands as whole processes: wall seconds, processor seconds and peak memory, in alternating runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Run:
    """One run of one command, and what it said. Processor seconds and memory are of it and all it started."""

    wall_seconds: float
    processor_seconds: float
    peak_megabytes: float
    said: str


@dataclass(frozen=True)
class Figures:
    """The runs of one command."""

    runs: tuple[Run, ...]

    @property
    def wall_seconds(self) -> float:
        """Median."""
        return median(run.wall_seconds for run in self.runs)

    @property
    def processor_seconds(self) -> float:
        """Median."""
        return median(run.processor_seconds for run in self.runs)

    @property
    def peak_megabytes(self) -> float:
        """Of the largest process of any run."""
        return max(run.peak_megabytes for run in self.runs)


def run_once(command: Sequence[str]) -> Run:
    """Run a command to its end; exits with what it said where it fails."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout
        said = process.stdout.read()
        _pid, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{said[-4000:]}")
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said)


def alternating(commands: Mapping[str, Sequence[str]], *, num_runs: int) -> dict[str, Figures]:
    """Every command once, then every command again, so that a slow minute of the machine meets all."""
    held: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(1, num_runs + 1):
        for name, command in commands.items():
            held[name].append(run_once(command))
            print(f"{number}/{num_runs} {name}: {held[name][-1].wall_seconds:.2f} s", file=sys.stderr)
    return {name: Figures(tuple(runs)) for name, runs in held.items()}
