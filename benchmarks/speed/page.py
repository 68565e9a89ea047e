"""The page of what was measured: promises first, ratios before absolute times."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from plots import draw_all
from promises import (
    HALF_MINUTES,
    HALF_SECONDS,
    WHOLE_MATCH,
    exponent,
    extrapolated,
    games_of,
    length_name,
    lengths_of,
    peaks_at,
    seed_points,
    times_faster,
    verdicts,
)
from sections import GROUPS, LENGTH_CASES, REEL, SEED_BESIDE, SMALL_PIXELS
from store import Section
from timing import Figures

Sections = Mapping[str, Section | None]
TITLES = {
    "steps": "Steps beside floors and alternatives",
    "seed": "The student project's way",
    "whole": "Whole match beside the student project's way",
    "sizes": "Recording to finished reel",
    "memory": "Memory by length",
    "growth": "Growth",
}


def write_page(sections: Sections, path: Path) -> None:
    """Write the page, and its plots into plots/ beside it."""
    plots = draw_all(sections, path.parent / "plots")
    parts = {
        "steps": _steps, "seed": _seed, "whole": _whole,
        "sizes": _sizes, "memory": _memory, "growth": _growth,
    }  # fmt: skip
    text = ["# Speed\n", *_head(sections), "## Promised and measured\n", *_promises(sections)]
    for name, section in sections.items():
        text += [
            f"\n## {TITLES[name]}\n",
            *(parts[name](section, sections) if section else ["Not measured.\n"]),
        ]
        text += _without(section)
    text += ["\n## Plots\n"] if plots else []
    text += [f"\n{words}:\n\n![{words}](plots/{stem}.svg)" for stem, words in plots]
    page = re.sub(r"\n{3,}", "\n\n", "\n".join(text)).rstrip() + "\n"
    path.write_text(page, encoding="utf-8")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Markdown."""
    return [f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows)]


def _head(sections: Sections) -> Iterator[str]:
    yield "`python benchmarks/speed/protocol.py --out benchmarks/RESULTS.md` measures this and writes the"
    yield "page.\n"
    held = {name: section for name, section in sections.items() if section}
    machines = {str(section.facts["machine"]): section.facts["machine"] for section in held.values()}
    for facts in machines.values():
        versions = ", ".join(f"{name} {number}" for name, number in facts["versions"].items())
        yield f"Machine: {facts['cores']} cores, {facts['processor']}, {facts['system']}.\nVersions:"
        yield f"{versions}.\n"
    days = ", ".join(f"{name} {section.facts['day']}" for name, section in held.items())
    yield f"Measured: {days or 'nothing yet'}. Figures are medians of alternating runs; how many is said."
    yield "No GPU was used: nothing on this page says how fast the GPU path is.\n"


def _promises(sections: Sections) -> list[str]:
    rows = [
        [
            held.words,
            f"at {'least' if held.is_least else 'most'} {held.limit:g} {held.unit}".strip(),
            ""
            if math.isnan(held.measured)
            else f"{held.measured:.{0 if held.unit == 'MB' else 2}f} {held.unit}".strip(),
            held.outcome,
        ]
        for held in verdicts(sections)
    ]
    return table(["", "promised", "measured", ""], rows)


def _case_row(name: str, own: Figures, first: Figures | None) -> list[str]:
    ratio = f"{own.wall_seconds / first.wall_seconds:.2f}" if first else ""
    inner = "" if own.inner_seconds is None else f"{own.inner_seconds:.2f} s"
    cells = [f"`{name}`", ratio, f"{own.wall_seconds:.2f} s", inner, f"{own.processor_seconds:.2f} s"]
    return [*cells, f"{own.peak_megabytes:.0f} MB", str(len(own.runs))]


_CASE_COLUMNS = ("case", "ratio", "wall", "without start-up", "processor", "peak memory", "runs")


def _steps(section: Section, _all: Sections) -> Iterator[str]:
    figures = section.figures()
    yield f"A part of {section.facts['minutes']:g} minutes at 224p. Each case is a process of its own; ratios"
    yield "are of wall times, to the first case of the table. Peak memory is of the largest process.\n"
    for title, names in GROUPS.items():
        own = {name: figures[name] for name in names if name in figures}
        rows = [_case_row(name, held, figures.get(next(iter(names)))) for name, held in own.items()]
        yield "\n".join([f"### {title}\n", *table(_CASE_COLUMNS, rows), ""])
    yield "`startup` is Python with torch and the step's modules, and no work. The case with 16-bit"
    yield "arithmetic has a floor of its own: the backbone under torch's bfloat16 autocast."


def _seed(section: Section, _all: Sections) -> Iterator[str]:
    figures = section.figures()
    rows = []
    for name, own in sorted(figures.items(), key=lambda row: float(row[0].split()[0])):
        per_second = own.wall_seconds / float(name.split()[0])
        rows.append(
            [
                name,
                f"{per_second:.2f} s",
                f"{own.wall_seconds:.1f} s",
                f"{own.peak_megabytes:.0f} MB",
                str(len(own.runs)),
            ]
        )
    yield from table(["match", "per second of match", "wall", "peak memory", "runs"], rows)
    if points := seed_points(section):
        half = extrapolated(points, HALF_SECONDS)
        power = exponent(list(points.items()))
        said = "" if math.isnan(power) else f" (exponent {power:.2f})"
        yield f"\nExtrapolated, not measured: {half / 60:.0f} minutes for a half of {HALF_MINUTES} minutes,"
        yield f"on the line through the shortest and the longest run{said}. It holds the whole half in"
        yield "memory, and its cuts decode from the beginning."


def _whole(section: Section, sections: Sections) -> Iterator[str]:
    figures, seed = section.figures(), seed_points(sections.get("seed"))
    rows = []
    for words, case, _limit, setting in WHOLE_MATCH:
        if case in figures:
            minutes, own = float(section.facts[setting]), figures[case]
            times = times_faster(seed, section, case, setting)
            cells = [words, "" if math.isnan(times) else f"{times:.1f}"]
            cells += [
                f"{own.wall_seconds / minutes / 60:.4f} s",
                f"{own.wall_seconds:.1f} s",
                f"{minutes:g} min",
            ]
            rows.append([*cells, str(len(own.runs))])
    yield from table(["way", "times faster", "per second of match", "wall", "match", "runs"], rows)
    yield "\nThe first two go from the recording to 3 clips for every 2 minutes, as the seed's way does for"
    yield "its first 2 minutes: probe, sound, ResNet-50 over 5 pictures a second at 224 x 224, the clip"
    yield "classifier over windows of 15 s every 3 s, cuts with the shipped preset (the seed's way takes"
    yield "x264's own). The third is the whole of `make reel`: Snakemake, all steps, reel and page."
    for name in figures:
        if name.startswith(SEED_BESIDE):
            own, length = figures[name], name.removeprefix(SEED_BESIDE)
            yield f"By turns with them the seed's way took {own.wall_seconds:.1f} s for {length} of match"
            yield f"(median of {len(own.runs)}). Its time for the same length is extrapolated from that,"
            yield "along the line of its own section where that has several lengths."


def _sizes(section: Section, _all: Sections) -> Iterator[str]:
    figures = section.figures()
    yield f"`make reel` on {section.facts['match_minutes']:g} minutes of a rendered segment, repeated by"
    yield "stream copy, with 2 cores. 720p and 1080p50 are the 224p segment scaled up with light noise, at 3"
    yield "and 8 Mbit/s (x264).\n"
    rows = [
        [
            size,
            f"{own.wall_seconds / 60:.1f} min",
            f"{own.processor_seconds / 60:.1f} min",
            str(len(own.runs)),
        ]
        for size, own in figures.items()
    ]
    yield from table(["recording", "wall", "processor", "runs"], rows)
    yield "\nSeconds of each step, and its peak memory:\n"
    steps = list(dict.fromkeys(step for own in figures.values() for step in own.runs[-1].steps))
    yield from table(
        ["step", *figures],
        [[f"`{step}`", *(_step_cell(own, step) for own in figures.values())] for step in steps],
    )


def _step_cell(own: Figures, step: str) -> str:
    held = [run.steps[step] for run in own.runs if step in run.steps]
    if not held:
        return ""
    peak = max(row["peak_megabytes"] for row in held)
    return f"{median(row['wall_seconds'] for row in held):.1f} s, {peak:.0f} MB"


def _memory(section: Section, _all: Sections) -> Iterator[str]:
    lengths = lengths_of(section)
    figures = section.figures()
    yield "Megabytes at most. For steps of `make reel` the process and all that it started, looked at five"
    yield "times a second (pages that they share count twice); for the cases below them the largest process."
    yield f"The features' pictures are {SMALL_PIXELS} pixels wide and high here: what grows with the length"
    yield "is the same.\n"
    peaks = {minutes: peaks_at(section, minutes) for minutes in lengths}
    steps = list(dict.fromkeys(step for held in peaks.values() for step in held))
    rows = [
        [f"`{step}`", *(f"{held[step]:.0f}" if step in held else "" for held in peaks.values())]
        for step in steps
    ]
    yield from table(["step", *(f"{minutes:g} min" for minutes in lengths)], rows)
    yield "\nWall time:\n"
    walls = [
        [
            f"`{case}`",
            *(
                f"{figures[name].wall_seconds:.0f} s"
                if (name := length_name(minutes, case)) in figures
                else ""
                for minutes in lengths
            ),
        ]
        for case in (REEL, *LENGTH_CASES)
    ]
    yield from table(["", *(f"{minutes:g} min" for minutes in lengths)], walls)


def _growth(section: Section, _all: Sections) -> Iterator[str]:
    columns = ("seconds", "processor seconds", "peak memory", "runs")
    for kind, words in (("planned", "jobs of a dry run"), ("made", "games of 3 minutes, made")):
        rows = [
            [
                f"{count:,.0f}",
                f"{own.wall_seconds:.1f}",
                f"{own.processor_seconds:.1f}",
                f"{own.peak_megabytes:.0f} MB",
                str(len(own.runs)),
            ]
            for count, own in games_of(section, kind)
        ]
        yield "\n".join([*table([words, *columns], rows), ""])


def _without(section: Section | None) -> list[str]:
    if not section or not section.without:
        return []
    return ["", *(f"- `{case}`: {why}." for case, why in section.without.items())]
