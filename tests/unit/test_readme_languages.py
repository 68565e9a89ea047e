"""README.md and README.ko.md say the same: commands, headings, images, links, numbers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, KOREAN = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ko.md"))
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(text: str) -> list[tuple[str, list[str]]]:
    """Each code block's language and lines, without the comments behind them."""
    return [
        (language, [re.sub(r"\s+#.*", "", line) for line in block.splitlines()])
        for language, block in FENCE.findall(text)
    ]


def prose(text: str) -> str:
    return FENCE.sub("", text)


def headings(text: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(text), re.MULTILINE)]


def links(text: str, mark: str) -> Counter[str]:
    return Counter(re.findall(rf"(?<!\!){mark}\[[^\]]*\]\(([^)]+)\)", prose(text.split("\n", 1)[1])))


def tables(text: str) -> list[tuple[int, list[str]]]:
    """Of each row of a table: its number of cells, and the numbers in it."""
    rows = [line for line in prose(text).splitlines() if line.startswith("|")]
    return [(row.count("|"), numbers(row)) for row in rows]


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)*", re.sub(r"\]\([^)]+\)", "]", text))


def test_each_leads_to_the_other_on_its_first_line():
    assert ENGLISH.splitlines()[0] == "[한국어](README.ko.md)"
    assert KOREAN.splitlines()[0] == "[English](README.md)"


@pytest.mark.parametrize("read", [commands, headings, tables], ids=lambda read: read.__name__)
def test_structure_is_the_same(read):
    assert read(ENGLISH) and read(KOREAN) == read(ENGLISH)


@pytest.mark.parametrize("mark", ["", r"\!"], ids=["links", "images"])
def test_links_are_the_same(mark):
    assert links(ENGLISH, mark) and links(KOREAN, mark) == links(ENGLISH, mark)


def test_every_number_and_name_of_the_english_text_stands_in_the_korean_one():
    for find in (numbers, lambda text: re.findall(r"`[^`\n]+`", text)):
        missing = Counter(find(prose(ENGLISH))) - Counter(find(prose(KOREAN)))
        assert not missing, missing
