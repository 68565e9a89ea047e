"""Run the tests against every mutant: python tests/mutants/run.py FOLDER [--jobs 2] [--only 3 17]

FOLDER holds executed.json of record.py. Each mutant is written into a copy of the project and meets the tests that
execute its line, cheapest first, until one fails: first those of `make test`, then those that only `make test-all`
runs. A test that kills must pass without the mutant. Verdicts are kept in FOLDER/verdicts.json after each mutant, so a
stopped run goes on; the verdicts are in tests/mutants/killed.json and, for people, killed.md.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from mutants.candidates import Mutant  # noqa: E402

LIBRARY = "workflow/scripts/matchreel"
# A test that takes so much longer than when it was recorded never ends. Tests of more than these seconds come last.
LEAST_SECONDS, TIMES_AS_LONG, DEAR_SECONDS = 60, 5, 10
NO_END = "a test that never ends, or none that could be loaded"


def load_mutants() -> list[Mutant]:
    """The drawn mutants."""
    rows = json.loads((HERE / "mutants.json").read_text(encoding="utf-8"))
    return [Mutant(**row) for row in rows]


@dataclass(frozen=True)
class Copy:
    """A copy of the project whose library may be changed; its environment is the project's own."""

    folder: Path

    @classmethod
    def made(cls, folder: Path) -> Copy:
        """What git lists, as it is in the working tree."""
        shutil.rmtree(folder, ignore_errors=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return cls(folder)

    def failing_test(self, tests: list[str], seconds: float = 0.0) -> str | None:
        """The first of these tests that fails here, or None. One that never ends has failed.

        seconds: the longest of them without a mutant.
        """
        words = self.folder / "tests-to-run.txt"
        words.write_text("\n".join(tests), encoding="utf-8")
        base = self.folder.parent / f"{self.folder.name}-tmp"
        limit = LEAST_SECONDS + TIMES_AS_LONG * seconds
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "--tb=no", "-rfE"]
        # Whatever markers they have: they are named.
        command += ["-m", "", f"--basetemp={base}", f"@{words}"]
        command += ["-o", f"faulthandler_timeout={limit}", "-o", "faulthandler_exit_on_timeout=true"]
        paths = os.pathsep.join([str(self.folder / "workflow/scripts"), str(self.folder / "tests")])
        variables = os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}
        # A file and not a pipe: what a hung test leaves behind would keep a pipe open.
        with (self.folder / "said.txt").open("w+", encoding="utf-8") as said:
            run = subprocess.Popen(
                command, cwd=self.folder, env=variables, stdout=said, stderr=said, start_new_session=True
            )
            code = run.wait()
            with suppress(ProcessLookupError):
                os.killpg(run.pid, signal.SIGKILL)
            said.seek(0)
            failed = [line for line in said if line.startswith(("FAILED ", "ERROR "))]
        shutil.rmtree(base, ignore_errors=True)
        if code == 0:
            return None
        return failed[0].split(" ", 1)[1].split(" - ")[0].strip() if failed else NO_END

    def mutate(self, mutant: Mutant) -> str:
        """Write the mutant; gives the text that was there."""
        path = self.folder / LIBRARY / mutant.path
        text = path.read_text(encoding="utf-8")
        path.write_text(mutant.applied(text), encoding="utf-8")
        return text

    def restore(self, mutant: Mutant, text: str) -> None:
        """Take the mutant back."""
        (self.folder / LIBRARY / mutant.path).write_text(text, encoding="utf-8")


def verdict(
    mutant: Mutant, copy: Copy, tests: dict[str, list[str]], costs: dict[str, float]
) -> dict[str, Any]:
    """Which test kills a mutant and in which tier, or none: {"killed_by": test or None, "tier": ...}."""
    for tier, batch in batches(tests, costs):
        text = copy.mutate(mutant)
        try:
            failing = copy.failing_test(batch, max(map(costs.__getitem__, batch)))
        finally:
            copy.restore(mutant, text)
        if failing:
            is_test = "::" in failing
            if is_test and copy.failing_test([failing]):
                raise RuntimeError(f"{failing} fails without the mutant too")
            return {"killed_by": failing, "tier": tier}
    return {"killed_by": None, "tier": None, "num_tests": sum(map(len, tests.values()))}


def batches(tests: dict[str, list[str]], costs: dict[str, float]) -> Iterator[tuple[str, list[str]]]:
    """(tier, tests): of each tier the cheap tests, then the dear ones."""
    for tier, names in tests.items():
        for is_dear in (False, True):
            if batch := [name for name in names if (costs[name] > DEAR_SECONDS) == is_dear]:
                yield tier, batch


def tests_of(mutant: Mutant, executed: dict[str, Any]) -> dict[str, list[str]]:
    """Tests that execute the mutant's line, by the command that runs them."""
    number = mutant.line_number((ROOT / LIBRARY / mutant.path).read_text(encoding="utf-8"))
    names = executed["lines"][f"{mutant.path}:{number}"]
    if not names:
        # Run in a process that got an environment of the test's own: the tests that have the module's name.
        own = f"/test_{Path(mutant.path).stem}.py::"
        names = [name for name in executed["tests"] if own in name]
    slow = {name for name in names if executed["tests"][name]["slow"]}
    return {
        "make test": [name for name in names if name not in slow],
        "make test-all": [name for name in names if name in slow],
    }


def main() -> None:
    """Run what has no verdict yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", type=int, nargs="*")
    options = parser.parse_args()
    executed = json.loads((options.folder / "executed.json").read_text(encoding="utf-8"))
    path = options.folder / "verdicts.json"
    verdicts = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    mutants = load_mutants()
    costs = {name: float(row.get("cost", 0)) for name, row in executed["tests"].items()}
    copies = queue.Queue[Copy]()
    for index in range(options.jobs):
        copies.put(Copy.made(options.folder / f"copy-{index}"))

    def run(index: int) -> None:
        copy = copies.get()
        try:
            mutant = mutants[index]
            found = verdict(mutant, copy, tests_of(mutant, executed), costs)
            verdicts[mutant_key(mutant)] = found
            path.write_text(json.dumps(verdicts, indent=1), encoding="utf-8")
            print(
                f"{index:3} {mutant.path:34} {found['tier'] or 'SURVIVED':14} {found['killed_by']}",
                flush=True,
            )
        finally:
            copies.put(copy)

    wanted = options.only if options.only is not None else range(len(mutants))
    waiting = [index for index in wanted if mutant_key(mutants[index]) not in verdicts]
    with ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(run, waiting))
    rows = [
        {"mutant": mutant_key(one), **verdicts[mutant_key(one)]}
        for one in mutants
        if mutant_key(one) in verdicts
    ]
    (HERE / "killed.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (HERE / "killed.md").write_text(table(mutants, rows), encoding="utf-8")
    print(summary(rows))


def table(mutants: list[Mutant], rows: list[dict[str, Any]]) -> str:
    """The verdicts for people."""
    verdicts = {row["mutant"]: row for row in rows}
    lines = [
        summary(rows),
        "",
        "| area | line | becomes | first test that fails | run by |",
        "|---|---|---|---|---|",
    ]
    for one in mutants:
        row = verdicts.get(mutant_key(one), {})
        test = str(row.get("killed_by") or "none").removeprefix("tests/")
        cells = [
            one.area,
            f"{one.path}: `{one.before.strip()}`",
            f"`{one.after.strip()}`",
            test,
            str(row.get("tier")),
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def mutant_key(mutant: Mutant) -> str:
    """A mutant's words, the same after lines have moved."""
    return f"{mutant.path} {mutant.function}: {mutant.before.strip()} -> {mutant.after.strip()}"


def summary(rows: list[dict[str, Any]]) -> str:
    """One line: how many each command kills."""
    quick = sum(row["tier"] == "make test" for row in rows)
    killed = sum(row["tier"] is not None for row in rows)
    return f"{len(rows)} mutants: make test kills {quick}, make test-all {killed}"


if __name__ == "__main__":
    main()
