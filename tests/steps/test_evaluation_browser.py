"""The evaluation's page in headless Chromium: it fits its window, asks nobody else, and can be read."""

from __future__ import annotations

import json

import pytest

from matchreel.evaluation.page import page_html
from support.browser import browser_page
from support.judged import facts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Contrast of each chosen element's colour with the nearest ground behind it, the lowest first.
CONTRASTS = """
(selector, property) => {
  const channel = value => value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[0-9.]+/g).map(Number).map(value => channel(value / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = element => {
    for (let node = element; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const drawn = element => getComputedStyle(element)[property] !== 'none';
  return [...document.querySelectorAll(selector)].filter(drawn).map(element => {
    const pair = [getComputedStyle(element)[property], ground(element)].map(light).sort((a, b) => b - a);
    return (pair[0] + 0.05) / (pair[1] + 0.05);
  }).sort((a, b) => a - b);
}
"""


@pytest.fixture(scope="module")
def browser():
    with browser_page() as page:
        yield page


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("evaluation") / "index.html"
    path.write_text(page_html(facts()), encoding="utf-8")
    return path


@pytest.fixture(
    params=[(1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light"), (390, 844, "dark")],
    ids=lambda held: f"{held[0]}-{held[2]}",
)
def page(request, browser, made):
    width, height, scheme = request.param
    browser.open(made, width=width, height=height, scheme=scheme)
    yield browser
    assert browser.problems == []


def test_it_fits_its_window_and_asks_nobody(page, made):
    assert page.value("document.documentElement.scrollWidth <= window.innerWidth")
    assert {url for url in page.requests if not url.startswith("data:")} == {made.as_uri()}
    # Only wide tables scroll, by themselves, and the keyboard reaches them.
    frames = "[...document.querySelectorAll('.frame')]"
    assert page.value(f"{frames}.every(frame => frame.tabIndex === 0 && frame.getAttribute('aria-label'))")
    assert page.value("[...document.querySelectorAll('.plot svg')].every(svg => svg.clientWidth > 250)")


@pytest.mark.parametrize(
    ("selector", "style", "least"),
    [
        ("h1, h2, p, li, caption span, th, td b, .range, small, summary", "color", 4.5),
        (".plot svg [style*='fill: var(--series']", "fill", 3.0),
        (".name", "color", 4.5),
    ],
)
def test_it_can_be_read(page, selector, style, least):
    found = page.value(f"({CONTRASTS})({json.dumps(selector)}, {json.dumps(style)})")
    assert found and found[0] >= least
