"""Draw the mutants of tests/mutants/mutants.json: python tests/mutants/draw.py

Six of each area, at most two of one file, by a generator of a fixed seed. What equivalent.json names (with the
reason: no program can tell it from the original) is passed over.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from mutants.areas import AREAS, files_of  # noqa: E402
from mutants.candidates import Mutant, candidates  # noqa: E402

SEED, PER_AREA, PER_FILE = 16, 6, 2


def drawn(area: str, passed_over: set[tuple[str, str, str]]) -> list[Mutant]:
    """An area's mutants."""
    found = [mutant for path in files_of(area) for mutant in candidates(area, path)]
    random.Random(f"{SEED} {area}").shuffle(found)
    # The kinds in turn: constants alone are more than all the others together.
    seen = Counter[str]()
    turns = dict[Mutant, int]()
    for mutant in found:
        turns[mutant] = seen[mutant.kind]
        seen[mutant.kind] += 1
    found.sort(key=turns.__getitem__)
    chosen, by_file, lines = list[Mutant](), Counter[str](), set[tuple[str, str]]()
    for mutant in found:
        is_new = (mutant.path, mutant.before) not in lines and by_file[mutant.path] < PER_FILE
        if is_new and (mutant.path, mutant.before, mutant.after) not in passed_over:
            chosen.append(mutant)
            by_file[mutant.path] += 1
            lines.add((mutant.path, mutant.before))
        if len(chosen) == PER_AREA:
            return chosen
    raise LookupError(f"area {area!r} has only {len(chosen)} mutants")


def main() -> None:
    """Write mutants.json."""
    equivalent = json.loads((HERE / "equivalent.json").read_text(encoding="utf-8"))
    passed_over = {(row["path"], row["before"], row["after"]) for row in equivalent}
    rows = [asdict(mutant) for area in AREAS for mutant in drawn(area, passed_over)]
    (HERE / "mutants.json").write_text(
        json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
