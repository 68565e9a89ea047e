"""The page's plots as inline SVG: coloured by the page's own variables, so that light and dark both serve."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from matchreel.evaluation.calibration import Reliability
from matchreel.evaluation.intervals import Figure

NUM_COLOURS = 8
# Colours that stand for the page's variables until they are replaced in the SVG's text.
_INK, LINE_COLOUR = "#010101", "#020202"
_MARKERS = "osD^vPX*"
_SIZE_INCHES = (4.6, 3.3)
_FONT_POINTS = 10


@dataclass(frozen=True)
class Series:
    """One scorer's figures, a line or a set of bars; None where there is none."""

    name: str
    figures: Sequence[Figure | None]


def colour_of(index: int) -> str:
    """The CSS colour of the index-th scorer."""
    return f"var(--series-{index % NUM_COLOURS})"


def bars_svg(names: Sequence[str], series: Sequence[Series], *, name: str, words: str) -> str:
    """A group of bars per name, one per scorer, with intervals; in percent."""

    def draw(axes: Axes) -> None:
        width = 0.84 / len(series)
        for index, held in enumerate(series):
            offset = (index - (len(series) - 1) / 2) * width
            for place, figure in enumerate(held.figures):
                if figure is None or math.isnan(figure.value):
                    continue
                axes.bar(place + offset, 100 * figure.value, width * 0.9, color=series_colour(index))
                ends = [100 * figure.low, 100 * figure.high]
                axes.plot([place + offset] * 2, ends, color=_INK, linewidth=1.2)
            axes.bar([0], [0], color=series_colour(index), label=held.name)
        axes.set_xticks(range(len(names)), names)
        axes.set(ylim=(0, 100), ylabel="%")
        axes.grid(axis="y", color=LINE_COLOUR)

    return drawn_svg(draw, name=name, words=words, num_series=len(series))


def curves_svg(shares: Sequence[float], series: Sequence[Series], *, name: str, words: str) -> str:
    """A line per scorer over shares of the time, in percent, its intervals as thin bars."""

    def draw(axes: Axes) -> None:
        chosen = [100 * share for share in shares]
        axes.plot([0, 100], [0, 100], color=_INK, linestyle=":", linewidth=1, label="by chance")
        for index, held in enumerate(series):
            drawn = [(x, figure) for x, figure in zip(chosen, held.figures, strict=True) if figure]
            places = [x + (index - (len(series) - 1) / 2) * 0.5 for x, _ in drawn]
            colour = series_colour(index)
            for x, (_, figure) in zip(places, drawn, strict=True):
                axes.plot([x, x], [100 * figure.low, 100 * figure.high], color=colour, linewidth=1)
            values = [100 * figure.value for _, figure in drawn]
            axes.plot(places, values, color=colour, marker=_marker(index), markersize=5, label=held.name)
        axes.set(xlim=(0, 100 * max(shares) + 3), ylim=(0, 103), xticks=chosen)
        axes.set(xlabel="% of the time kept", ylabel="% of the events in it")
        axes.grid(color=LINE_COLOUR)

    return drawn_svg(draw, name=name, words=words, num_series=len(series) + 1)


def reliability_svg(held: Mapping[int, tuple[str, Reliability]], *, name: str, words: str) -> str:
    """Share of hits over mean confidence, a point per bin as large as its finds are many.

    held: the scorer's place among all, for its colour -> its name and reliability.
    """

    def draw(axes: Axes) -> None:
        axes.plot([0, 100], [0, 100], color=_INK, linestyle=":", linewidth=1, label="as sure as right")
        for index, (scorer, found) in held.items():
            known = found.num_finds > 0
            x, y = 100 * found.mean_confidences[known], 100 * found.hit_shares[known]
            sizes = 12 + 90 * np.sqrt(found.num_finds[known] / found.num_finds.max()) if known.any() else []
            axes.plot(x, y, color=series_colour(index), linewidth=1, marker=_marker(index), label=scorer)
            axes.scatter(x, y, s=sizes, color=series_colour(index), marker=_marker(index))
        axes.set(xlim=(0, 100), ylim=(0, 103), xlabel="confidence, %", ylabel="hits, %")
        axes.grid(color=LINE_COLOUR)

    return drawn_svg(draw, name=name, words=words, num_series=len(held) + 1)


def drawn_svg(
    draw: Callable[[Axes], None],
    *,
    name: str,
    words: str,
    num_series: int,
    height_inches: float = _SIZE_INCHES[1],
) -> str:
    """The drawing with a legend above; the same figures give the same text.

    draw colours its series by series_colour. name: begins ids. words: what it shows, for who cannot see it.
    """
    style: Any = {
        "svg.hashsalt": f"matchreel {name}", "svg.fonttype": "path", "font.size": _FONT_POINTS,
        "text.color": _INK, "axes.edgecolor": _INK, "axes.labelcolor": _INK, "xtick.color": _INK,
        "ytick.color": _INK, "axes.facecolor": "none", "figure.facecolor": "none", "axes.axisbelow": True,
        "axes.spines.top": False, "axes.spines.right": False,
    }  # fmt: skip
    rows = -(-num_series // 2)
    with matplotlib.rc_context(style):
        canvas = Canvas(figsize=(_SIZE_INCHES[0], height_inches + 0.2 * rows), layout="constrained")
        axes = canvas.subplots()
        draw(axes)
        canvas.legend(loc="outside upper left", ncols=2, frameon=False, fontsize=_FONT_POINTS)
        held = io.StringIO()
        canvas.savefig(held, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _inlined(held.getvalue(), name=name, words=words)


def _inlined(svg: str, *, name: str, words: str) -> str:
    """The <svg> element alone, as wide as its place, its ids its own, its colours the page's."""
    text = svg[svg.index("<svg") :]
    box = re.search(r'viewBox="[^"]*"', text)
    assert box
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="', f'id="{name}-', text)
    text = re.sub(r'href="#', f'href="#{name}-', text)
    text = text.replace("url(#", f"url(#{name}-")
    text = text.replace(_INK, "currentColor").replace(LINE_COLOUR, "var(--line)")
    text = re.sub(r"#0a00([0-9a-f]{2})", lambda match: colour_of(int(match[1], 16)), text)
    opening = f'<svg role="img" aria-label="{escape(words)}" {box[0]} xmlns="http://www.w3.org/2000/svg">'
    return opening + text[text.index(">") + 1 :].strip()


def series_colour(index: int) -> str:
    """What stands for the index-th scorer's colour while drawing."""
    return f"#0a00{index % NUM_COLOURS:02x}"


def _marker(index: int) -> str:
    return _MARKERS[index % len(_MARKERS)]
