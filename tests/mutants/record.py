"""Record which tests execute the mutants' lines: python tests/mutants/record.py FOLDER [-- pytest's words]

Runs the tests (all that need no root, where nothing else is said) under coverage, in all processes that they start,
and writes FOLDER/executed.json: {"tests": {test: {seconds, slow}}, "lines": {"path:line": [test, ...]}}.
Takes about one and a half times as long as the tests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import coverage  # noqa: E402

from mutants.areas import LIBRARY  # noqa: E402
from mutants.run import load_mutants  # noqa: E402

ROOT = HERE.parents[1]


def record(folder: Path, words: list[str]) -> None:
    """Run the tests; their processes leave one file of coverage each."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = {
        "COVERAGE_PROCESS_START": str(HERE / "coverage.ini"),
        "MATCHREEL_LIBRARY": str(LIBRARY),
        "MATCHREEL_COVERAGE": str(folder.resolve() / "coverage"),
        "PYTHONPATH": str(ROOT / "tests"),
    }
    chosen = words or ["-m", "not slurm and not faults", "-n", "2", "--dist", "loadgroup"]
    command = [sys.executable, "-m", "pytest", "-p", "mutants.recorder", *chosen]
    subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=False)


def executed(folder: Path) -> dict[str, Any]:
    """Tests of each mutant's line, cheapest first."""
    tests, fixtures = dict[str, dict[str, Any]](), dict[str, float]()
    for path in sorted(folder.glob("tests-*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        tests |= held["tests"]
        fixtures |= held["fixtures"]
    users = defaultdict[str, set[str]](set)
    for name, row in tests.items():
        for fixture in row["fixtures"]:
            users[fixture].add(name)
        # What a test takes when it is run alone.
        row["cost"] = row.get("seconds", 0) + sum(fixtures.get(fixture, 0) for fixture in row["fixtures"])
    data = _combined(folder)
    lines = {}
    for mutant in load_mutants():
        path = LIBRARY / mutant.path
        number = mutant.line_number(path.read_text(encoding="utf-8"))
        contexts = data.contexts_by_lineno(str(path))
        found = set(contexts.get(number, []))
        if not mutant.function or "" in found:
            # Executed as the module is loaded, by whoever is first: whoever executes anything of it may see it.
            found |= {context for held in contexts.values() for context in held}
        names = {name for context in found for name in users.get(context, {context}) if name in tests}
        lines[f"{mutant.path}:{number}"] = sorted(
            names, key=lambda name: (tests[name].get("seconds", 0), name)
        )
    return {"tests": tests, "lines": lines}


def _combined(folder: Path) -> coverage.CoverageData:
    """All processes' coverage in one."""
    whole = folder / "whole"
    if not whole.exists():
        os.environ |= {"MATCHREEL_LIBRARY": str(LIBRARY), "MATCHREEL_COVERAGE": str(whole)}
        held = coverage.Coverage(
            config_file=str(HERE / "coverage.ini"), data_file=str(whole), data_suffix=False
        )
        held.combine([str(path) for path in folder.glob("coverage.*")], strict=False, keep=True)
        held.save()
    data = coverage.CoverageData(str(whole))
    data.read()
    return data


def main() -> None:
    """Record, then sort."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("words", nargs="*", help="for pytest, after --; all tests that need no root without")
    asked = parser.parse_args()
    folder = asked.folder
    if not any(folder.glob("tests-*.json")):
        record(folder, asked.words)
    held = executed(folder)
    (folder / "executed.json").write_text(json.dumps(held, indent=1), encoding="utf-8")
    for name, tests in held["lines"].items():
        print(f"{len(tests):6} tests execute {name}")


if __name__ == "__main__":
    main()
