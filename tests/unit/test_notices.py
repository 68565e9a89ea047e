"""Notices say the same in both languages, and a file that holds none of them is told so."""

import re

import pytest

from matchreel.notices import OWN_WORDS, TEXTS, Notice


def names(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_both_languages_speak_of_the_same_values(code):
    english, korean = TEXTS[code]
    assert names(english) == names(korean)
    if code != OWN_WORDS:
        assert re.search("[가-힣]", korean) and not re.search("[가-힣]", english)


def test_a_notice_comes_back_from_a_file_as_it_was():
    held = Notice("weaker_left_out", {"count": 2, "limit": "30"})
    assert held.text == "2 weaker moments left out: the reel is limited to 30 s"
    assert Notice.of(held.coded()) == held
    assert Notice.of("my {own} words").text == "my {own} words"


@pytest.mark.parametrize(
    "raw",
    [None, 3, {}, {"code": "unheard_of"}, {"code": "no_room"}, {"code": "no_room", "values": []},
     {"code": "no_room", "values": {"limit": [1]}}, {"code": ["no_room"], "values": {"limit": "9"}}],
)  # fmt: skip
def test_what_is_no_notice_is_refused(raw):
    with pytest.raises(ValueError, match="notice"):
        Notice.of(raw)
