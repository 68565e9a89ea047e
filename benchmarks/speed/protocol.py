"""How fast matchreel is beside floors, the obvious alternatives and the student project's way.

    python benchmarks/speed/protocol.py --out benchmarks/RESULTS.md [--only steps seed] [--work FOLDER]

Measures section by section, each case a process of its own in alternating runs, and writes the page with its
plots. Raw runs lie in --records as JSON: a stopped measurement goes on where it was, a section that is left
out is taken from there, and --page-only measures nothing. Every section has a time bound, printed first:
after it no run begins, and one that then still runs is ended at twice the bound.
For a look, in folders of its own so that nothing is mixed: --work tmp/look --records tmp/look --out
tmp/look/RESULTS.md --minutes 1 --runs 1 --seed-seconds 15 30 --whole-minutes 1 --match-minutes 1
--lengths-minutes 1 2 --games 1 2 --dag-games 2 6.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

# Nothing large is imported here: a process that is started counts its parent's memory as its own.
from sections import SECTIONS, Plan
from store import Measuring, open_section, read_section


def measure(name: str, plan: Plan, bound_minutes: float | None) -> None:
    """Bring a section's runs up to their numbers, within its bound."""
    kind = SECTIONS[name]
    bound = kind.bound_minutes if bound_minutes is None else bound_minutes
    print(f"{name}: at most {bound:g} minutes", file=sys.stderr, flush=True)
    section = open_section(plan.records, name, kind.facts(plan))
    measuring = Measuring(plan.records, name, section, 60 * bound, time.monotonic())
    kind.measure(plan, measuring)
    print(f"{name}: {(bound - measuring.left_seconds / 60):.1f} minutes", file=sys.stderr, flush=True)


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--work", type=Path, default=Path("tmp/speed"))
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--records", type=Path, default=Path(__file__).parent / "runs")
    parser.add_argument("--page-only", action="store_true")
    parser.add_argument("--bound-minutes", type=float, help="of each section, instead of its own")
    parser.add_argument("--minutes", type=float, default=45, help="of the part")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed-seconds", type=int, nargs="+", default=[120, 240, 480])
    parser.add_argument("--whole-minutes", type=float, default=5, help="of the match for the seed's frames")
    parser.add_argument("--match-minutes", type=float, default=90, help="of the recordings of --sizes")
    parser.add_argument("--sizes", nargs="+", default=["224p", "720p", "1080p50"])
    parser.add_argument("--lengths-minutes", type=float, nargs="+", default=[45, 120, 480])
    parser.add_argument(
        "--long-runs", type=int, default=1, help="runs of sizes, lengths and numbers of games"
    )
    parser.add_argument("--games", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--dag-games", type=int, nargs="+", default=[10, 30, 100, 300, 1000])
    return parser.parse_args()


def main() -> None:
    """Measure, then write the page of all that is stored."""
    told = parsed()
    plan = Plan(
        work=told.work, records=told.records, minutes=told.minutes, runs=told.runs,
        seed_seconds=tuple(sorted(told.seed_seconds)),
        whole_minutes=told.whole_minutes, match_minutes=told.match_minutes, sizes=tuple(told.sizes),
        lengths_minutes=tuple(told.lengths_minutes), long_runs=told.long_runs, games=tuple(told.games),
        dag_games=tuple(told.dag_games),
    )  # fmt: skip
    for name in () if told.page_only else told.only:
        measure(name, plan, told.bound_minutes)
    from page import write_page

    write_page({name: read_section(plan.records, name) for name in SECTIONS}, told.out)


if __name__ == "__main__":
    main()
