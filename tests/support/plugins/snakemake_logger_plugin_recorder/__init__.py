"""A Snakemake logger that records planned jobs as JSON lines in the file named by MATCHREEL_RECORD."""

from __future__ import annotations

import json
import os
from logging import LogRecord
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent


class LogHandler(LogHandlerBase):
    """Writes one line per job: rule, wildcards, outputs, reason, resources, threads."""

    writes_to_stream = False
    writes_to_file = True
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.baseFilename = os.environ["MATCHREEL_RECORD"]

    def emit(self, record: LogRecord) -> None:
        if getattr(record, "event", None) != LogEvent.JOB_INFO:
            return
        row = {
            "rule": record.rule_name,
            "wildcards": dict(record.wildcards or {}),
            "output": [str(path) for path in record.output or []],
            "reason": str(record.reason),
            "threads": record.threads,
            "resources": {key: record.resources.get(key) for key in ("gpu", "gres", "mem_mb", "runtime")},
        }
        with Path(self.baseFilename).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
