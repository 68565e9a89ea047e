"""The edit list of parts given as scores, through both steps that make it."""

from __future__ import annotations

import numpy as np

from matchreel.edit_list import EditList
from matchreel.moments import find_moments
from matchreel.selection import select_highlights
from support.views import made_probe, made_scores, made_step_scores, saved, steps_with

FINDING = {
    "spot_threshold": "calibrated",
    "spot_before_seconds": 8.0,
    "spot_after_seconds": 5.0,
    "nms": "soft",
    "nms_seconds": 6.0,
    "threshold": 0.5,
    "max_share": 0.2,
    "min_apart_seconds": 45.0,
    "merge_gap_seconds": 2.0,
    "pad_before_seconds": 0.0,
    "pad_after_seconds": 0.0,
    "loudness_mean_seconds": 4.0,
    "break_before_seconds": 10.0,
    "break_after_seconds": 20.0,
    "slope_mean_seconds": 4.0,
    "wide_open_share": 0.4,
    "wide_body_share": 0.3,
    "cues_paths": [],
    "scoreboard_paths": [],
    "bursts_paths": [],
}


CHOOSING = {
    "snap_seconds": 3.0,
    "replays": 1,
    "cuts_paths": [],
    "edits_path": None,
    "kickoff_paths": [],
    "kickoff_seconds": {},
    "max_duration_seconds": 300.0,
    "max_share": 0.2,
    "min_apart_seconds": 45.0,
    "order": "time",
    "transition": "cut",
    "transition_seconds": 0.5,
    "title_card_seconds": 0.0,
}


def plan_of(folder, *parts, probes=None, **changes):
    """The edit list of parts given as Scores, by both steps."""
    probes = probes or [
        made_probe(scores.duration_seconds, part=str(index + 1)) for index, scores in enumerate(parts)
    ]
    probe_paths = [saved(probe, folder / f"p{i}.json") for i, probe in enumerate(probes)]
    find_moments(
        scores_paths=[saved(scores, folder / f"s{i}.npz") for i, scores in enumerate(parts)],
        probe_paths=probe_paths,
        moments_path=folder / "moments.json",
        game="made",
        **FINDING | {name: value for name, value in changes.items() if name in FINDING},
    )
    select_highlights(
        moments_path=folder / "moments.json",
        probe_paths=probe_paths,
        plan_path=folder / "plan.json",
        **CHOOSING | {name: value for name, value in changes.items() if name in CHOOSING},
    )
    return EditList.load(folder / "plan.json")


def intervals(plan):
    return [(row.part, row.start_seconds, row.end_seconds) for row in plan.highlights]


def bump(num_windows, **peaks):
    """Shares of 0.1 with a peak of five windows around each index: bump(50, at10=0.9)."""
    shares = np.full(num_windows, 0.1)
    for name, height in peaks.items():
        at = int(name.removeprefix("at"))
        for offset, factor in ((0, 1), (-1, 0.95), (1, 0.95), (-2, 0.6), (2, 0.6)):
            shares[at + offset] = max(shares[at + offset], height * factor)
    return shares


def untrained(shares, **changes):
    return made_scores(shares, trained_on=(), classes=("Moment",), scorer="excitement", **changes)


SPOTTED = ("Goal", "Penalty", "Shots on target")


def spotted(*peaks, num_steps=400, **changes):
    """Scores of a spotter with peaks (seconds, class index, height)."""
    shares = steps_with(num_steps, *peaks, num_classes=3)
    return made_step_scores(shares, classes=SPOTTED, **changes)


def labelled(plan):
    return [(row.label, row.start_seconds, row.end_seconds) for row in plan.highlights]
