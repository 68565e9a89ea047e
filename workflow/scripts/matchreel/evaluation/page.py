"""index.html of an evaluation: every figure with its interval, and what it was measured on, on one page."""

from __future__ import annotations

from collections import Counter
from html import escape

from matchreel.evaluation.intervals import QUANTILES
from matchreel.evaluation.judge import Judgement
from matchreel.evaluation.markup import Table, count_text, notices, page_of, section
from matchreel.evaluation.sections import (
    PageFacts,
    by_class,
    calibration,
    detection,
    highlights,
    others,
    reels,
    scorer_name,
)

__all__ = ["PageFacts", "page_html"]

# With fewer games than this the page says that they are few.
_MANY_GAMES = 20
_LISTED_GAMES = 6
_UNTRAINED = {
    "excitement": "untrained: ranks loud crowds, breaks in play and cameras turned to a goal",
    "random": "untrained: windows drawn by lot",
}


def page_html(facts: PageFacts) -> str:
    """The whole page, self-contained; the same facts give the same text."""
    sections = [_scorers, detection, by_class, highlights, reels, calibration, others]
    return page_of(
        {
            "title": f"{escape(facts.scorer)} · evaluation",
            "heading": f"How good is {escape(facts.scorer)}?",
            "summary": _summary(facts),
            "notices": notices(_warnings(facts)),
            "sections": "".join(make(facts) for make in sections),
        }
    )


def _summary(facts: PageFacts) -> str:
    events = [event for game in facts.games for held in game.events.values() for event in held]
    asked = [event for event in events if event.label in facts.rules.counts.classes]
    shown = Counter(event.label for event in asked if event.visibility == "visible")
    by_class = ", ".join(f"{label} {shown[label]}" for label in facts.rules.counts.classes)
    hidden = len(asked) - shown.total()
    left_out = (
        f" {count_text(hidden, 'event')} that the broadcast does not show are left out." if hidden else ""
    )
    samples = len(next(iter(facts.judged[0].figures.values())).samples)
    share = round(100 * (QUANTILES[1] - QUANTILES[0]))
    return (
        f"Judged on {count_text(len(facts.games), 'game')} with {count_text(shown.total(), 'event')} "
        f"({escape(by_class)}).{left_out} Ranges are {share} % intervals: a bootstrap over games, "
        f"{count_text(samples, 'resample')}, the same ones for every scorer."
    )


def _warnings(facts: PageFacts) -> list[str]:
    num_games = len(facts.games)
    texts = [
        f"{scorer} was trained on {count_text(len(games), 'judged game')}: its figures are too good "
        f"({', '.join(games)})."
        for scorer, games in facts.seen.items()
    ]
    if num_games == 1:
        texts.append("One game says nothing about others: there are no intervals.")
    elif num_games < _MANY_GAMES:
        words = "Two" if num_games == 2 else str(num_games)
        texts.append(f"{words} games are few: intervals over them are rough, and narrower than the truth.")
    return texts


def _scorers(facts: PageFacts) -> str:
    rows = {
        scorer_name(index, one): [f'<td class="words">{_training(one)}</td>']
        for index, one in enumerate(facts.judged)
    }
    games = ", ".join(game.game for game in facts.games[:_LISTED_GAMES])
    more = len(facts.games) - _LISTED_GAMES
    judged = f"Judged on: {games}{f' and {more} more' if more > 0 else ''}."
    table = Table("Scorers and what they were trained on", "Scorer", ["Trained on"], rows, is_words=True)
    return section("scorers", "Who is compared", f"<p>{escape(judged)}</p>", table.html())


def _training(one: Judgement) -> str:
    if not one.trained_on:
        return escape(_UNTRAINED.get(one.scorer, "what it was trained on is not recorded"))
    listed, count = escape(", ".join(one.trained_on)), count_text(len(one.trained_on), "game")
    if len(one.trained_on) <= _LISTED_GAMES:
        return f"{count}: {listed}"
    return f"<details><summary>{count}</summary>{listed}</details>"
