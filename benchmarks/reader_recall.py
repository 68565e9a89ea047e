"""Whether reading the screen costs recall: the same rendered matches with and without it, in pairs.

    python benchmarks/rendered_matches.py --seeds 301 320 --out matches
    python benchmarks/reader_recall.py --matches matches

Makes the untrained reel of each match that was read in three ways: windows as they are ranked (no cues are
given, so nothing is known of events and replays), moments without the scoreboard, and moments with it. Prints
the goals, penalties and shots inside the reels, how many goals are named with the right score, how many are
named that are none, how many picks have their moment in a replay, and in how many matches the second way
holds less than the first, and the third less than the second.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from moment_confidence import moments_of, settings_of  # noqa: E402
from rendered_matches import Match  # noqa: E402

from matchreel.edit_list import EditList, PlannedHighlight  # noqa: E402
from matchreel.labels import GOAL  # noqa: E402
from matchreel.selection import select_highlights  # noqa: E402

WAYS = {"windows": (False, False), "moments": (False, True), "moments and screen": (True, True)}
# A goal is named if a moment called Goal is so near to it.
NAMED_WITHIN_SECONDS = 8.0


@dataclass(frozen=True)
class Counts:
    """Of one reel, and of all moments that it was chosen from (named, wrong)."""

    goals: int
    penalties: int
    shots: int
    named: int
    wrong: int
    replays: int

    def __add__(self, other: Counts) -> Counts:
        """The two together."""
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


def reel_of(moments: EditList, folder: Path) -> tuple[PlannedHighlight, ...]:
    """The reel of a match's moments, without camera cuts."""
    with tempfile.TemporaryDirectory() as made:
        moments_path, plan = Path(made) / "moments.json", Path(made) / "plan.json"
        moments.save(moments_path)
        given = {name: [] for name in ("kickoff_paths", "cuts_paths")}
        select_highlights(
            moments_path=moments_path,
            probe_paths=[folder / "probe.json"],
            plan_path=plan,
            edits_path=None,
            kickoff_seconds={},
            **given,
            **settings_of("select_highlights"),  # type: ignore[arg-type]
        )
        return EditList.load(plan).highlights


def scores_after(match: Match) -> list[tuple[float, str]]:
    """Every goal of a match: its second and the score after it."""
    truth = json.loads((match.folder / "truth.json").read_text(encoding="utf-8"))
    goals = [event.position_seconds for event in match.events if event.label == GOAL]
    score, found = {"home": 0, "away": 0}, list[tuple[float, str]]()
    for at, change in zip(goals, truth["score_changes"], strict=False):
        score[change["team"]] += 1
        found.append((at, f"{score['home']}-{score['away']}"))
    return found


def counted(match: Match, *, is_read: bool, has_cues: bool) -> Counts:
    """One match in one way."""
    moments = moments_of(match.folder, is_read=is_read, has_cues=has_cues)
    reel = reel_of(moments, match.folder)
    inside = [
        event.label
        for event in match.events
        if any(row.interval.contains(event.position_seconds) for row in reel)
    ]
    told = [row for row in moments.highlights if row.label == GOAL]
    right = [
        (at, score)
        for at, score in scores_after(match)
        for row in told
        if abs(row.moment_seconds - at) <= NAMED_WITHIN_SECONDS and row.score_after == score
    ]
    picked = [row.moment_seconds for row in reel]
    return Counts(
        goals=inside.count(GOAL),
        penalties=inside.count("Penalty"),
        shots=sum(label.startswith("Shots") for label in inside),
        named=len(right),
        wrong=len(told) - len(right),
        replays=sum(any(replay.contains(at) for replay in match.replays) for at in picked),
    )


def report(rows: Mapping[str, list[Counts]], matches: list[Match]) -> None:
    """The table and the pairs."""
    labels = [event.label for match in matches for event in match.events]
    print(
        f"{len(matches)} matches: {labels.count(GOAL)} goals, {labels.count('Penalty')} penalties,", end=" "
    )
    print(f"{sum(label.startswith('Shots') for label in labels)} shots")
    for way, counts in rows.items():
        print(f"{way}: {sum(counts[1:], counts[0])}")
    for before, after in zip(list(rows), list(rows)[1:], strict=False):
        for what in ("goals", "penalties", "shots"):
            pairs = zip(rows[before], rows[after], strict=True)
            gaps = [getattr(new, what) - getattr(old, what) for old, new in pairs]
            fewer, more = sum(gap < 0 for gap in gaps), sum(gap > 0 for gap in gaps)
            print(
                f"{after} against {before}, {what}: {sum(gaps):+d}; fewer in {fewer}, more in {more} matches"
            )


def main() -> None:
    """Read the arguments, count, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matches", type=Path, required=True, help="folder of rendered_matches.py")
    options = parser.parse_args()
    matches = [Match(path.parent) for path in sorted(options.matches.glob("match-*/scoreboard.json"))]
    rows = {
        way: [counted(match, is_read=is_read, has_cues=has_cues) for match in matches]
        for way, (is_read, has_cues) in WAYS.items()
    }
    report(rows, matches)


if __name__ == "__main__":
    main()
