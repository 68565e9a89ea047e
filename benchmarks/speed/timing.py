"""Commands as whole processes: wall seconds, processor seconds and peak memory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

# A case ends so where something that it needs is not there; its last line says what.
DOES_NOT_RUN = 3
_INNER = re.compile(r"^inner seconds: ([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """One run of one command, and what it said. Processor seconds and memory are of it and all it started.

    inner_seconds: of its work alone, after imports, where it said them. steps: step -> name -> figure.
    """

    wall_seconds: float
    processor_seconds: float
    peak_megabytes: float
    said: str = ""
    inner_seconds: float | None = None
    steps: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


class NoRunError(Exception):
    """The case does not run here, or was ended at the time bound; the text says which."""


@dataclass(frozen=True)
class Figures:
    """The runs of one command, at least one."""

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
    def inner_seconds(self) -> float | None:
        """Median; None where the command does not say it."""
        said = [run.inner_seconds for run in self.runs if run.inner_seconds is not None]
        return median(said) if said else None

    @property
    def peak_megabytes(self) -> float:
        """Of the largest process of any run."""
        return max(run.peak_megabytes for run in self.runs)


def run_once(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    limit_seconds: float | None = None,
    beside: Callable[[int], None] | None = None,
) -> Run:
    """Run a command to its end; exits with what it said where it fails.

    beside gets its process id once, when it has begun. Raises NoRunError where the case does not run here,
    or has not ended after limit_seconds: then it is ended, with all it started.
    """
    started, ended = time.monotonic(), threading.Event()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=folder,
        env=os.environ | dict(environment or {}), start_new_session=True,
    ) as process:  # fmt: skip

        def end() -> None:
            ended.set()
            _end_group(process.pid)

        timer = threading.Timer(limit_seconds or threading.TIMEOUT_MAX, end)
        timer.daemon = True
        timer.start()
        try:
            if beside:
                beside(process.pid)
            assert process.stdout
            said = process.stdout.read()
            _pid, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            _end_group(process.pid)
            raise
        finally:
            timer.cancel()
    seconds = time.monotonic() - started
    if ended.is_set():
        raise NoRunError(f"ended at the time bound after {seconds:.0f} s")
    if process.returncode == DOES_NOT_RUN:
        raise NoRunError((said.strip().splitlines() or ["does not run here"])[-1])
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{said[-4000:]}")
    inner = _INNER.findall(said)
    return Run(
        seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e6, said,
        float(inner[-1]) if inner else None,
    )  # fmt: skip


def _end_group(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
