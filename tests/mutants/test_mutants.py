"""The mutants are still lines of the library, and a sample of them still meets a test that fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mutants.areas import AREAS, LIBRARY
from mutants.run import HERE, Copy, load_mutants, mutant_key

MUTANTS = load_mutants()
VERDICTS = {row["mutant"]: row for row in json.loads((HERE / "killed.json").read_text(encoding="utf-8"))}
# The first mutant of every other area that a test of `make test` kills.
SAMPLE = [
    next(
        one for one in MUTANTS if one.area == area and "::" in str(VERDICTS[mutant_key(one)]["killed_by"])
        and VERDICTS[mutant_key(one)]["tier"] == "make test"
    )
    for area in list(AREAS)[::2]
]  # fmt: skip


@pytest.mark.parametrize("mutant", MUTANTS, ids=mutant_key)
def test_a_mutant_is_one_line_of_today_s_library(mutant):
    text = (LIBRARY / mutant.path).read_text(encoding="utf-8")
    changed = mutant.applied(text)
    compile(changed, mutant.path, "exec")
    assert sum(a != b for a, b in zip(text.split("\n"), changed.split("\n"), strict=True)) == 1
    assert mutant_key(mutant) in VERDICTS


def test_six_of_each_area():
    assert len(MUTANTS) == len({mutant_key(one) for one in MUTANTS}) == 60
    assert {area: sum(one.area == area for one in MUTANTS) for area in AREAS} == dict.fromkeys(AREAS, 6)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy.made(Path(tmp_path_factory.mktemp("mutants")) / "copy")


@pytest.mark.slow
@pytest.mark.parametrize("mutant", SAMPLE, ids=mutant_key)
def test_a_sample_is_killed(copy, mutant):
    test = VERDICTS[mutant_key(mutant)]["killed_by"]
    text = copy.mutate(mutant)
    try:
        assert copy.failing_test([test]) == test
    finally:
        copy.restore(mutant, text)
    assert copy.failing_test([test]) is None
