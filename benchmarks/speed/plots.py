"""The page's plots, each as SVG and PNG."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from promises import exponent, games_of, length_name, lengths_of, peaks_at, seed_points
from sections import LENGTH_CASES, REEL
from store import Section

Points = Sequence[tuple[float, float]]
_MARKERS = "osD^vPX*<>hp"


def draw_all(sections: Mapping[str, Section | None], folder: Path) -> list[tuple[str, str]]:
    """Draw what has been measured; (file stem, what it shows) of each."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = list[tuple[str, str]]()
    for stem, words, axes, lines in _wanted(sections):
        if any(len(points) > 1 for points in lines.values()):
            _draw(folder / stem, words, axes, lines)
            drawn.append((stem, words))
    return drawn


def _wanted(
    sections: Mapping[str, Section | None],
) -> list[tuple[str, str, tuple[str, str], Mapping[str, Points]]]:
    wanted = list[tuple[str, str, tuple[str, str], Mapping[str, Points]]]()
    if memory := sections.get("memory"):
        times, peaks = length_lines(memory)
        wanted.append(
            ("time-by-length", "Time of each step by length", ("minutes of match", "seconds"), times)
        )
        wanted.append(
            ("memory-by-length", "Peak memory of each step by length", ("minutes of match", "MB"), peaks)
        )
    if seed := seed_points(sections.get("seed")):
        lines = {"the seed's way": sorted(seed.items())}
        wanted.append(("seed-by-length", "The seed's way by length", ("seconds of match", "seconds"), lines))
    if growth := sections.get("growth"):
        for kind, of in (("planned", "jobs"), ("made", "games")):
            held = games_of(growth, kind)
            words = "A dry run by its jobs" if kind == "planned" else "Reels by the number of games"
            lines = {"seconds": [(count, own.wall_seconds) for count, own in held]}
            lines["processor seconds"] = [(count, own.processor_seconds) for count, own in held]
            wanted.append((f"time-by-{of}", words, (of, "seconds"), lines))
            lines = {"MB": [(count, own.peak_megabytes) for count, own in held]}
            wanted.append((f"memory-by-{of}", f"{words}: memory of its largest process", (of, "MB"), lines))
    return wanted


def length_lines(memory: Section) -> tuple[dict[str, Points], dict[str, Points]]:
    """Step -> (minutes, wall seconds), and step -> (minutes, megabytes)."""
    figures, times, peaks = (
        memory.figures(),
        dict[str, list[tuple[float, float]]](),
        dict[str, list[tuple[float, float]]](),
    )
    for minutes in lengths_of(memory):
        own = figures.get(length_name(minutes, REEL))
        for step, row in own.runs[-1].steps.items() if own else ():
            times.setdefault(step, []).append((minutes, row["wall_seconds"]))
        if own:
            times.setdefault(REEL, []).append((minutes, own.wall_seconds))
        for case in LENGTH_CASES:
            if held := figures.get(length_name(minutes, case)):
                times.setdefault(case, []).append((minutes, held.wall_seconds))
        for step, megabytes in peaks_at(memory, minutes).items():
            peaks.setdefault(step, []).append((minutes, megabytes))
    return dict(times), dict(peaks)


def _draw(path: Path, title: str, labels: tuple[str, str], lines: Mapping[str, Points]) -> None:
    """Both axes logarithmic: what grows linearly rises like the dotted line."""
    with matplotlib.rc_context({"svg.hashsalt": path.name, "font.size": 10}):
        figure = Figure(figsize=(8.5, 5), layout="constrained")
        axes = figure.subplots()
        axes.set_prop_cycle(color=matplotlib.colormaps["tab20"].colors)
        known = {name: [(x, y) for x, y in points if y > 0] for name, points in lines.items()}
        for index, (name, points) in enumerate(known.items()):
            power, look = exponent(points), {"marker": _MARKERS[index % len(_MARKERS)], "markersize": 5}
            label = name if math.isnan(power) else f"{name} (exponent {power:.2f})"
            axes.plot([x for x, _ in points], [y for _, y in points], linewidth=1.2, label=label, **look)
        _draw_proportion(axes, known)
        axes.set(xscale="log", yscale="log", xlabel=labels[0], ylabel=labels[1], title=title)
        places = sorted({x for points in known.values() for x, _ in points})
        axes.set_xticks(places, [f"{place:g}" for place in places])
        axes.minorticks_off()
        axes.grid(color="#ddd")
        figure.legend(loc="outside right center", fontsize=8)
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None})
        figure.savefig(path.with_suffix(".png"), dpi=110, metadata={"Software": None})


def _draw_proportion(axes: matplotlib.axes.Axes, lines: Mapping[str, Points]) -> None:
    """From the highest line's start: twice as much for twice as much."""
    top = max((points for points in lines.values() if points), key=lambda points: points[-1][1])
    first, last = top[0], top[-1]
    ys = (first[1], first[1] * last[0] / first[0])
    axes.plot((first[0], last[0]), ys, color="#666", linestyle=":", label="in proportion")
