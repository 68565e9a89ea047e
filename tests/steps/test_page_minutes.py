"""The page in headless Chromium counts minutes as Python does, in both languages, also after half-time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matchreel.match_clock import MatchClock
from matchreel.page import Highlight, PageFacts, PartCurve, render_page
from support.browser import Page, browser_page
from support.scoreboards import EXTRA_TIME, saved_boards

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Before the kick-off, first half, added time, half-time (both ends), second half, extra time, penalties.
MOMENTS = (10.0, 150.0, 2930.0, 3100.0, 3250.0, 3400.0, 6010.0, 6310.0, 7230.0, 8290.0, 8900.0)
KOREAN = [
    "전반 1분", "전반 2분", "전반 45+3분", "전반 45+4분", "후반 1분", "후반 2분", "후반 45+1분", "연장 전반 1분",
    "연장 전반 15+1분", "연장 후반 15+2분", "승부차기",
]  # fmt: skip


@pytest.fixture
def browser():
    with browser_page() as page:
        yield page


def opened(browser: Page, path: Path, clock: MatchClock, moments: tuple[float, ...]) -> Page:
    part = clock.part("full")
    times = np.arange(7.5, 9490.0, 30.0)
    curve = PartCurve(
        "full", 9500.0, part.kickoff_seconds, times, np.sin(times / 300) / 2 + 0.5,
        is_estimate=part.is_estimate, halves=part.halves,
    )  # fmt: skip
    rows = tuple(
        Highlight(
            "full",
            at - 5,
            at + 5,
            at,
            "Shots on target",
            0.9,
            f"clips/{index}.mp4",
            10.0 * index,
            {},
            f"m{index}",
        )
        for index, at in enumerate(moments)
    )
    facts = PageFacts(
        "cup", "WES", "STO", "", "excitement", (), 10.0 * len(rows), (), rows, (curve,), clock=clock
    )
    path.write_text(render_page(facts), encoding="utf-8")
    browser.open(path, width=1360, height=860)
    browser.wait_for("document.querySelectorAll('#kept .minute').length > 0")
    return browser


def texts(page: Page, selector: str) -> list[str]:
    found: list[str] = page.value(
        f"[...document.querySelectorAll('{selector}')].map(node => node.textContent)"
    )
    return found


def test_minutes_are_those_of_the_screen(browser: Page, tmp_path: Path) -> None:
    clock = MatchClock.load({}, (), saved_boards(tmp_path, EXTRA_TIME))
    page = opened(browser, tmp_path / "index.html", clock, MOMENTS)
    assert texts(page, "#kept .minute") == [clock.at("full", at).shown() for at in MOMENTS]
    assert texts(page, "#kept .result") == [" 0–0"] * 2 + [" 1–0"] * 4 + [" 1–1"] * 5
    # Each half has ticks of its own: no minute of the clock is said of half-time or of penalties.
    minutes = [*range(0, 41, 10), *range(45, 86, 10), 90, 100, 105, 115]
    assert texts(page, ".axis span") == [f"{minute}'" for minute in minutes]
    page.click('[data-language="ko"]')
    assert texts(page, "#kept .minute") == KOREAN


def test_an_estimate_says_so(browser: Page, tmp_path: Path) -> None:
    (tmp_path / "k").write_text('{"part": "full", "seconds": 60, "confidence": 0.6, "idle": []}')
    clock = MatchClock.load({}, [tmp_path / "k"])
    page = opened(browser, tmp_path / "index.html", clock, (150.0,))
    assert texts(page, "#kept .minute") == ["~2'"] == [clock.at("full", 150.0).shown()]
    assert "estimate" in page.value("document.querySelector('[data-t=kickoff_estimated]').textContent")
    page.click('[data-language="ko"]')
    assert texts(page, "#kept .minute") == ["~2분"]
    assert texts(page, "[data-t=kickoff_estimated]") == [
        "~ 킥오프 시각을 화면에서 추정한 것이므로 대략적인 시간입니다."
    ]
