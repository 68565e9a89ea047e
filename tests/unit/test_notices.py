"""Notices say the same in both languages, and a file that holds none of them is told so."""

import re

import pytest

from matchreel.notices import OWN_WORDS, PROBE_OTHER, TEXTS, Notice


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


@pytest.mark.parametrize(
    ("problem", "code", "korean"),
    [
        ("no sound", "probe_no_sound", "파트 2: 소리가 없습니다"),
        (
            "no new picture for 12.5 s at 03:20",
            "probe_gap",
            "파트 2: 03:20부터 12.5초 동안 새 화면이 없습니다",
        ),
        ("the last 3.0 s that the header promises are missing", "probe_end_missing", None),
        ("sound starts 25.0 s after the picture", "probe_sound_late", None),
        ("sound starts 2.0 s before the picture", "probe_sound_early", None),
        ("sound ends 9.1 s before the picture", "probe_sound_ends", None),
        ("pixels are not square (16/11)", "probe_aspect", "파트 2: 픽셀이 정사각형이 아닙니다(16/11)"),
        ("rotated by 90 degrees", "probe_rotated", None),
        ("variable frame rate", "probe_variable_rate", None),
        ("interlaced", "probe_interlaced", None),
        (
            "its clock goes back by 01:10 at 01:10: what follows there is put after what was before",
            "probe_clock_back",
            "파트 2: 01:10에 녹화의 시계가 01:10만큼 되돌아가므로 그 뒤를 앞에 이어 붙였습니다",
        ),
        ("4 more such places", "probe_clock_more", None),
        ("something {new} that nobody has words for", PROBE_OTHER, None),
    ],
)
def test_what_the_probe_notes_is_a_notice_in_its_own_words(problem, code, korean):
    notice = Notice.of_problem("2", problem)
    assert (notice.code, notice.text) == (code, f"part 2: {problem}")
    assert Notice.of(notice.coded()) == notice
    if korean:
        assert TEXTS[code][1].format_map(notice.values) == korean
