"""The ten areas of the library that mutants are drawn from, each as patterns of its files."""

from __future__ import annotations

from pathlib import Path

LIBRARY = Path(__file__).resolve().parents[2] / "workflow/scripts/matchreel"

AREAS = {
    "time": ("timeline.py", "kickoff.py", "events.py", "reel_frames.py"),
    "media": ("media/*.py",),
    "features": (
        "features.py",
        "backbones.py",
        "anysize.py",
        "folding.py",
        "weights.py",
        "logmel.py",
        "cues/*.py",
        "camera_cuts/*.py",
    ),
    "scoring": (
        "models.py",
        "spotter.py",
        "scoring.py",
        "spotter_scores.py",
        "step_scoring.py",
        "excitement.py",
        "random_scores.py",
        "clip_windows.py",
        "decoding.py",
        "checkpoints.py",
        "packing.py",
    ),
    "selection": (
        "moments.py",
        "finding.py",
        "gathering.py",
        "spotting.py",
        "play.py",
        "restarts.py",
        "replays.py",
        "importance.py",
        "budget.py",
        "knapsack.py",
        "boundaries.py",
        "edits.py",
        "edit_list.py",
        "selection.py",
        "reel_length.py",
    ),
    "reel": (
        "highlights.py",
        "highlight_tables.py",
        "reel/*.py",
        "graphics/*.py",
        "stills/*.py",
        "exports/*.py",
        "vertical/*.py",
    ),
    "page": ("page/*.py", "web/*.py", "evaluation/markup.py"),
    "training": ("training/*.py", "training/spotter/*.py", "clips/*.py", "dataset.py", "augment.py"),
    "evaluation": ("evaluation/*.py", "ablation/*.py", "alignment.py", "label_check.py"),
    "run": (
        "config.py",
        "step_settings.py",
        "step.py",
        "manifests.py",
        "provenance.py",
        "preflight.py",
        "device_lease.py",
        "operations.py",
        "pruning.py",
        "failures.py",
        "notices.py",
    ),
}


def files_of(area: str) -> list[Path]:
    """The files of one area, sorted; a pattern that matches nothing is an error, as files move."""
    found = list[Path]()
    for pattern in AREAS[area]:
        matches = sorted(LIBRARY.glob(pattern))
        if not matches:
            raise LookupError(f"tests/mutants/areas.py: no file matches {pattern!r} of area {area!r}")
        found += matches
    # What stands in two areas belongs to the one that names the file itself.
    return [path for path in found if path.name != "markup.py" or area == "page"]
