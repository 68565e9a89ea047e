"""Why steps failed, one line each, from the logs that they left."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_ERROR = re.compile(r"^\S+ \S+ ERROR \S+: (.*)$")
# The last line of a step that ended well.
_DONE = re.compile(r"^\S+ \S+ INFO \S+: \w+: done in [\d.]+ s$")


@dataclass(frozen=True)
class UnfinishedJob:
    """A job that was to run and did not finish: its name for people, and its logs."""

    name: str
    log_paths: tuple[Path, ...]


def failure_lines(jobs: Iterable[UnfinishedJob], *, since_seconds: float) -> list[str]:
    """A line for every unfinished job that has written a log since a moment (Unix time).

    The step's own last error line, which says what, where and what to do; or that it ended without one.
    """
    lines = []
    for job in jobs:
        written = [path for path in job.log_paths if path.is_file() and path.stat().st_mtime >= since_seconds]
        if written:
            lines.append(_last_error(written) or _ended(job, written[-1]))
    return lines


def _last_error(paths: Iterable[Path]) -> str | None:
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in paths)
    found = [match[1] for match in map(_ERROR.match, text.splitlines()) if match]
    return found[-1] if found else None


def _ended(job: UnfinishedJob, log_path: Path) -> str:
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    if lines and _DONE.match(lines[-1]):
        why = "a file that it reads is dated in the future, or this disk shows new files late"
        said = f"it ended well, but Snakemake refused its results ({why})"
        return f"{job.name}: {said}. Read Snakemake's lines above."
    why = "it was killed, by hand or for want of memory, or broke"
    return f"{job.name}: ended without an error line ({why}). Read {log_path} and run again."
