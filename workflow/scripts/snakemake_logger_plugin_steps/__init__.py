"""A Snakemake logger (`--logger steps`): a line per finished step, a failed step with the end of its log."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

_TAIL_LINES = 8
# What a run that has nothing to do says, and nothing else.
_NOTHING_TO_DO = "Nothing to be done"
# Said after every failed step, which has been shown by then.
_SAID_ALREADY = ("RuleException:", "At least one job did not", "Exiting because a job execution failed")


@dataclass(frozen=True)
class _Running:
    """A started job: rule and wildcard values, when it was started (monotonic seconds), and its logs."""

    name: str
    started_seconds: float
    log_paths: tuple[Path, ...]

    def __str__(self) -> str:
        return f"{self.name} ({time.monotonic() - self.started_seconds:.0f} s)"


class LogHandler(LogHandlerBase):
    """Writes to stderr; Snakemake's own log file under .snakemake/log holds the rest."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        """Nothing has run yet."""
        self._running = dict[int, _Running]()
        self._done, self._total = 0, 0

    def emit(self, record: LogRecord) -> None:
        """One record of Snakemake's; what tells a user nothing is dropped."""
        for line in self._lines(record):
            print(line, file=sys.stderr, flush=True)

    def _lines(self, record: LogRecord) -> list[str]:
        event = getattr(record, "event", None)
        if event == LogEvent.RUN_INFO:
            return self._counted(_of(record, "stats"))
        if event == LogEvent.JOB_INFO:
            self._running[_of(record, "jobid")] = _running(record)
        elif event == LogEvent.JOB_FINISHED:
            return self._finished(_of(record, "job_id"))
        elif event == LogEvent.JOB_ERROR:
            return self._failed(record)
        elif _tells_something(record):
            return [record.getMessage()]
        return []

    def _counted(self, stats: Mapping[str, int]) -> list[str]:
        self._total = stats.get("total", 0)
        return [f"{self._total} steps to do"]

    def _finished(self, jobid: int) -> list[str]:
        self._done += 1
        job = self._running.pop(jobid, None)
        return [f"[{self._done}/{self._total}] {job}"] if job else []

    def _failed(self, record: LogRecord) -> list[str]:
        job = self._running.pop(_of(record, "jobid"), None) or _running(record)
        lines = [f"FAILED {job}"]
        for path in job.log_paths:
            lines += [f"  end of {path}:", *(f"    {line}" for line in _tail(path))]
        return lines


def _tells_something(record: LogRecord) -> bool:
    text = record.getMessage()
    if record.levelno < WARNING:
        return text.startswith(_NOTHING_TO_DO)
    return not any(words in text for words in _SAID_ALREADY)


def _of(record: LogRecord, name: str) -> Any:
    """What a record carries beside its text."""
    return getattr(record, name)


def _running(record: LogRecord) -> _Running:
    wildcards: Mapping[str, str] = getattr(record, "wildcards", None) or {}
    logs: Iterable[str] = getattr(record, "log", None) or []
    name = " ".join([str(_of(record, "rule_name")), *map(str, wildcards.values())])
    return _Running(name, time.monotonic(), tuple(map(Path, logs)))


def _tail(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
    except OSError:
        return ["(it was not written)"]
