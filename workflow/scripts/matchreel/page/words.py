"""The page's words: Korean and English from one table, match minutes, and who chose the moments."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from typing import Any

from matchreel.labels import slug_of
from matchreel.languages import LABEL_WORDS, LANGUAGES
from matchreel.notices import TEXTS
from matchreel.page.records import PageFacts, PartCurve
from matchreel.provenance import data_path
from matchreel.timeline import clock_text

DATA_FILES = ("words.json", "cues.json")
# What stands in the page before its script runs, and where there is none.
PLAIN_LANGUAGE = "en"
_LISTED_GAMES = 6
_UNTRAINED = ("excitement", "random")


@lru_cache
def tables() -> dict[str, dict[str, dict[str, str]]]:
    """{"words", "labels"}: language -> key -> text. Labels are those of events, cues and modalities.

    A notice's words have the key notice_<code>.
    """
    texts = [json.loads(data_path(__file__, name).read_text(encoding="utf-8")) for name in DATA_FILES]
    held = dict(zip(("words", "labels"), texts, strict=True))
    for column, language in enumerate(LANGUAGES):
        held["words"][language] |= {f"notice_{code}": texts[column] for code, texts in TEXTS.items()}
        held["labels"][language] |= {label: texts[column] for label, texts in LABEL_WORDS.items()}
    return held


def word(key: str, **fills: Any) -> str:
    """A text of the table in the plain language, its {names} filled in."""
    return tables()["words"][PLAIN_LANGUAGE][key].format_map(fills)


def said(key: str, *, tag: str = "span", kind: str = "", **fills: Any) -> str:
    """An element with that text, which the page's script can put into another language."""
    held = f' data-f="{escape(json.dumps(fills, ensure_ascii=False))}"' if fills else ""
    style = f' class="{kind}"' if kind else ""
    return f'<{tag}{style} data-t="{key}"{held}>{escape(word(key, **fills))}</{tag}>'


def title_text(page: PageFacts) -> str:
    """The teams where they are known, else the game's slug."""
    return " – ".join(name for name in (page.home, page.away) if name) or page.game


def minute_text(seconds: float, curve: PartCurve, language: str = PLAIN_LANGUAGE) -> str:
    """The match minute, with "~" where it is an estimate or counts from the part's start."""
    return curve.clock.at(seconds).shown(language)


def label_text(name: str) -> str:
    """A label's, cue's or modality's name as people read it."""
    plain = name.replace("_", " ").strip()
    return tables()["labels"][PLAIN_LANGUAGE].get(name, plain[:1].upper() + plain[1:])


def kind_of(label: str) -> str:
    """The CSS class of the label's colour."""
    return f"kind-{slug_of(label)}"


def spoken_length(seconds: float) -> str:
    """Minutes and seconds without a leading zero, as the page's script counts them: "3:05"."""
    return clock_text(math.floor(seconds + 0.5)).removeprefix("0")


def count_html(count: int) -> str:
    """How many moments."""
    return said("count_one") if count == 1 else said("count_many", count=count)


def provenance_html(page: PageFacts) -> str:
    """Which scorer chose the moments, and what it was trained on."""
    badges = [_badge("edited", "untrained")] if page.is_edited else []
    chosen = said("chosen_then_edited" if page.is_edited else "chosen_by", scorer=page.scorer)
    if page.scorer in _UNTRAINED and not page.trained_on:
        badges.append(_badge("random" if page.scorer == "random" else "untrained", "untrained"))
        told = said(f"told_{page.scorer}")
    else:
        badges.append(_badge("trained", "trained"))
        told = _games_html(page.trained_on)
    return f'<div class="badges">{"".join(badges)}</div><div class="told">{chosen} {told}</div>'


def _games_html(games: tuple[str, ...]) -> str:
    if not games:
        return said("told_unknown")
    if len(games) <= _LISTED_GAMES:
        return said("told_games", games=", ".join(games))
    summary = said("told_games_many", tag="summary", count=len(games))
    return f"<details>{summary}{escape(', '.join(games))}</details>"


def _badge(name: str, kind: str) -> str:
    return said(f"badge_{name}", kind=f"badge {kind}")


def why_html(why: Mapping[str, float]) -> str:
    """A bar per reason, each with its name and value for those who cannot see bars."""
    bars = [
        f'<li><span class="why-name">{escape(label_text(name))}</span>'
        f'<span class="share"><i style="width:{_percent(value)}%"></i></span>'
        f'<span class="hidden"> {value:.2f}</span></li>'
        for name, value in why.items()
    ]
    return f'<ul class="why">{"".join(bars)}</ul>' if bars else '<span class="muted">–</span>'


def _percent(value: float) -> int:
    return round(100 * min(max(value, 0.0), 1.0))
