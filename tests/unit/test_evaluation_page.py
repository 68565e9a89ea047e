"""The page of an evaluation: whole, true to the figures, readable without colours or scripts."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from matchreel.evaluation.intervals import Figure
from matchreel.evaluation.markup import MISSING, Table, figure_cell
from matchreel.evaluation.page import page_html
from support.judged import facts


class Checker(HTMLParser):
    """Counts what a page must hold, and its open elements."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.tags, self.outside = [], [], [], []

    def handle_starttag(self, tag, attributes):
        held = dict(attributes)
        self.tags.append((tag, held))
        self.ids += [held["id"]] if "id" in held else []
        self.outside += [
            value for name, value in attributes if name in ("src", "href") and "://" in (value or "")
        ]
        if tag not in ("meta", "link", "wbr", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


@pytest.fixture(scope="module")
def page():
    return page_html(facts())


def test_the_page_is_whole_and_stands_alone(page):
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    assert len(checker.ids) == len(set(checker.ids)), "ids of two plots must not meet"
    assert checker.outside == []
    assert "<script" not in page and "{{" not in page
    assert sum(tag == "svg" for tag, _ in checker.tags) == 3
    for tag, held in checker.tags:
        assert tag != "th" or held.get("scope") in ("col", "row", "colgroup")
        assert tag != "svg" or (held["role"] == "img" and held["aria-label"])
    assert sum(tag == "table" for tag, _ in checker.tags) == sum(tag == "caption" for tag, _ in checker.tags)


def test_plots_take_the_pages_colours(page):
    svgs = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    for svg in svgs:
        assert "var(--series-0)" in svg and "currentColor" in svg
        assert not re.search(r"#0[0-9a-f]{5}\b", svg), "a colour that stands in for another was left"
        for name in re.findall(r"(?:url\(#|href=\"#)([^)\"]+)", svg):
            assert f'id="{name}"' in svg
    assert "prefers-color-scheme: dark" in page


def test_the_page_says_what_was_judged_and_how_sure_it_is(page):
    assert "Judged on 2 games with 2 events (Goal 2, Shots on target 0)" in page
    assert "a bootstrap over games, 30 resamples" in page
    assert "Two games are few" in page
    assert "1 game: far" in page and "untrained: windows drawn by lot" in page
    assert "my_<model>" not in page and "my_<wbr>&lt;model&gt;" in page


def test_the_page_warns_of_games_met_in_training():
    text = page_html(facts(seen={"my_<model>": ["game-0"]}))
    assert "was trained on 1 judged game: its figures are too good (game-0)" in text


@pytest.mark.slow
def test_one_game_has_no_intervals_and_many_no_notice():
    one = page_html(facts(num_games=1))
    assert "One game says nothing about others" in one and 'class="range"' not in one
    assert "are few" not in page_html(facts(num_games=20))


def test_without_a_trained_scorer_there_is_no_calibration():
    assert "Calibration" not in page_html(facts(trained_on=()))


def test_reels_of_minutes_only_where_games_are_long_enough(page):
    assert ">1 min<" in page and ">10 min<" not in page


def test_same_facts_same_page(page):
    assert page_html(facts()) == page


@pytest.mark.parametrize(
    ("figure", "options", "expected"),
    [
        (Figure(0.5, 0.25, 1, 2), {}, '<td><b>50.0</b><span class="range">25.0–100.0</span></td>'),
        (Figure(4.25, 1, 9, 2), {"is_percent": False}, '<td><b>4.2</b><span class="range">1.0–9.0</span></td>'),
        (Figure(-0.1, -0.2, -0.05, 2), {"is_difference": True},
         '<td class="clear"><b>−10.0</b><span class="range">−20.0 to −5.0</span></td>'),
        (Figure(0.1, -0.2, 0.3, 2), {"is_difference": True},
         '<td><b>+10.0</b><span class="range">−20.0 to +30.0</span></td>'),
        (Figure(0.5, float("nan"), float("nan"), 2), {}, "<td><b>50.0</b></td>"),
        (Figure(float("nan"), float("nan"), float("nan"), 0), {}, MISSING),
        (None, {}, MISSING),
    ],
)  # fmt: skip
def test_cells(figure, options, expected):
    assert figure_cell(figure, **options) == expected


def test_grouped_columns():
    table = Table("<c>", "who", ["a", "b", "a"], {"x": [MISSING] * 3}, [("one", 2), ("two", 1)]).html()
    assert 'scope="colgroup" colspan="2">one<' in table and 'rowspan="2">who<' in table
    assert "&lt;c&gt;" in table
