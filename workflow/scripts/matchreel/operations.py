"""What finished runs took: time and memory per step, from the benchmark records that Snakemake leaves."""

from __future__ import annotations

import json
import logging
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from statistics import median

from matplotlib.axes import Axes

from matchreel.errors import InputError
from matchreel.evaluation.markup import MISSING, Table, breakable, count_text, page_of, section
from matchreel.evaluation.plots import LINE_COLOUR, drawn_svg, series_colour
from matchreel.provenance import written_whole

log = logging.getLogger("matchreel")

_BAR_INCHES, _AXIS_INCHES = 0.3, 0.7
_LONGEST_LISTED = 10


@dataclass(frozen=True)
class JobRecord:
    """One finished job: its step, its name within it, wall seconds, CPU seconds, and megabytes at most.

    CPU time and memory are NaN where the job ended before Snakemake could look.
    """

    step: str
    name: str
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float


@dataclass(frozen=True)
class StepRecord:
    """All finished jobs of a step."""

    step: str
    jobs: tuple[JobRecord, ...]

    @property
    def wall_seconds(self) -> float:
        """Of all jobs together, as if they had run one after the other."""
        return sum(job.wall_seconds for job in self.jobs)

    @property
    def peak_megabytes(self) -> float:
        """Of the job that took most; NaN where none was seen."""
        return max(
            (job.peak_megabytes for job in self.jobs if not math.isnan(job.peak_megabytes)), default=math.nan
        )


def operations(*, benchmarks_dir: Path, page_path: Path) -> None:
    """Write the page of all records below a folder. InputError where there is none yet."""
    steps = load_records(benchmarks_dir)
    page = _page(steps)
    with written_whole(page_path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    log.info("%d jobs of %d steps", sum(len(step.jobs) for step in steps), len(steps))


def load_records(benchmarks_dir: Path) -> list[StepRecord]:
    """Every step that has a record, by name. Records lie at <step>/.../<name>.jsonl or <step>.jsonl.

    A job that was run again has one record, of its last run; of a repeated benchmark the last line counts.
    """
    held = defaultdict[str, list[JobRecord]](list)
    for path in sorted(benchmarks_dir.rglob("*.jsonl")):
        record = _record(path, path.relative_to(benchmarks_dir))
        if record:
            held[record.step].append(record)
    if not held:
        raise InputError(
            "no finished job has left a record here",
            where=benchmarks_dir,
            remedy="Make a reel first, then run again",
        )
    return [StepRecord(step, tuple(held[step])) for step in sorted(held)]


def _record(path: Path, place: Path) -> JobRecord | None:
    """The record of a file; None for a torn one, as a killed run leaves."""
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    words = place.with_suffix("").parts
    try:
        row = json.loads([line for line in lines if line.strip()][-1])
        wall = float(row["s"])
    except (IndexError, KeyError, TypeError, ValueError):
        log.warning("%s: left out: it is no benchmark record", path)
        return None
    return JobRecord(words[0], " ".join(words[1:]), wall, _number(row, "cpu_time"), _number(row, "max_rss"))


def _number(row: Mapping[str, object], key: str) -> float:
    """Snakemake writes text (NA) or null for what it could not measure."""
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) and value > 0 else math.nan


def _page(steps: Sequence[StepRecord]) -> str:
    jobs = [job for step in steps for job in step.jobs]
    together = sum(job.wall_seconds for job in jobs)
    summary = (
        f"{count_text(len(jobs), 'finished job')} of {count_text(len(steps), 'step')}, "
        f"{_duration(together)} together if one had run after the other. Memory is the most that was seen: "
        "Snakemake looks every few seconds at first and every 30 s later, so that short peaks can be missed."
    )
    sections = [
        section("time", "Time", _bars(steps, "wall time of all jobs, minutes", "time", _minutes)),
        section("memory", "Memory", _bars(steps, "memory at most, MB", "memory", _megabytes)),
        section("steps", "Steps", _step_table(steps)),
        section("longest", "Longest jobs", _job_table(jobs)),
    ]
    return page_of(
        {
            "title": "Operations",
            "heading": "What did the steps take?",
            "summary": escape(summary),
            "notices": "",
            "sections": "".join(sections),
        }
    )


def _minutes(step: StepRecord) -> float:
    return step.wall_seconds / 60


def _megabytes(step: StepRecord) -> float:
    return step.peak_megabytes


def _bars(steps: Sequence[StepRecord], title: str, name: str, value_of: Callable[[StepRecord], float]) -> str:
    """Horizontal bars, the largest on top."""
    known = [(value_of(step), step.step) for step in steps]
    rows = sorted((value, step) for value, step in known if not math.isnan(value))

    def draw(axes: Axes) -> None:
        axes.barh(
            [step for _, step in rows], [value for value, _ in rows], color=series_colour(0), label=title
        )
        axes.grid(axis="x", color=LINE_COLOUR)

    words = f"{title}: " + ", ".join(f"{step} {value:.1f}" for value, step in reversed(rows))
    height = _AXIS_INCHES + _BAR_INCHES * len(rows)
    svg = drawn_svg(draw, name=name, words=words, num_series=1, height_inches=height)
    return f'<div class="plot">{svg}</div>'


def _step_table(steps: Iterable[StepRecord]) -> str:
    rows = {
        breakable(step.step): [
            _cell(f"{len(step.jobs)}"),
            _cell(_duration(step.wall_seconds)),
            _cell(_duration(median(job.wall_seconds for job in step.jobs))),
            _cell(_duration(max(job.wall_seconds for job in step.jobs))),
            _cell(_load(step.jobs)),
            _cell(_whole(step.peak_megabytes)),
        ]
        for step in steps
    }
    columns = ["Jobs", "All together", "Median job", "Longest job", "Cores busy", "Memory at most, MB"]
    return Table("Every step that has run here", "Step", columns, rows).html()


def _job_table(jobs: Iterable[JobRecord]) -> str:
    longest = sorted(jobs, key=lambda job: (-job.wall_seconds, job.step, job.name))[:_LONGEST_LISTED]
    rows = {
        f"{breakable(job.step)} {breakable(job.name)}": [
            _cell(_duration(job.wall_seconds)),
            _cell(_load([job])),
            _cell(_whole(job.peak_megabytes)),
        ]
        for job in longest
    }
    return Table(
        "The jobs that took longest", "Job", ["Took", "Cores busy", "Memory at most, MB"], rows
    ).html()


def _load(jobs: Iterable[JobRecord]) -> str:
    """CPU time per wall time."""
    seen = [job for job in jobs if not math.isnan(job.cpu_seconds) and job.wall_seconds]
    wall = sum(job.wall_seconds for job in seen)
    return f"{sum(job.cpu_seconds for job in seen) / wall:.1f}" if wall else ""


def _whole(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0f}"


def _cell(text: str) -> str:
    return f"<td>{escape(text)}</td>" if text else MISSING


def _duration(seconds: float) -> str:
    """For example 7.3 s, 4:05 min or 2:30 h."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d} min" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02d} h"
