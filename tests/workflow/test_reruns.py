"""Which jobs a change reruns: exactly these, no others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from matchreel.edit_list import EditList
from support.dryrun import ROOT, planned, snakemake
from support.tiny import GAMES, TARGETS, tiny_config

pytestmark = pytest.mark.xdist_group("finished")

REEL = {"select_highlights", "cut_highlights"}
CHOSEN = {"find_moments", "find_cuts", *REEL, "evaluate"}
SPOTTED = {"score_spotter", *CHOSEN}
TRAINED_SPOTTER = {"train_spotter", "pack_model", *SPOTTED}
# The classifier is only shown beside the spotter.
CLASSIFIED = {"score_windows", "evaluate"}
TRAINED_CLASSIFIER = {"train_model", "pack_model", *CLASSIFIED}
UNTRAINED = {"score_excitement", "score_random"}
CONFIG_ROWS = [
    ({"reel": {"crf": 30}}, {"cut_highlights"}),
    ({"reel": {"max_duration_seconds": 20}}, REEL),
    ({"reel": {"max_duration_seconds": "short"}}, REEL),
    ({"reel": {"order": "importance"}}, REEL),
    ({"reel": {"snap_seconds": 1}}, {"find_cuts", *REEL}),
    ({"reel": {"replays": 0}}, {"find_cuts", *REEL}),
    ({"selection": {"pad_after_seconds": 1}}, CHOSEN),
    ({"selection": {"max_share": 0.3}}, {"find_moments", "find_cuts", *REEL}),
    ({"reel": {"exports": ["otio"]}}, {"cut_highlights"}),
    ({"selection": {"threshold": 0.4}}, CHOSEN),
    ({"spotting": {"threshold": 0.05}}, CHOSEN),
    ({"spotting": {"before_seconds": 6}}, CHOSEN),
    ({"spotting": {"nms_seconds": 4}}, TRAINED_SPOTTER),
    ({"spotting": {"calibration_seconds": 4}}, TRAINED_SPOTTER),
    ({"spotting": {"calibration_beta": 1}}, TRAINED_SPOTTER),
    ({"models": {"demo_spotter": {"learning_rate": 0.01}}}, TRAINED_SPOTTER),
    ({"models": {"demo_spotter": {"checkpoint": "last"}}}, {"pack_model", *SPOTTED}),
    ({"models": {"demo_classifier": {"learning_rate": 0.002}}}, TRAINED_CLASSIFIER),
    ({"models": {"spotter": {"learning_rate": 0.01}}}, set()),
    ({"models": {"clip_classifier": {"learning_rate": 0.001}}}, set()),
    ({"models": {"demo_classifier": {"checkpoint": "last"}}}, {"pack_model", *CLASSIFIED}),
    ({"clips": {"labelled_every": 4}}, {"slice_clips", *TRAINED_CLASSIFIER}),
    ({"scoring": {"stride_seconds": 2}}, {*CLASSIFIED, *UNTRAINED}),
    ({"feature_sets": {"demo": {"height": 96}}}, {"cache_tensors", *TRAINED_SPOTTER, *TRAINED_CLASSIFIER}),
    ({"feature_sets": {"default": {"height": 96}}}, set()),
    ({"evaluation": {"time_share": 0.3}}, {"evaluate"}),
    ({"evaluation": {"max_label_shift_seconds": 9}}, set()),
    ({"scorers": {"demo": "excitement"}}, {"find_moments", "find_cuts", *REEL}),
    ({"scorers": {"local": "random"}}, set()),
    ({"download": {"attempts": 9}}, set()),
]


def rules(jobs):
    return {job.rule for job in jobs}


@pytest.mark.parametrize(("change", "expected"), CONFIG_ROWS, ids=[str(change) for change, _ in CONFIG_ROWS])
def test_a_config_change_reruns_these(finished, change, expected):
    assert rules(planned(finished, *TARGETS, config=tiny_config(**change))) == expected


def test_key_order_and_comments_rerun_nothing(finished):
    config = tiny_config()
    reordered = {key: config[key] for key in reversed(list(config))}
    assert planned(finished, *TARGETS, config=reordered) == []


@pytest.mark.parametrize("given", ["gpu=2", "gres=gpu:1"])
def test_where_a_step_runs_reruns_nothing(finished, given):
    steps = ("cache_tensors", "train_spotter", "score_spotter")
    options = ["--set-resources", *(f"{step}:{given}" for step in steps)]
    assert planned(finished, *TARGETS, config=tiny_config(), options=options) == []


def test_a_new_game_to_score_never_retrains(finished):
    table = finished / "games.tsv"
    table.write_text(GAMES + "tiny-new\ttest\tdemo\t\tA\tB\t\t\n", encoding="utf-8")
    try:
        jobs = planned(finished, "results/highlights/tiny-new", TARGETS[0], config=tiny_config())
        assert {job.wildcards.get("game") for job in jobs} == {"tiny-new"}
        assert "cut_highlights" in rules(jobs)
        assert not rules(jobs) & {"train_model", "train_spotter", "slice_clips"}
    finally:
        table.write_text(GAMES, encoding="utf-8")


def test_edits_by_hand_recut_without_scoring(finished):
    """A new edits file, a changed one and a removed one each redo the edit list and the reel, nothing else."""
    plan_path = finished / "results/plans/demo_spotter/tiny-test.json"
    before = plan_path.read_bytes()
    path = finished / "config/edits/tiny-test.json"
    path.parent.mkdir(parents=True)

    def reruns(*rows):
        path.write_text(json.dumps({"version": 1, "game": "tiny-test", "highlights": rows}), encoding="utf-8")
        return rules(planned(finished, *TARGETS, config=tiny_config()))

    row = {"id": "hand-1-9000", "part": "1", "start_seconds": 4.0, "end_seconds": 12.0, "event_seconds": 9.0}
    row |= {"label": "Goal", "score": 1, "why": {}}
    try:
        assert reruns(row) == REEL
        done = snakemake(finished, str(plan_path.relative_to(finished)), config=tiny_config())
        assert done.returncode == 0, done.stderr[-3000:]
        assert [held.id for held in EditList.load(plan_path).highlights] == ["hand-1-9000"]
        assert reruns(row | {"end_seconds": 13.0}) == REEL
        path.unlink()
        assert rules(planned(finished, *TARGETS, config=tiny_config())) == REEL
    finally:
        shutil.rmtree(path.parents[1])
        snakemake(finished, str(plan_path.relative_to(finished)), config=tiny_config())
    assert plan_path.read_bytes() == before and planned(finished, *TARGETS, config=tiny_config()) == []


def test_a_touched_file_reruns_nothing(finished):
    labels = finished / "resources/games/tiny-train-1/Labels-v2.json"
    before = labels.stat()
    os.utime(labels)
    try:
        assert planned(finished, *TARGETS, config=tiny_config()) == []
    finally:
        os.utime(labels, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A fresh copy of the workflow, to edit."""
    for name in ("Snakefile", "rules", "workflow", "config", "envs", "profiles"):
        source = ROOT / name
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, tmp_path / name, ignore=ignore) if source.is_dir() else shutil.copy(
            source, tmp_path / name
        )
    return tmp_path


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("workflow/scripts/slice_clips.py", '"""', '"""Other words. ', set()),
        ("workflow/scripts/matchreel/selection.py", "\nimport ", "\n# why\nimport ", set()),
        ("workflow/scripts/matchreel/selection.py", None, "\n\nADDED = 1\n", REEL),
        ("workflow/scripts/matchreel/moments.py", None, "\n\nADDED = 1\n", {"find_moments", "find_cuts", *REEL}),
        ("workflow/scripts/matchreel/excitement.py", None, "\n\nADDED = 1\n", {"score_excitement", "evaluate"}),
        ("workflow/scripts/matchreel/page/__init__.py", None, "\n\nADDED = 1\n", {"cut_highlights"}),
        ("workflow/scripts/matchreel/exports/edl.py", None, "\n\nADDED = 1\n", {"cut_highlights"}),
        ("workflow/scripts/matchreel/config.py", None, "\n\nADDED = 1\n", set()),
        ("workflow/scripts/matchreel/spotter.py", None, "\n\nADDED = 1\n", TRAINED_SPOTTER),
        ("workflow/scripts/matchreel/training/loop.py", None, "\n\nADDED = 1\n", TRAINED_CLASSIFIER),
        ("workflow/scripts/matchreel/random_scores.py", None, "\n\nADDED = 1\n", {"score_random", "evaluate"}),
    ],
)  # fmt: skip
def test_an_edit_reruns_these(finished, checkout, name, old, new, expected):
    path = checkout / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + new if old is None else text.replace(old, new, 1), encoding="utf-8")
    jobs = planned(finished, *TARGETS, config=tiny_config(), snakefile=checkout / "Snakefile")
    # evaluate shares the selection's code, so an edit there reaches it too.
    assert rules(jobs) - {"evaluate"} == expected - {"evaluate"}
    assert expected or not jobs
