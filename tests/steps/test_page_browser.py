"""The page in headless Chromium, opened from disk: it plays, seeks, answers to keys, and asks nobody else."""

import re
from dataclasses import replace

import pytest

from matchreel.notices import NOTHING_FOUND, TEXTS, Notice
from matchreel.restarts import NO_KICK_OFF
from support.browser import browser_page
from support.reels import PLAN, cut, make_parts

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIDEO = "document.getElementById('reel')"
SETTLED = f"!{VIDEO}.seeking && {VIDEO}.readyState >= 2"
CURRENT = "document.documentElement.dataset.current"
IDS = [row.id for row in PLAN.highlights]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a page's – folder")
    return folder / "tiny", cut(make_parts(folder), PLAN, folder / "tiny")


@pytest.fixture(scope="module")
def browser():
    with browser_page() as page:
        yield page


@pytest.fixture(params=[(1360, 860, "light"), (360, 740, "dark")], ids=["desktop", "phone"])
def page(request, browser, made):
    width, height, scheme = request.param
    browser.open(made[0] / "index.html", width=width, height=height, scheme=scheme)
    browser.wait_for("document.documentElement.dataset.reel === 'ready'")
    browser.value("localStorage.clear()")
    yield browser
    assert browser.problems == []


def time_after(page, action) -> float:
    """The video's time once an action has settled; the video is kept paused."""
    page.value(f"{VIDEO}.play = () => Promise.resolve()")
    action()
    page.wait_for(SETTLED)
    return page.value(f"{VIDEO}.currentTime")


def test_it_loads_the_reel_and_nothing_from_elsewhere(page, made):
    out_dir, told = made
    assert page.value(f"{VIDEO}.duration") == pytest.approx(told["reel_seconds"], abs=0.05)
    assert page.value(f"{VIDEO}.videoWidth") > 0 and page.value(f"{VIDEO}.error") is None
    # The browser draws its own buttons from data: addresses.
    asked = {url for url in page.requests if not url.startswith("data:")}
    assert asked <= {
        path.as_uri()
        for path in (
            *(out_dir / name for name in ("index.html", "reel.mp4", "poster.jpg")),
            *out_dir.glob("*/*"),
        )
    }
    assert page.value("document.title") == "Reds & 'Co' </script> – 한양 유나이티드 ⚽ · highlights"


def test_the_reels_poster_is_shown_until_something_else_is_played(page, made):
    poster = f"{VIDEO}.getAttribute('poster')"
    assert page.value(poster) == "poster.jpg" and (made[0] / "poster.jpg").as_uri() in page.requests
    page.click(f'#kept [data-play="{IDS[1]}"]')
    page.press("c")
    page.wait_for(f"{VIDEO}.getAttribute('src') !== 'reel.mp4'")
    assert page.value(poster) is None


def test_both_parts_have_a_drawn_timeline(page):
    boxes = page.value(
        "[...document.querySelectorAll('.part')].map(part => { const b = part.querySelector('.clipped')"
        ".getBoundingClientRect(); return [b.width, b.height, part.querySelectorAll('.pin').length]; })"
    )
    assert [box[2] for box in boxes] == [2, 1]
    for width, height, _ in boxes:
        assert width > 250 and height > 20


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_is_cut_off_at_the_side(page, language):
    page.click(f'[data-language="{language}"]')
    page.press("n")
    page.press("+")
    assert page.value("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    low = page.value(
        "[...document.querySelectorAll('button, select')].map(e => e.getBoundingClientRect().height).filter(h => h)"
    )
    assert min(low) >= 20


@pytest.mark.parametrize("selector", ['#kept [data-play="{}"]', '.pin[data-play="{}"]'])
def test_a_click_on_a_highlight_plays_it_in_the_reel(page, made, selector):
    for index in (2, 0, 1):
        start = made[1]["highlights"][index]["reel_start_seconds"]
        found = time_after(page, lambda index=index: page.click(selector.format(IDS[index])))
        assert 0 <= found - start < 0.04
        assert page.value(CURRENT) == IDS[index]
        shown = page.value(
            "[...document.querySelectorAll('.part')].filter(p => !p.querySelector('.playhead').hidden)"
            ".map(p => p.dataset.part)"
        )
        assert shown == [made[1]["highlights"][index]["part"]]


def test_the_playhead_stands_at_the_match_time(page, made):
    third = made[1]["highlights"][2]
    time_after(page, lambda: page.value(f"{VIDEO}.currentTime = {third['reel_start_seconds'] + 2}"))
    left = page.wait_for(
        f"{CURRENT} === '{IDS[2]}' && document.querySelectorAll('.clipped .playhead')[1].style.left"
    )
    assert float(left.removesuffix("%")) == pytest.approx(100 * (third["start_seconds"] + 2) / 40, abs=0.2)


def test_keys_step_skip_and_play(page, made):
    starts = [row["reel_start_seconds"] for row in made[1]["highlights"]]
    assert time_after(page, lambda: page.press("n")) == pytest.approx(starts[0], abs=0.04)
    assert time_after(page, lambda: page.press("n")) == pytest.approx(starts[1], abs=0.04)
    assert time_after(page, lambda: page.press("ArrowRight")) == pytest.approx(starts[1] + 5, abs=0.04)
    assert time_after(page, lambda: page.press("ArrowLeft")) == pytest.approx(starts[1], abs=0.04)
    assert time_after(page, lambda: page.press("p")) == pytest.approx(starts[0], abs=0.04)
    assert page.value(f"delete {VIDEO}.play; {VIDEO}.paused")
    page.press(" ")
    page.wait_for(f"!{VIDEO}.paused && {VIDEO}.currentTime > {starts[0] + 0.1}")
    page.press(" ")
    page.wait_for(f"{VIDEO}.paused")


def test_every_highlight_can_be_reached_and_played_by_keyboard(page):
    page.value(f"document.querySelector('#kept [data-play=\"{IDS[1]}\"]').focus()")
    time_after(page, lambda: page.press("Enter"))
    page.wait_for(f"{CURRENT} === '{IDS[1]}'")
    assert page.value("document.activeElement.dataset.play") == IDS[1]
    unnamed = page.value(
        "[...document.querySelectorAll('button, a, input, select, textarea, [role=slider], [role=group], section, ol')]"
        ".filter(e => !(e.closest('dialog:not([open])') || e.ariaLabel || e.ariaLabelledByElements?.length || e.textContent.trim() || e.labels?.length)).length"
    )
    assert unnamed == 0


def test_a_clip_plays_alone_and_the_reel_comes_back(page, made):
    second = made[1]["highlights"][1]
    time_after(page, lambda: page.click(f'#kept [data-play="{IDS[1]}"]'))
    time_after(page, lambda: page.press("c"))
    page.wait_for(f"{VIDEO}.currentSrc.endsWith('{second['clip']}') && {SETTLED}")
    assert page.value(f"{VIDEO}.duration") == pytest.approx(4.0, abs=0.05)
    page.click("#next")
    page.wait_for(f"{VIDEO}.currentSrc.endsWith('{made[1]['highlights'][2]['clip']}') && {SETTLED}")
    page.click("[data-mode=reel]")
    page.wait_for(f"{VIDEO}.currentSrc.endsWith('reel.mp4') && {SETTLED}")
    start = made[1]["highlights"][2]["reel_start_seconds"]
    assert page.wait_for(f"{VIDEO}.currentTime") == pytest.approx(start, abs=0.1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser, made, scheme):
    """WCAG AA: 4.5 to 1 for text on the ground it stands on, 3 to 1 for lines and edges that mean something."""
    browser.open(made[0] / "index.html", width=1360, height=860, scheme=scheme)
    colours = browser.value(
        "(() => { const s = getComputedStyle(document.documentElement); return Object.fromEntries("
        "[...document.styleSheets[0].cssRules].filter(r => r.selectorText === ':root').flatMap(r => [...r.style])"
        ".filter(n => n.startsWith('--')).map(n => [n.slice(2), s.getPropertyValue(n).trim()])); })()"
    )
    kinds = ["accent", "goal", "penalty", "on-target", "off-target", "card-red", "other"]
    text = [(name, "card") for name in ["ink", "muted", "warn-ink", *kinds]]
    text += [(name, "ground") for name in ("ink", "muted", "accent")] + [("card", "ink")]
    text += [(name, "accent-soft") for name in ("ink", "muted", "accent")]
    text += [("warn-ink", "warn-soft"), ("accent-ink", "accent")] + [("card", name) for name in kinds]
    lines = [
        (name, ground) for name in ("reason0", "reason1", "reason2", "edge") for ground in ("card", "ground")
    ]
    weak = {pair: contrast(*(colours[name] for name in pair)) for pair in text + lines}
    assert {pair: round(held, 2) for pair, held in weak.items() if held < (4.5 if pair in text else 3)} == {}


def contrast(first: str, second: str) -> float:
    """SOURCE: WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "action",
    [
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.evil = 1'}))",
        "document.body.insertAdjacentHTML('beforeend', '<img src=\"none.png\" onerror=\"window.evil = 1\">')",
        "document.body.insertAdjacentHTML('beforeend', '<a id=link href=\"javascript:window.evil = 1\">x</a>'),"
        " document.getElementById('link').click()",
        "fetch('https://example.org/').then(() => { window.evil = 1; }).catch(() => {})",
    ],
)
def test_what_gets_into_the_page_does_not_run(browser, made, action):
    browser.open(made[0] / "index.html", width=1360, height=860)
    browser.wait_for("document.documentElement.dataset.reel === 'ready'")
    assert browser.problems == []
    browser.value(f"{action}; new Promise(done => setTimeout(done, 100))")
    assert browser.value("window.evil") is None
    assert any("Content Security Policy" in problem for problem in browser.problems)
    browser.problems.clear()


@pytest.mark.parametrize("kickoff", ["1e300", "-1e300"])
def test_a_kick_off_that_no_recording_has_ends_the_script(browser, made, tmp_path, kickoff):
    text = (made[0] / "index.html").read_text(encoding="utf-8")
    (tmp_path / "index.html").write_text(
        text.replace('"kickoff":2.0', f'"kickoff":{kickoff}'), encoding="utf-8"
    )
    assert f'"kickoff":{kickoff}' in (tmp_path / "index.html").read_text(encoding="utf-8")
    browser.open(tmp_path / "index.html", width=1360, height=860)
    assert browser.value("document.querySelectorAll('.axis').length") == 2
    browser.problems.clear()


def test_a_page_without_a_reel_shows_its_scores(browser, made, tmp_path):
    page_path = tmp_path / "index.html"
    page_path.write_text((made[0] / "index.html").read_text(encoding="utf-8"), encoding="utf-8")
    browser.open(page_path, width=1360, height=860)
    said = browser.wait_for(
        "!document.querySelector('.problem').hidden && document.querySelector('.problem').textContent"
    )
    assert said == "reel.mp4 cannot be played. Keep it in the folder of this page."
    browser.problems.clear()


def test_every_warning_is_said_in_both_languages(browser, tmp_path):
    filled = {
        code: {name: f"<{name} 7>" for name in re.findall(r"{(\w+)}", texts[0])}
        for code, texts in TEXTS.items()
    }
    (doubted,) = (replace(row, notes=(NO_KICK_OFF,)) for row in PLAN.highlights[:1])
    plan = replace(
        PLAN, notices=tuple(map(Notice, filled, filled.values())), highlights=(), left_out=(doubted,)
    )
    cut(make_parts(tmp_path), plan, tmp_path / "tiny")
    browser.open(tmp_path / "tiny" / "index.html", width=1360, height=860)
    for column, language in ((1, "ko"), (0, "en")):
        browser.click(f'[data-language="{language}"]')
        shown = browser.value("[...document.querySelectorAll('.warnings li')].map(e => e.textContent)")
        # The panel in the reel's place says that there is nothing.
        texts = {code: texts[column].format_map(filled[code]) for code, texts in TEXTS.items()}
        told = [text for code, text in texts.items() if code != NOTHING_FOUND]
        # The recording itself has one note: its second part has no sound.
        assert shown == [*told, TEXTS["probe_no_sound"][column].format(part="2")]
        assert browser.value("document.querySelector('#out .facts').textContent").endswith(
            texts[NO_KICK_OFF.code]
        )
        assert browser.value("getComputedStyle(document.querySelector('.nothing')).display") != "none"
    assert browser.problems == []
