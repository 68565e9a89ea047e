"""The page says who chose what and why, escapes every name, and needs nothing but the files beside it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from matchreel import page
from matchreel.page import NOTHING_FOUND, Highlight, PageFacts, PartCurve, curve_values, render_page
from matchreel.page.records import thinned
from matchreel.page.timeline import curve_svg, pin_rows
from matchreel.records import Scores

VOID = {"meta", "link", "br", "input", "path", "polygon", "polyline"}


def highlight(part: str = "1", start: float = 100.0, **changes: object) -> Highlight:
    held = Highlight(
        part, start, start + 15, start + 10, "Goal", 0.91, "clips/01.mp4", 0.0, {"loudness": 0.8}
    )
    return replace(held, **changes)


def curve(part: str = "1", duration: float = 2700.0, kickoff: float | None = 0.0) -> PartCurve:
    times = np.arange(7.5, duration - 7.5, 3.0)
    return PartCurve(part, duration, kickoff, times, np.linspace(0, 1, len(times)))


PAGE = PageFacts(
    game="red-blue",
    home="Reds",
    away="Blues",
    date="2030-04-12",
    scorer="clip_classifier",
    trained_on=("a-b", "c-d"),
    reel_seconds=30.0,
    warnings=(),
    highlights=(highlight(), highlight("2", 600.0, reel_start_seconds=15.0, event_seconds=None)),
    parts=(curve(), curve("2")),
)


class Reader(HTMLParser):
    """Checks that tags are nested well, and collects text and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open_tags.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open_tags):
            self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [held for name, held in self.elements if name == tag and wanted.items() <= {**held}.items()]


def read(page: PageFacts) -> Reader:
    reader = Reader(render_page(page))
    assert reader.open_tags == []
    return reader


def test_the_page_needs_nothing_but_the_videos_beside_it():
    html = render_page(PAGE)
    assert "{{" not in html and "@import" not in html and "url(" not in html
    assert not re.search(r"(?:https?:)?//[a-z]", re.sub(r"<script>.*</script>", "", html, flags=re.S))
    links = [held.get("src") or held.get("href") for _, held in Reader(html).elements]
    assert {link for link in links if link} == {"data:,", "reel.mp4", "clips/01.mp4"}


def test_both_parts_are_drawn_with_their_highlights():
    reader = read(PAGE)
    assert [held["data-part"] for held in reader.all("figure")] == ["1", "2"]
    assert len(reader.all("polyline")) == 2
    pins = [held for held in reader.all("button") if (held.get("class") or "").startswith("pin")]
    assert [held["data-play"] for held in pins] == ["0", "1"]
    assert pins[0]["aria-label"] == "Play highlight 1: Goal, 2'"
    assert pins[1]["style"] == f"left:{100 * 607.5 / 2700:.3f}%"


def test_the_table_holds_the_real_times():
    first, second = (row for row in read(PAGE).all("tr") if "data-index" in row)
    assert (first["data-minute"], second["data-minute"]) == ("2'", "56'")
    assert (second["data-start"], second["data-end"]) == ("600.000000", "615.000000")
    assert (second["data-reel-start"], second["data-reel-end"]) == ("15.000000", "30.000000")


@pytest.mark.parametrize(
    "name",
    [
        "</script><script>alert(1)</script>",
        '" onload="x',
        "Tom & 'Jerry' <b>",
        "한양 유나이티드 ⚽",
        "{{style}}",
    ],
)
def test_names_are_text_wherever_they_stand(name):
    changed = replace(
        PAGE, home=name, game=name, scorer=name, trained_on=(name,), warnings=(name,), date=name
    )
    changed = replace(changed, highlights=(highlight(label=name, why={name: 0.5}),))
    reader, plain = read(changed), read(PAGE)
    assert reader.text.count(name) >= 6
    names = {(tag, *held) for tag, held in reader.elements}
    assert names <= {(tag, *held) for tag, held in plain.elements} | {("ul", "class", "aria-label")}
    assert len(reader.all("script")) == 1 and not reader.all("b", **{"class": "x"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scorer": "excitement", "trained_on": ()}, ["Untrained", "excitement", "learnt from no match"]),
        ({"scorer": "random", "trained_on": ()}, ["Random", "drawn by lot"]),
        ({}, ["Trained", "clip_classifier", "Trained on: a-b, c-d."]),
        ({"trained_on": ()}, ["What it was trained on is not recorded"]),
        ({"trained_on": tuple(f"g{n}" for n in range(9))}, ["Trained on: 9 games", "g0, g1, g2"]),
        ({"warnings": ("No sound: pictures alone",)}, ["No sound: pictures alone"]),
        ({}, ["Reds – Blues", "2030-04-12", "2 highlights", "0:30 out of 90:00 min"]),
        ({"home": "", "away": ""}, ["red-blue"]),
    ],
)
def test_it_says_plainly_who_chose_and_what_it_learnt_from(changes, words):
    text = " ".join(read(replace(PAGE, **changes)).text.split())
    for word in words:
        assert word in text


def test_untrained_is_never_said_of_a_model_and_the_other_way_round():
    assert "Untrained" not in read(PAGE).text
    assert "Trained on" not in read(replace(PAGE, scorer="excitement", trained_on=())).text


def test_minutes_without_a_kickoff_are_marked():
    known, unknown = read(PAGE), read(replace(PAGE, parts=(curve(kickoff=None), curve("2", kickoff=60.0))))
    assert "~" not in known.text and "kick-off is not known" not in known.text
    rows = [row["data-minute"] for row in unknown.all("tr") if "data-index" in row]
    assert rows == ["~2'", "55'"] and "kick-off is not known" in unknown.text


def test_without_highlights_there_is_no_broken_video():
    reader = read(replace(PAGE, highlights=(), reel_seconds=0.0, warnings=(NOTHING_FOUND,)))
    assert not reader.all("video") and not reader.all("table")
    assert "No highlights" in reader.text and len(reader.all("polyline")) == 2


def test_the_page_is_the_same_every_time():
    assert render_page(PAGE) == render_page(PAGE)


def scores(logits: list[float], trained_on: tuple[str, ...]) -> Scores:
    held = np.array(logits, dtype=np.float32)[:, None]
    return Scores(held, np.arange(len(logits)) * 3.0, 15, 3, ("Moment",), "s", trained_on, 60, 7.5, {})


def test_a_model_s_curve_is_its_probability():
    (values,) = curve_values([scores([0.0, 100.0, -100.0], ("a",))])
    assert values == pytest.approx([0.5, 1.0, 0.0])


def test_an_untrained_curve_spans_the_match_not_the_part():
    first, second = curve_values([scores([-1.0, 0.0], ()), scores([0.0, 1.0], ())])
    assert first == pytest.approx([0.0, 0.5]) and second == pytest.approx([0.5, 1.0])
    (flat,) = curve_values([scores([2.0, 2.0], ())])
    assert flat == pytest.approx([0.0, 0.0])


def test_thinning_keeps_every_peak():
    times, values = np.arange(5400.0), np.zeros(5400)
    values[[17, 2000, 5399]] = 1.0
    kept_times, kept = thinned(times, values, max_points=1000)
    assert len(kept) <= 1000 and kept_times[kept == 1.0].tolist() == [17.0, 2000.0, 5399.0]


def test_the_curve_is_drawn_to_scale():
    held = PartCurve("1", 100.0, None, np.array([0.0, 50.0, 100.0]), np.array([0.0, 1.0, 0.5]))
    assert 'points="0.0,100.0 500.0,4.0 1000.0,52.0"' in curve_svg(held, "First half")


@pytest.mark.parametrize(
    ("shares", "rows"),
    [
        ([0.1, 0.5, 0.9], [0, 0, 0]),
        ([0.1, 0.11, 0.12, 0.2], [0, 1, 2, 0]),
        ([0.1, 0.1, 0.1, 0.1], [0, 1, 2, 0]),
    ],
)
def test_crowded_pins_step_up(shares, rows):
    assert pin_rows(shares, crowded=0.05) == rows


def test_the_digest_of_the_step_follows_every_file_of_the_page():
    folder = Path(page.__file__).parent
    assert {path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py"} == set(
        page.DATA_FILES
    )
