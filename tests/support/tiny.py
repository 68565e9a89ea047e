"""The tiny league of the workflow tests: its table, its targets, its config."""

from __future__ import annotations

GAMES = """game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds
tiny-train-1\ttrain\tdemo\t\tReds\tBlues\t\t
tiny-train-2\ttrain\tdemo\t\tGreens\tBlues\t\t
tiny-valid\tvalid\tdemo\t\tReds\tGreens\t\t
tiny-test\ttest\tdemo\t\tReds\tBlues\t\t1:2
"""
TARGETS = ("results/highlights/tiny-test", "results/evaluation/demo_spotter/metrics.json")
SPOTTER = {
    "epochs": 2,
    "hidden": 16,
    "windows_per_epoch": 12,
    "batch_size": 4,
    "micro_batch_size": 4,
    "window_seconds": 20,
}


def tiny_config(**changes: object) -> dict[str, object]:
    """An overlay for quick runs: short games, small pictures, two epochs."""
    config: dict[str, object] = {
        "games_table": "games.tsv",
        "demo": {"minutes": 0.8, "event_rate": 20},
        "feature_sets": {"demo": {"height": 64, "width": 112, "frame_rate_fps": 2}},
        "models": {
            "demo_classifier": {"epochs": 2, "video_hidden": 16, "audio_hidden": 16, "hidden": 32},
            "demo_spotter": SPOTTER,
        },
        "spotting": {"threshold": 0.005},
        "selection": {"threshold": 0.3},
        # Reading takes as long as all the rest; tests/steps/test_read_scoreboard.py reads.
        "scoreboard": {"read": False},
    }
    return merged(config, changes)


def merged(base: dict, changes: dict) -> dict:
    """A deep merge, as --configfile does it."""
    held = dict(base)
    for key, value in changes.items():
        both = isinstance(value, dict) and isinstance(held.get(key), dict)
        held[key] = merged(held[key], value) if both else value
    return held
