"""Title card and lower thirds: every letter has a glyph or is refused, and nothing leaves its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from matchreel.errors import InputError
from matchreel.graphics import lettering
from matchreel.graphics.lettering import checked_text, shortened, text_width
from matchreel.graphics.lower_third import SAFE_SHARE, LowerThirdText, draw_lower_third
from matchreel.graphics.title_card import TitleText, draw_title_card
from matchreel.graphics.words import count_text, headline, label_text, part_text
from matchreel.labels import LABELS, MOMENT

LONG = "Borussia Mönchengladbach Reserve und Amateure von Neunzehnhundert"
NAMES = ("한양 유나이티드", "Łódź", "Beşiktaş", "Malmö FF", "ΑΕΚ Αθήνα", "Спартак", "Đồng Tháp", "浦和 レッズ", "Reds & 'Co' </script>")  # fmt: skip
SIZES = [(398, 224), (1280, 720), (1920, 1080), (720, 1280), (64, 36), (128, 32)]


def lower(**change: str) -> LowerThirdText:
    held = {"label": "Goal", "title": "Goal", "minute": "23'", "part": "1st half", "home": "Reds", "away": "Blues", "score": ""}  # fmt: skip
    return LowerThirdText(**{**held, **change})


@pytest.mark.parametrize("name", NAMES)
def test_names_of_the_world_are_written(name):
    assert checked_text(name, where="games.tsv") == name
    assert text_width(name, 20) > 5 * len(name)


def test_texts_are_composed_and_on_one_line():
    assert checked_text("Malmo\u0308  FF\n\u200b", where="") == "Malmö FF"
    assert checked_text("\u1112\u1161\u11ab\u110b\u1163\u11bc", where="") == "한양"


@pytest.mark.parametrize(("text", "named"), [("Reds ⚽", "SOCCER BALL (U+26BD)"), ("الأهلي", "ARABIC"), ("ไทย", "THAI")])  # fmt: skip
def test_a_letter_without_a_glyph_is_one_line(text, named):
    with pytest.raises(InputError) as raised:
        checked_text(text, where="the names of derby")
    told = str(raised.value)
    assert told.startswith("the names of derby: ") and named in told and "lower_third_seconds to 0" in told
    assert "\n" not in told


def test_fonts_have_all_of_hangul_and_come_with_their_licence():
    held = frozenset().union(*lettering._letters())
    assert set(range(0xAC00, 0xD7A4)) <= held and set(range(0x100, 0x180)) <= held
    fonts = Path(lettering.__file__).parent / "fonts"
    licence = (fonts / "OFL.txt").read_text()
    assert "SIL OPEN FONT LICENSE" in licence and all(
        name.removeprefix("fonts/") in licence for name in lettering.DATA_FILES
    )
    assert sum(path.stat().st_size for path in fonts.iterdir()) < 5e6


@pytest.mark.parametrize("language", ["en", "ko"])
def test_every_word_can_be_written(language):
    texts = [label_text(label, language) for label in (*LABELS, MOMENT)]
    texts += [part_text(part, language) for part in ("1", "2", "full")]
    texts += [
        headline(language),
        count_text(1, language),
        count_text(12, language),
        "~45+2'",
        lettering.ELLIPSIS,
    ]
    for text in texts:
        assert checked_text(text, where="") == text
    assert len(set(texts[:18])) == 18
    assert label_text("Schöner Pass", language) == "Schöner Pass"


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("home", ["Reds", LONG])
def test_the_plate_stays_inside_the_safe_area(width, height, home):
    plate = draw_lower_third(lower(home=home, away=LONG, score="10-11"), width=width, height=height)
    right, bottom = plate.left + plate.image.width, plate.top + plate.image.height
    assert plate.left >= round(width * SAFE_SHARE) - 1 and right <= width * (1 - SAFE_SHARE) + 2
    assert plate.top >= 0 and bottom <= height * (1 - SAFE_SHARE) + 2
    assert not (plate.left % 2 or plate.top % 2 or plate.image.width % 2 or plate.image.height % 2)
    inside = np.asarray(plate.image)[:, -2:, :3].astype(int)
    assert inside.max() < 60, "letters touch the plate's right end"


def test_letters_can_be_read_in_a_small_picture():
    small = draw_lower_third(lower(title="유효 슈팅"), width=398, height=224)
    bright = (np.asarray(small.image)[:, 8:, :3].min(axis=2) > 180).any(axis=1)
    rows = np.flatnonzero(np.diff(bright.astype(int))) if bright.any() else []
    assert len(rows) >= 3 and rows[1] - rows[0] >= 10, "the upper line is at least 10 pixels high"


def test_colours_tell_kinds_apart():
    bars = {
        draw_lower_third(lower(label=label), width=398, height=224).image.getpixel((0, 10))
        for label in ("Goal", "Penalty", "Shots on target", "Red card", "Yellow card", MOMENT)
    }
    assert len(bars) == 6


def test_long_names_are_cut_each_in_its_half():
    assert shortened(LONG, 20, width=150).endswith(lettering.ELLIPSIS)
    assert text_width(shortened(LONG, 20, width=150), 20) <= 150
    assert shortened("Reds", 20, width=150) == "Reds"


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_title_card_fills_the_picture_and_keeps_its_margins(width, height):
    picture = draw_title_card(
        TitleText("Highlights", LONG, "한양", "2030-04-12 · 3 moments"), width=width, height=height
    )
    assert picture.size == (width, height)
    levels = np.asarray(picture).min(axis=2)
    assert levels.max() > 200
    assert levels[:, : round(width * 0.05)].max() < 120 and levels[:, -round(width * 0.05) :].max() < 120
    again = draw_title_card(
        TitleText("Highlights", LONG, "한양", "2030-04-12 · 3 moments"), width=width, height=height
    )
    assert again.tobytes() == picture.tobytes()
