"""What the project promises of its speed, held against what was measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sections import LENGTH_CASES, REEL, SEED_BESIDE, length_name
from store import Section
from timing import Figures

HALF_MINUTES = 45
HALF_SECONDS = 60 * HALF_MINUTES
MATCH_MINUTES = 90
WHOLE_MATCH = (
    ("the seed's frames and backbone in fp32", "whole_fp32", 4.5, "whole_minutes"),
    ("the seed's frames and backbone in 16 bits", "whole_bf16", 12, "whole_minutes"),
    ("the default path, `make reel`", REEL, 40, "minutes"),
)
_MOST_MEGABYTES = 1000
_MOST_MINUTES = 20
# A cost that grows no faster than its input has an exponent of 1; a little more is noise.
_MOST_EXPONENT = 1.1


@dataclass(frozen=True)
class Verdict:
    """A promise and what was measured; NaN where nothing was."""

    words: str
    limit: float
    measured: float
    unit: str = ""
    is_least: bool = False

    @property
    def outcome(self) -> str:
        """kept, missed or not measured."""
        if math.isnan(self.measured):
            return "not measured"
        is_kept = self.measured >= self.limit if self.is_least else self.measured <= self.limit
        return "kept" if is_kept else "missed"


def ratio(
    figures: Mapping[str, Figures], case: str, floors: Sequence[str], *, is_inner: bool = False
) -> float:
    """Median seconds of a case over the sum of others' medians; NaN where one of them has no run."""
    if any(name not in figures for name in (case, *floors)):
        return math.nan
    own = figures[case].inner_seconds if is_inner else figures[case].wall_seconds
    return math.nan if own is None else own / sum(figures[name].wall_seconds for name in floors)


def extrapolated(points: Mapping[float, float], at: float) -> float:
    """Seconds at a length, on the line through the shortest and the longest that were measured."""
    first, last = min(points), max(points)
    if first == last:
        return points[first] * at / first
    slope = (points[last] - points[first]) / (last - first)
    return points[first] + slope * (at - first)


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """p of y ~ x ** p by least squares of the logarithms; NaN for fewer than two places."""
    logs = [(math.log(x), math.log(y)) for x, y in points if x > 0 and y > 0]
    if len({x for x, _ in logs}) < 2:
        return math.nan
    middle_x, middle_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    spread = sum((x - middle_x) ** 2 for x, _ in logs)
    return sum((x - middle_x) * (y - middle_y) for x, y in logs) / spread


def seed_points(section: Section | None) -> dict[float, float]:
    """Length in seconds -> the seed's way's wall seconds."""
    figures = section.figures() if section else {}
    return {float(name.split()[0]): own.wall_seconds for name, own in figures.items()}


def times_faster(seed: Mapping[float, float], whole: Section | None, case: str, setting: str) -> float:
    """The seed's seconds for that length of match over ours; NaN where one of them is missing."""
    figures = whole.figures() if whole else {}
    if whole is None or case not in figures:
        return math.nan
    return seed_seconds(seed, figures, 60 * float(whole.facts[setting])) / figures[case].wall_seconds


def seed_seconds(seed: Mapping[float, float], beside: Mapping[str, Figures], at: float) -> float:
    """The seed's seconds for a length: its own section's line, at the level of its runs beside ours."""
    levels = {
        float(name.removeprefix(SEED_BESIDE).split()[0]): own.wall_seconds
        for name, own in beside.items()
        if name.startswith(SEED_BESIDE)
    }
    if not seed and not levels:
        return math.nan
    line = seed if len(seed) > 1 else levels or seed
    level = [wall / extrapolated(line, length) for length, wall in levels.items()] or [1.0]
    return extrapolated(line, at) * level[0]


def lengths_of(section: Section) -> list[float]:
    """The lengths in minutes that have runs."""
    return sorted({float(name.split()[0]) for name in section.figures()})


def games_of(section: Section, kind: str) -> list[tuple[float, Figures]]:
    """(games, or jobs where they were only planned; figures), the smallest first."""
    held = [(name, own) for name, own in section.figures().items() if name.endswith(f" {kind}")]
    if kind == "planned":
        return sorted(((own.runs[-1].steps["plan"]["jobs"], own) for _, own in held), key=lambda row: row[0])
    return sorted(((float(name.split()[0]), own) for name, own in held), key=lambda row: row[0])


def peaks_at(section: Section, minutes: float) -> dict[str, float]:
    """Step or case -> megabytes at most, at one length."""
    figures, peaks = section.figures(), dict[str, float]()
    for run in figures[own].runs if (own := length_name(minutes, REEL)) in figures else ():
        for step, row in run.steps.items():
            peaks[step] = max(peaks.get(step, 0.0), row["peak_megabytes"])
    for case in LENGTH_CASES:
        if (own := length_name(minutes, case)) in figures:
            peaks[case] = figures[own].peak_megabytes
    return peaks


def verdicts(sections: Mapping[str, Section | None]) -> Iterator[Verdict]:
    """Every promise, in the page's order."""
    steps = sections.get("steps")
    yield from _step_verdicts(steps.figures() if steps else {}, float(steps.facts["minutes"]) if steps else 0)
    seed = seed_points(sections.get("seed"))
    for words, case, limit, setting in WHOLE_MATCH:
        measured = times_faster(seed, sections.get("whole"), case, setting)
        yield Verdict(f"times faster than the seed's way: {words}", limit, measured, "times", is_least=True)
    sizes = sections.get("sizes")
    is_whole = sizes is not None and sizes.facts["match_minutes"] == MATCH_MINUTES
    match = sizes.figures().get("720p") if sizes and is_whole else None
    minutes = match.wall_seconds / 60 if match else math.nan
    yield Verdict(f"{MATCH_MINUTES} minutes of 720p to the finished reel", _MOST_MINUTES, minutes, "min")
    yield from _growth_verdicts(sections.get("memory"), sections.get("growth"))


def _step_verdicts(figures: Mapping[str, Figures], minutes: float) -> Iterator[Verdict]:
    beside = "decode_floor beside features"
    yield Verdict(
        "decode, thin out and scale over the ffmpeg floor",
        1.15,
        ratio(figures, "decode_matchreel", ["decode_floor"]),
    )
    both = {
        "fp32": ("features_matchreel", "backbone_floor"),
        "16 bits": ("features_bf16", "backbone_floor_bf16"),
    }
    for arithmetic, (case, floor) in both.items():
        yield Verdict(
            f"features over both floors together, {arithmetic}", 1.1, ratio(figures, case, [beside, floor])
        )
    logmel = ratio(figures, "logmel_matchreel", [beside], is_inner=True)
    yield Verdict("log-mel over the decode floor, without start-up", 0.05, logmel)
    score = figures["score_matchreel"].inner_seconds if "score_matchreel" in figures else None
    seconds = math.nan if score is None or minutes != HALF_MINUTES else score
    yield Verdict("scoring 45 minutes from cached features, without start-up", 2, seconds, "s")
    yield Verdict(
        "60 clips over a bare encode of their seconds",
        1.2,
        ratio(figures, "slice_matchreel", ["encode_floor"]),
    )
    late = ratio(figures, "slice_matchreel_late", ["slice_matchreel"])
    yield Verdict("60 clips of the last third over clips of all", 1.1, late)


def _growth_verdicts(memory: Section | None, growth: Section | None) -> Iterator[Verdict]:
    for minutes in lengths_of(memory) if memory else [math.nan]:
        peak = max(peaks_at(memory, minutes).values(), default=math.nan) if memory else math.nan
        words = "of any length" if math.isnan(minutes) else f"at {minutes:g} minutes"
        yield Verdict(f"peak memory of any step {words}", _MOST_MEGABYTES, peak, "MB")
    points = list[tuple[float, float]]()
    if memory:
        figures = memory.figures()
        named = [(minutes, length_name(minutes, REEL)) for minutes in lengths_of(memory)]
        points = [(minutes, figures[name].wall_seconds) for minutes, name in named if name in figures]
    yield Verdict("exponent of `make reel`'s time over the length", _MOST_EXPONENT, exponent(points))
    words = {"made": "the reels' time over the number of games", "planned": "a dry run's time over its jobs"}
    for kind, told in words.items():
        held = games_of(growth, kind) if growth else []
        measured = exponent([(count, own.wall_seconds) for count, own in held])
        yield Verdict(f"exponent of {told}", _MOST_EXPONENT, measured)
