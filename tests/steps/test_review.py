"""A reel reviewed in headless Chromium: what a person sets on the page is what the next run cuts."""

import json
import shutil
import time
from dataclasses import replace

import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.selection import select_highlights
from support.browser import browser_page
from support.reels import FACTS, PLAN, cut, make_parts

pytestmark = pytest.mark.browser

GOAL, MOMENT, SHOT = (row.id for row in PLAN.highlights)
LEFT = PlannedHighlight("2", 10.0, 14.0, 12.0, "Shots off target", 0.3, {"video": 0.2})
REVIEWED = replace(PLAN, left_out=(LEFT,), budget_seconds=14.0)
VIDEO = "document.getElementById('reel')"
SETTLED = f"!{VIDEO}.seeking && {VIDEO}.readyState >= 2"
KEPT = "[...document.querySelectorAll('#kept .row')].map(row => row.dataset.id)"
OUT = "[...document.querySelectorAll('#out .row')].map(row => row.dataset.id)"
POSITION = "document.querySelector('.part[data-part=\"{}\"] .scrub').getAttribute('aria-valuenow')"


def text_of(page, selector):
    return page.value(f"document.querySelector({json.dumps(selector)}).textContent")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("a game's – folder")
    paths = make_parts(folder)
    told = cut(paths, REVIEWED, folder / "results/tiny")
    return folder, paths, told


@pytest.fixture(scope="module")
def browser():
    with browser_page() as page:
        yield page


@pytest.fixture
def page(browser, made):
    """The page as it was cut, nothing kept from before, the video kept paused."""
    path = made[0] / "results/tiny/index.html"
    browser.open(path, width=1360, height=900)
    browser.wait_for("document.documentElement.dataset.reel === 'ready'")
    browser.value("(() => { HTMLMediaElement.prototype.play = () => Promise.resolve(); })()")
    yield browser
    browser.value("localStorage.clear()")
    assert browser.problems == []


def choose(page, row_id):
    page.click(f'#kept [data-play="{row_id}"]')
    page.wait_for(SETTLED)


def source_time(page, ending):
    """The video's time once it shows a file."""
    return page.wait_for(f"{VIDEO}.currentSrc.endsWith('{ending}') && {SETTLED} && {VIDEO}.currentTime")


def at_share(page, part, share):
    """The place of a share of a part's timeline."""
    return page.value(
        f"(() => {{ const t = document.querySelector('.part[data-part=\"{part}\"] .scrub');"
        " t.scrollIntoView({block: 'center'}); const b = t.getBoundingClientRect();"
        f" return [b.x + {share} * b.width, b.y + b.height / 2]; }})()"
    )


def test_what_is_set_on_the_page_is_what_is_cut(page, made, tmp_path):
    folder, paths, _ = made
    page.save_downloads_in(tmp_path)
    choose(page, GOAL)
    page.click('[data-act="start 1"]')
    page.click('[data-act="end -0.2"]')
    page.click('[data-act="end -0.2"]')
    page.click(f'[data-act="toggle"][data-id="{MOMENT}"]')
    page.click(f'[data-act="toggle"][data-id="{LEFT.id}"]')
    page.click_at(*at_share(page, "1", 0.75))
    page.click("#add")
    page.value("(() => { const s = document.querySelector('#kept select'); s.value = 'Penalty';"
               " s.dispatchEvent(new Event('change', {bubbles: true})); })()")  # fmt: skip
    (hand,) = (row for row in page.value(KEPT) if row.startswith("hand-1-"))
    page.press("ArrowUp", modifiers=1)
    assert page.value(KEPT) == [hand, GOAL, LEFT.id, SHOT] and page.value(OUT) == [MOMENT]
    page.click("#save")
    assert text_of(page, "#place") == "config/edits/tiny.json"
    page.click("#download")
    page.wait_for("document.getElementById('state').textContent === 'Saved'")
    saved = downloaded(tmp_path)
    before = {path: path.read_bytes() for path in paths["scores_paths"]}
    rows = cut_again(saved, folder, paths)["highlights"]
    assert [(row["part"], row["label"], row["event_seconds"]) for row in rows] == [
        ("1", "Penalty", pytest.approx(30.0, abs=0.06)),
        ("1", "Goal", 7.0),
        ("2", "Shots off target", 12.0),
        ("2", "Shots on target", 36.0),
    ]
    asked = json.loads(saved.read_text(encoding="utf-8"))["highlights"]
    for row, wanted in zip(rows, asked, strict=True):
        frame = 0.04 if row["part"] == "1" else 1 / 30
        for edge in ("start_seconds", "end_seconds"):
            assert abs(row[edge] - wanted[edge]) <= frame + 0.001
    assert rows[1]["start_seconds"] == pytest.approx(6.0) and rows[1]["end_seconds"] == pytest.approx(8.6)
    assert rows[3]["start_seconds"] == 33.0 and rows[3]["end_seconds"] == 38.5
    assert {path: path.read_bytes() for path in paths["scores_paths"]} == before


def downloaded(folder):
    """The file that the browser is saving there; the page does not learn when it has come."""
    until = time.monotonic() + 30
    while not (found := list(folder.glob("*.json"))):
        assert time.monotonic() < until, list(folder.iterdir())
        time.sleep(0.02)
    return found[0]


def cut_again(saved, folder, paths, **changes):
    """Run the two steps that an edits file reaches."""
    plan_path = folder / "edited.json"
    REVIEWED.save(folder / "moments.json")
    select_highlights(
        moments_path=folder / "moments.json", probe_paths=paths["probe_paths"], kickoff_paths=[], scoreboard_paths=[],
        edits_path=saved, plan_path=plan_path, kickoff_seconds={}, max_duration_seconds=14.0, max_share=1.0,
        min_apart_seconds=0.0, order="time", transition="cut", transition_seconds=0.5, title_card_seconds=0.0,
        cuts_paths=[], damage_paths=[], snap_seconds=3.0, replays=1,
    )  # fmt: skip
    return cut(paths, EditList.load(plan_path), folder / "again/tiny", **changes)


def test_totals_are_held_against_the_budget_in_words(page):
    assert text_of(page, "#total") == "0:14 of 0:14" and "0:00 left" in text_of(page, "#rest")
    page.click(f'[data-act="toggle"][data-id="{LEFT.id}"]')
    assert text_of(page, "#total") == "0:18 of 0:14" and "0:04 over" in text_of(page, "#rest")
    assert page.value("document.getElementById('bar').classList.contains('over')")
    assert "0:18 of 0:14: 0:04 over" in text_of(page, "#spoken")
    page.press("z")
    assert text_of(page, "#total") == "0:14 of 0:14" and page.value(OUT) == [LEFT.id]


def test_transitions_and_title_count(browser, made):
    folder, paths, _ = made
    changes = {"transition": "crossfade", "transition_seconds": 0.4, "title_card_seconds": 2.0}
    changes["facts"] = FACTS | {"away": "한양"}
    told = cut(paths, REVIEWED, folder / "results/faded", **changes)
    browser.open(folder / "results/faded/index.html", width=1360, height=900)
    assert told["reel_seconds"] == pytest.approx(13.5 + 2.0 - 3 * 0.4, abs=0.1)
    assert text_of(browser, "#total") == f"0:{round(told['reel_seconds'])} of 0:14"


@pytest.mark.slow
@pytest.mark.parametrize("fade_seconds", [0.4, 2.0, 0.0])
def test_the_total_is_the_length_of_the_reel_to_the_frame(browser, made, tmp_path, fade_seconds):
    folder, paths, _ = made
    # 4.05 s are half a frame more than 121 frames; 1.3 s are too short for a whole crossfade of 2 s.
    left = (
        replace(LEFT, end_seconds=14.05),
        replace(LEFT, start_seconds=2.017, end_seconds=3.317, id="short"),
    )
    plan = replace(REVIEWED, left_out=left)
    changes = {"transition": "crossfade", "transition_seconds": fade_seconds, "title_card_seconds": 1.55}
    changes["facts"] = FACTS | {"away": "한양"}
    told = cut(paths, plan, folder / "results/counted", **changes)
    browser.open(folder / "results/counted/index.html", width=1360, height=900)
    frames = "Number(document.getElementById('total').dataset.frames)"
    assert browser.value(frames) == pytest.approx(30 * told["reel_seconds"])
    browser.save_downloads_in(tmp_path)
    choose(browser, GOAL)
    browser.click('[data-act="start 1"]')
    browser.click(f'[data-act="toggle"][data-id="{LEFT.id}"]')
    browser.click('[data-act="toggle"][data-id="short"]')
    counted = browser.value(frames)
    browser.click("#save")
    browser.click("#download")
    browser.wait_for("document.getElementById('state').textContent === 'Saved'")
    again = cut_again(downloaded(tmp_path), folder, paths, **changes)
    assert len(again["highlights"]) == 5
    assert counted == pytest.approx(30 * again["reel_seconds"])
    browser.value("localStorage.clear()")


def test_keys_nudge_leave_out_and_undo_even_while_hangul_is_typed(page):
    choose(page, SHOT)
    for key, code in (("[", "BracketLeft"), ("{", "BracketLeft"), (",", "Comma"), ("ㅌ", "KeyX")):
        page.press(key, code=code)
    assert page.value(OUT) == [SHOT, LEFT.id]
    page.press("ㅋ", code="KeyZ")
    held = json.loads(
        page.value("(document.getElementById('save').click(), document.getElementById('file-text').value)")
    )
    (row,) = (row for row in held["highlights"] if row["id"] == SHOT)
    assert (row["start_seconds"], row["end_seconds"]) == (31.8, 38.3)


def test_a_click_on_the_timeline_shows_the_recording_there(page):
    page.click_at(*at_share(page, "2", 0.5))
    assert source_time(page, "/2.mkv") == pytest.approx(20.0, abs=0.06)
    assert page.value(POSITION.format("2")) == "20"
    assert text_of(page, "#now") == "Second half, 46' · 00:20"


def test_changed_ends_are_shown_in_the_recording(page):
    choose(page, GOAL)
    page.click('[data-act="start -1"]')
    assert source_time(page, "/1.mkv") == pytest.approx(4.0, abs=0.01)
    assert page.value("document.querySelector('[data-mode=match]').ariaPressed") == "true"
    page.click('[data-act="end 1"]')
    page.wait_for(f"{VIDEO}.currentTime > 9 && {SETTLED}")
    assert page.value(f"{VIDEO}.currentTime") == pytest.approx(9.965, abs=0.03)


def test_a_recording_that_cannot_be_played_leaves_clips_and_words(browser, made, tmp_path):
    # As in report.zip: the page's folder alone.
    alone = tmp_path / "tiny"
    shutil.copytree(made[0] / "results/tiny", alone)
    browser.open(alone / "index.html", width=1360, height=900)
    browser.wait_for("document.documentElement.dataset.reel === 'ready'")
    browser.value("(() => { HTMLMediaElement.prototype.play = () => Promise.resolve(); })()")
    browser.click_at(*at_share(browser, "1", 7 / 40))
    browser.wait_for("!document.querySelector('.problem').hidden")
    assert "this is the clip as it was cut" in text_of(browser, ".problem")
    assert source_time(browser, made[2]["highlights"][0]["clip"]) == pytest.approx(2.0, abs=0.06)
    browser.click_at(*at_share(browser, "1", 0.75))
    browser.wait_for("document.querySelector('.problem').textContent.includes('00:30')")
    assert text_of(browser, ".problem").endswith("This is 1' (First half, 00:30 in the recording).")
    browser.problems.clear()


def test_zooming_keeps_the_moment_and_pins_apart(page):
    page.click_at(*at_share(page, "1", 0.5))
    before = page.value(
        "document.querySelector('.part[data-part=\"1\"] .clipped svg').getAttribute('viewBox')"
    )
    page.press("+")
    page.press("+")
    left, _, width, _ = map(float, page.value(
        "document.querySelector('.part[data-part=\"1\"] .clipped svg').getAttribute('viewBox')").split())  # fmt: skip
    assert before.startswith("0 0 40") and width == pytest.approx(40 / 1.5**2, abs=0.1)
    assert left + width / 2 == pytest.approx(20, abs=0.1)
    assert not page.value("document.querySelector('.overview').hidden")
    page.press("0")
    assert page.value("document.querySelector('.overview').hidden")


def test_an_end_can_be_dragged_on_the_timeline(page):
    choose(page, MOMENT)
    x, y = at_share(page, "1", 24 / 40)
    x_to, _ = at_share(page, "1", 26 / 40)
    page.drag(x, y, x_to)
    assert "1st half 00:20.0–00:26" in text_of(page, f'#kept [data-id="{MOMENT}"] .facts')


def test_curves_can_be_chosen(page):
    count = "document.querySelectorAll('.clipped .reason').length"
    held = page.value(count)
    names = page.value("document.querySelectorAll('#legend [data-curve]').length")
    assert held == 2 * names
    if names:
        page.click("#legend [data-curve]")
        assert page.value(count) == held - 2


def test_the_language_changes_every_word(page):
    page.click('[data-language="ko"]')
    assert page.value("document.documentElement.lang") == "ko"
    assert text_of(page, "#save") == "편집 저장" and text_of(page, "#total") == "0:14 중 0:14"
    assert text_of(page, f'#kept [data-play="{SHOT}"]') == "3유효 슈팅후반 1분"
    left = page.value(
        "[...document.querySelectorAll('[data-t], [data-label]')].filter(e => !e.closest('.told, dialog'))"
        ".map(e => (e.dataset.t ? e.textContent : '') + (e.getAttribute('aria-label') ?? ''))"
        ".filter(text => /[a-z]{3}/.test(text))"
    )
    assert left == []
    page.open(made_path(page), width=1360, height=900)
    page.wait_for("document.documentElement.dataset.page === 'ready'")
    assert page.value("document.documentElement.lang") == "ko"


def made_path(page):
    from pathlib import Path
    from urllib.parse import unquote, urlparse

    return Path(unquote(urlparse(page.value("location.href")).path))


def test_unsaved_changes_outlive_the_page_and_reset_undoes_them(page):
    page.click(f'[data-act="toggle"][data-id="{MOMENT}"]')
    assert text_of(page, "#state") == "Unsaved changes"
    page.open(made_path(page), width=1360, height=900)
    page.wait_for("document.documentElement.dataset.page === 'ready'")
    assert page.value(OUT) == [MOMENT, LEFT.id] and page.asked[-1] == "beforeunload"
    page.click("#reset")
    assert page.value(OUT) == [LEFT.id] and text_of(page, "#state") == "As cut"


def test_the_focus_stays_where_a_person_works(page):
    choose(page, GOAL)
    page.value("document.querySelector('[data-act=\"start 0.2\"]').focus()")
    page.press("Enter")
    page.press("Enter")
    assert page.value("document.activeElement.dataset.act") == "start 0.2"
    assert "00:05.4–" in text_of(page, f'#kept [data-id="{GOAL}"] .facts')
    page.press("?")
    assert page.value("document.getElementById('keys-box').open")


def test_the_wheel_zooms_only_where_it_is_meant(page):
    x, y = at_share(page, "1", 0.25)
    width = "document.querySelector('.part[data-part=\"1\"] .clipped svg').viewBox.baseVal.width"
    turn = {"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": -120}
    page.call("Input.dispatchMouseEvent", **turn)
    page.value("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.value(width) == pytest.approx(40, abs=0.1)
    x, y = at_share(page, "1", 0.25)
    page.call("Input.dispatchMouseEvent", **turn | {"x": x, "y": y, "modifiers": 2})
    page.wait_for(f"{width} < 35")


def test_rows_can_be_dragged_into_another_order(page):
    page.value(
        "(() => { const rows = document.querySelectorAll('#kept .row'); const held = new DataTransfer();"
        " const send = (node, type) => node.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true,"
        " dataTransfer: held})); send(rows[2].querySelector('.grip'), 'dragstart');"
        " send(rows[0], 'dragover'); send(rows[0], 'drop'); })()"
    )
    assert page.value(KEPT) == [SHOT, GOAL, MOMENT]
    assert "Now number 1: Shot on target" in text_of(page, "#spoken")


def test_a_reel_can_be_made_where_nothing_was_found(browser, made):
    folder, paths, _ = made
    cut(paths, replace(REVIEWED, highlights=(), left_out=()), folder / "results/empty")
    browser.open(folder / "results/empty/index.html", width=1360, height=900)
    browser.value("(() => { HTMLMediaElement.prototype.play = () => Promise.resolve(); })()")
    assert browser.value(f"{VIDEO}.hidden") and browser.value(
        "document.querySelector('.nothing').innerText.length > 20"
    )
    browser.click_at(*at_share(browser, "2", 0.5))
    assert source_time(browser, "/2.mkv") == pytest.approx(20.0, abs=0.06)
    browser.press("a")
    assert len(browser.value(KEPT)) == 1 and not browser.value(f"{VIDEO}.hidden")
    assert text_of(browser, "#total") == "0:13 of 0:14"
    browser.value("localStorage.clear()")
    assert browser.problems == []
