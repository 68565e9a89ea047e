"""HTML of figures and their tables, for the pages of evaluation and ablation."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from matchreel.evaluation.intervals import Figure
from matchreel.provenance import data_path
from matchreel.web import colours_css, policy_meta

DATA_FILES = ("page.html", "page.css")
MISSING = '<td class="missing">–<span class="hidden"> not measured</span></td>'
_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)
_MARK = re.compile(r"\{\{(\w+)\}\}")
_NO_BREAK = "\u202f"


@dataclass(frozen=True)
class Table:
    """A table with a row per name. groups: (title, number of columns) above the columns, or none.

    rows: name -> its cells as HTML (figure_cell, MISSING), one for each column. Names may hold HTML.
    is_words: the cells are sentences, not figures.
    """

    caption: str
    row_title: str
    columns: Sequence[str]
    rows: Mapping[str, Sequence[str]]
    groups: Sequence[tuple[str, int]] = ()
    is_words: bool = False

    def html(self) -> str:
        """The table in a frame that scrolls sideways where the window is narrow."""
        return (
            f'<div class="frame" tabindex="0" role="region" aria-label="{escape(self.caption)}"><table>'
            f"<caption><span>{escape(self.caption)}</span></caption><thead>{self._head()}</thead>"
            f"<tbody>{self._body()}</tbody></table></div>"
        )

    def _head(self) -> str:
        kind = ' class="words"' if self.is_words else ""
        names = "".join(f'<th scope="col"{kind}>{escape(name)}</th>' for name in self.columns)
        first = f'<th scope="col" rowspan="{2 if self.groups else 1}">{escape(self.row_title)}</th>'
        if not self.groups:
            return f"<tr>{first}{names}</tr>"
        above = "".join(
            f'<th scope="colgroup" colspan="{count}">{escape(title)}</th>' for title, count in self.groups
        )
        return f"<tr>{first}{above}</tr><tr>{names}</tr>"

    def _body(self) -> str:
        return "".join(
            f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>' for name, cells in self.rows.items()
        )


def figure_cell(figure: Figure | None, *, is_percent: bool = True, is_difference: bool = False) -> str:
    """A value with its interval below; a difference has a sign, and is strong where its interval lacks 0."""
    if figure is None or math.isnan(figure.value):
        return MISSING
    is_clear = is_difference and not math.isnan(figure.low) and (figure.low > 0 or figure.high < 0)
    kind = ' class="clear"' if is_clear else ""
    value = number_text(figure.value, is_percent=is_percent, is_signed=is_difference)
    if math.isnan(figure.low):
        return f"<td{kind}><b>{value}</b></td>"
    ends = [
        number_text(end, is_percent=is_percent, is_signed=is_difference) for end in (figure.low, figure.high)
    ]
    between = " to " if is_difference else "–"
    return f'<td{kind}><b>{value}</b><span class="range">{ends[0]}{between}{ends[1]}</span></td>'


def number_text(value: float, *, is_percent: bool = True, is_signed: bool = False) -> str:
    """One digit behind the point; a share in percent without its sign, which the caption says."""
    scaled = round(100 * value if is_percent else value, 1)
    sign = "+" if is_signed and scaled > 0 else "−" if scaled < 0 else ""
    return f"{sign}{abs(scaled):.1f}"


def breakable(name: str) -> str:
    """A name as HTML that may go on in the next line after an underscore."""
    return escape(name).replace("_", "_<wbr>")


def count_text(count: int, noun: str) -> str:
    """For example "1 game" or "1 200 games"."""
    return f"{count:,}".replace(",", _NO_BREAK) + f" {noun}{'' if count == 1 else 's'}"


def page_of(fills: Mapping[str, str]) -> str:
    """A whole page of title, heading, summary, notices and sections, its style inside."""
    style = f"\n{colours_css()}{data_path(__file__, DATA_FILES[1]).read_text(encoding='utf-8')}\n"
    # Plots bring a style of their own; text is escaped, so nothing else can look like one.
    styles = [style, *_STYLE.findall("".join(fills.values()))]
    held = {**fills, "style": style, "policy": policy_meta(styles=styles)}
    template = data_path(__file__, DATA_FILES[0]).read_text(encoding="utf-8")
    return _MARK.sub(lambda match: held[match[1]], template)


def section(name: str, title: str, *blocks: str) -> str:
    """A section with its heading."""
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{escape(title)}</h2>{"".join(blocks)}</section>'
    )


def notices(texts: Sequence[str]) -> str:
    """What a reader must know before the figures, each a line."""
    rows = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul class="notices" aria-label="Notices">{rows}</ul>' if rows else ""
