"""The page says who chose what and why, escapes every name, and needs nothing but the files beside it."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from matchreel import page
from matchreel.edit_list import PlannedHighlight
from matchreel.evaluation.markup import page_of
from matchreel.graphics.words import label_text
from matchreel.labels import LABELS
from matchreel.languages import LANGUAGES
from matchreel.notices import NOTHING_FOUND, Notice
from matchreel.page import Highlight, PageFacts, PartCurve, curve_values, render_page, words
from matchreel.page.curves import reasons_of, thinned, thinned_together
from matchreel.page.data import MAX_NUMBERS, MAX_POINTS
from matchreel.page.timeline import curve_svg
from matchreel.records import Scores
from matchreel.restarts import NO_KICK_OFF
from matchreel.web import colours_css

VOID = {"meta", "link", "br", "input", "path", "polygon", "polyline"}
DATA = re.compile(r'<script type="application/json" id="data">(.*)</script>')


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
    notices=(),
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


def data_of(page: PageFacts) -> dict:
    """What the page's script reads."""
    return json.loads(DATA.search(render_page(page))[1])


def test_the_page_needs_nothing_but_the_videos_beside_it():
    html = render_page(replace(PAGE, files=("exports/reel.edl",)))
    assert "{{" not in html and "@import" not in html and "url(" not in html
    outside = set(re.findall(r"(?:https?:)?//[a-z][^\s\"'`]*", re.sub(r"(?m)^\s*//.*$", "", html)))
    assert outside == {"http://www.w3.org/2000/svg"}
    links = [held.get("src") or held.get("href") for _, held in Reader(html).elements]
    assert {link for link in links if link} == {
        "data:,",
        "reel.mp4",
        "clips/01.mp4",
        "#moments",
        "exports/reel.edl",
    }


def policy_of(html: str) -> dict[str, str]:
    """The rules of a page's content security policy, which stands before anything that it is about."""
    (held,) = Reader(html).all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert html.index("Content-Security-Policy") < min(
        html.index(word) for word in ("<style", "<link", "<title") if word in html
    )
    return dict(rule.strip().split(" ", 1) for rule in held["content"].split(";"))


def hashes_in(html: str, tag: str) -> set[str]:
    """What a browser computes of each inline element that it runs or applies."""
    texts = re.findall(rf"<{tag}(?: type=\"text/css\")?>(.*?)</{tag}>", html, re.DOTALL)
    return {f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts}


@pytest.mark.parametrize("name", ["Reds", "</style><script>alert(1)</script>"])
def test_only_the_pages_own_script_may_run(name):
    html = render_page(replace(PAGE, home=name, notices=(Notice.of(name),)))
    rules = policy_of(html)
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'"
    assert {rules["script-src"]} == hashes_in(html, "script")
    assert {rules["style-src"]} == hashes_in(html, "style")
    assert not [key for _, held in Reader(html).elements for key in held if key.startswith("on")]


def test_pages_of_figures_run_no_script():
    svg = '<svg><style type="text/css">*{stroke-linejoin: round}</style></svg>'
    fills = dict.fromkeys(("title", "heading", "summary", "notices"), "") | {"sections": svg}
    rules = policy_of(page_of(fills))
    assert rules["script-src"] == "'none'"
    assert (
        set(rules["style-src"].split()) == hashes_in(page_of(fills), "style")
        and len(rules["style-src"].split()) == 2
    )


def test_without_a_script_both_parts_and_all_rows_can_be_read():
    reader = read(PAGE)
    assert [held["data-part"] for held in reader.all("figure")] == ["1", "2"]
    assert len(reader.all("polyline")) == 2
    bands = [held for held in reader.all("span") if (held.get("class") or "").startswith("band")]
    assert bands[1]["style"] == f"left:{100 * 600 / 2700:.3f}%;width:{100 * 15 / 2700:.3f}%"
    _, second = (row for row in reader.all("tr") if "data-start" in row)
    assert (second["data-start"], second["data-end"]) == ("600.000000", "615.000000")
    text = " ".join(reader.text.split())
    assert "56'" in text and "1st half 01:40–01:55 · clip" in text


def test_the_script_gets_the_reel_and_what_was_left_out():
    more = PlannedHighlight(
        "2", 30.0, 41.5, None, "Goal", 0.4, {"audio": 0.2}, id="2-1", notes=(Notice.of("late"), NO_KICK_OFF)
    )
    held = data_of(
        replace(PAGE, left_out=(more,), budget_seconds=300.0, overlap_seconds=0.5, title_card_seconds=3)
    )
    assert (held["budget"], held["game"]) == (300.0, "red-blue")
    assert held["joins"] == {"rate": [25, 1], "card": 75, "fade": 12, "leastFade": 2, "clipPerFade": 3}
    assert [row["reelStart"] for row in held["highlights"]] == [0.0, 15.0]
    assert held["leftOut"] == [
        {"id": "2-1", "part": "2", "start": 30.0, "end": 41.5, "event": None, "label": "Goal", "score": 0.4,
         "why": {"audio": 0.2}, "notes": [{"code": "own_words", "values": {"text": "late"}},
                                      {"code": "no_kick_off", "values": {}}]}
    ]  # fmt: skip


def test_a_whole_match_of_many_classes_stays_small():
    times = np.arange(0.2, 2760.0, 0.4)
    generator = np.random.default_rng(1)
    reasons = {name: generator.random(len(times)) for name in (*LABELS, "audio", "video")}
    halves = tuple(
        PartCurve(part, 2760.0, 0.0, times, generator.random(len(times)), reasons) for part in "12"
    )
    html = render_page(replace(PAGE, parts=halves))
    assert len(html.encode()) < 1_000_000
    few = data_of(
        replace(PAGE, parts=tuple(replace(half, reasons={"audio": half.values}) for half in halves))
    )
    assert MAX_POINTS / 2 < len(few["parts"][0]["times"]) <= MAX_POINTS
    many = data_of(replace(PAGE, parts=halves))
    assert sum(len(part["times"]) * (1 + len(part["curves"])) for part in many["parts"]) <= MAX_NUMBERS


def test_curves_reach_up_to_the_match_s_highest_value():
    low, high = (PartCurve("1", 9.0, 0.0, np.array([1.0, 5.0]), np.array(values), {"audio": np.array([0.1, 0.2])})
                 for values in ([0.1, 0.2], [0.4, 0.0]))  # fmt: skip
    held = data_of(replace(PAGE, highlights=(), parts=(low, replace(high, part="2"))))
    assert [part["curves"]["score"] for part in held["parts"]] == [[250, 500], [1000, 0]]
    assert held["curves"] == [{"name": "score", "top": 0.4}, {"name": "audio", "top": 0.2}]


def test_both_languages_say_the_same_things():
    for table in words.tables().values():
        english, korean = table["en"], table["ko"]
        assert list(english) == list(korean)
        for key, text in english.items():
            wanted = set(re.findall(r"{(\w+)}", text)) - {"part"}
            assert set(re.findall(r"{(\w+)}", korean[key])) - {"part"} == wanted, key
            assert text and korean[key]


def test_page_and_pictures_name_a_moment_alike():
    for language in LANGUAGES:
        named = words.tables()["labels"][language]
        assert {label: named[label] for label in LABELS} == {
            label: label_text(label, language) for label in LABELS
        }


def test_every_text_that_is_asked_for_exists():
    html = render_page(replace(PAGE, highlights=(), notices=(Notice.of("x"),)))
    asked = set(re.findall(r'data-(?:t|label|hint)="([a-z_0-9]+)"', html + render_page(PAGE)))
    asked |= set(re.findall(r'\bt\("([a-z_0-9]+)"', html))
    assert len(asked) > 60 and asked <= set(words.tables()["words"]["en"])


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
        PAGE, home=name, game=name, scorer=name, trained_on=(name,), notices=(Notice.of(name),), date=name
    )
    changed = replace(changed, highlights=(highlight(label=name, why={name: 0.5}),))
    reader, plain = read(changed), read(PAGE)
    assert reader.text.count(name) >= 6
    assert data_of(changed)["highlights"][0]["label"] == name
    names = {(tag, *held) for tag, held in reader.elements}
    assert names <= {(tag, *held) for tag, held in plain.elements} | {
        ("ul", "class", "data-label", "aria-label"),
        ("li", "data-t", "data-f"),
    }
    assert len(reader.all("script")) == 2 and not reader.all("b", **{"class": "x"})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scorer": "excitement", "trained_on": ()}, ["Untrained", "excitement", "learnt from no match"]),
        ({"scorer": "random", "trained_on": ()}, ["Random", "drawn by lot"]),
        ({}, ["Trained", "clip_classifier", "Trained on: a-b, c-d."]),
        ({"trained_on": ()}, ["What it was trained on is not recorded"]),
        ({"trained_on": tuple(f"g{n}" for n in range(9))}, ["Trained on: 9 games", "g0, g1, g2"]),
        ({"notices": (Notice("no_sound", {"part": "2"}),)}, ["no sound in part 2: judged by picture alone"]),
        ({}, ["Reds – Blues", "2030-04-12", "2 moments", "0:30 out of 90:00 min"]),
        ({"home": "", "away": ""}, ["red-blue"]),
        ({"is_edited": True}, ["Edited by hand", "then edited by hand"]),
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
    assert "~2'" in unknown.text and "55'" in unknown.text and "kick-off is not known" in unknown.text


def test_without_highlights_there_is_no_broken_video():
    reader = read(replace(PAGE, highlights=(), reel_seconds=0.0, notices=(Notice(NOTHING_FOUND),)))
    assert "src" not in reader.all("video")[0] and not reader.all("table")
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


def test_curves_thinned_together_keep_their_times_and_peaks():
    times, curves = np.arange(10.0), {"a": np.arange(10.0), "b": np.eye(10)[3]}
    kept_times, kept = thinned_together(times, curves, max_points=4)
    assert kept_times.tolist() == [1.0, 4.0, 7.0, 9.0]
    assert kept["a"].tolist() == [2.0, 5.0, 8.0, 9.0] and kept["b"].tolist() == [0.0, 1.0, 0.0, 0.0]
    assert thinned_together(times, curves, max_points=10)[0].tolist() == times.tolist()


def test_reasons_are_probabilities_of_a_model_and_ranks_of_none():
    trained = replace(scores([0.0, 2.0], ("a",)), curves={"audio": np.array([0.0, -100.0], dtype=np.float32)})
    assert reasons_of(trained)["audio"] == pytest.approx([0.5, 0.0])
    untrained = replace(trained, trained_on=(), curves={"loudness": np.array([0.25, 1.0], dtype=np.float32)})
    assert reasons_of(untrained)["loudness"] == pytest.approx([0.25, 1.0])
    unmeasured = replace(untrained, curves={"loudness": np.array([np.nan, 1.0], dtype=np.float32)})
    assert reasons_of(unmeasured)["loudness"].tolist() == [0.0, 1.0]  # NaN is no JSON
    two = replace(trained, logits=np.zeros((2, 2), dtype=np.float32), classes=("Goal", "Penalty"))
    assert list(reasons_of(two)) == ["audio", "Goal", "Penalty"]


def test_the_curve_is_drawn_to_scale():
    held = PartCurve("1", 100.0, None, np.array([0.0, 50.0, 100.0]), np.array([0.0, 0.5, 0.25]))
    assert 'points="0.0,100.0 500.0,4.0 1000.0,52.0"' in curve_svg(held, "First half", top=0.5)


def test_the_digest_of_the_step_follows_every_file_of_the_page():
    folder = Path(page.__file__).parent
    named = {*page.DATA_FILES, *words.DATA_FILES}
    assert {path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py"} == named


def test_the_page_s_files_stay_short():
    for path in Path(page.__file__).parent.iterdir():
        assert path.is_dir() or len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.name


def test_a_colour_of_all_pages_is_named_once():
    shared = set(re.findall(r"(--[\w-]+):", colours_css()))
    assert "--ground" in shared and "--series-7" in shared
    for path in Path(page.__file__).parent.parent.rglob("*.css"):
        own = set(re.findall(r"(--[\w-]+):", path.read_text(encoding="utf-8")))
        assert path.name == "colours.css" or not own & shared, path
    for html in (
        render_page(PAGE),
        page_of(dict.fromkeys(("title", "heading", "summary", "notices", "sections"), "")),
    ):
        assert shared <= set(re.findall(r"(--[\w-]+):", html))
