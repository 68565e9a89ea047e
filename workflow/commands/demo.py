"""`make demo`: run the whole workflow on the rendered league and compare the reel with the known truth."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from running import run_targets

from matchreel.events import load_events
from matchreel.labels import HIGHLIGHT_LABELS
from matchreel.timeline import clock_text

GAME = "demo-final"
REEL_DIR = Path("results/highlights") / GAME
EVALUATION_DIR = Path("results/evaluation/demo_spotter")


def main() -> None:
    """Run, then report; the exit status is Snakemake's."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cores", type=int, required=True)
    parser.add_argument("--configfile", type=Path)
    options = parser.parse_args()
    started = time.monotonic()
    overlay = ["--configfile", str(options.configfile)] if options.configfile else []
    targets = [str(REEL_DIR), str(EVALUATION_DIR / "metrics.json")]
    status = run_targets(targets, cores=options.cores, options=overlay)
    if status:
        sys.exit(status)
    _report_found()
    _report_metrics()
    print(f"Reel:  {REEL_DIR / 'reel.mp4'}")
    print(f"Page:  {REEL_DIR / 'index.html'} (open it in a browser)")
    print(f"How good: {EVALUATION_DIR / 'index.html'}")
    print(f"Took {time.monotonic() - started:.0f} s on {options.cores} cores.")


def _report_found() -> None:
    """The true events of the demo game, one a line: found in the reel or missed."""
    reel = json.loads((REEL_DIR / "highlights.json").read_text(encoding="utf-8"))
    events = load_events(Path("resources/games") / GAME / "Labels-v2.json", part="1")
    truth = [event for event in events if event.label in HIGHLIGHT_LABELS]
    print(f"\n{GAME}: {len(reel['highlights'])} highlights, {reel['reel_seconds']:.0f} s of reel")
    found = 0
    for event in truth:
        holding = [
            row
            for row in reel["highlights"]
            if row["start_seconds"] <= event.position_seconds < row["end_seconds"]
        ]
        found += bool(holding)
        mark = "found " if holding else "missed"
        named = "".join(f", as {row['label']}" for row in holding)
        print(f"  {mark} {clock_text(event.position_seconds)} {event.label}{named}")
    print(f"  {found} of {len(truth)} true events are in the reel")


def _report_metrics() -> None:
    """Event recall at a share of the time on the demo's test games, beside the other scorers."""
    metrics = json.loads((EVALUATION_DIR / "metrics.json").read_text(encoding="utf-8"))
    base = next(name for name in metrics if name.startswith("event_recall_at_") and name.endswith("pct"))
    print(f"\n{base} on the demo's test games [95 % interval over games]:")
    for words, ending in (
        ("spotter, trained", ""),
        ("clip classifier, trained", "_demo_classifier"),
        ("excitement, untrained", "_excitement"),
        ("random windows", "_random"),
        ("most that any scorer can reach", "_best_possible"),
    ):
        row = metrics[base + ending]
        print(f"  {words:32s} {row['value']:.2f} [{row['low']:.2f}, {row['high']:.2f}]")
    print()


if __name__ == "__main__":
    main()
