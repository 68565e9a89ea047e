"""Which jobs a change reruns: exactly these, no others."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from matchreel.edit_list import EditList
from support.dryrun import ROOT, planned, snakemake
from support.tiers import quick_only
from support.tiny import GAMES, TARGETS, tiny_config

REEL = {"select_highlights", "cut_highlights"}
CHOSEN = {"find_moments", "find_cuts", *REEL, "evaluate"}
SPOTTED = {"score_spotter", *CHOSEN}
TRAINED_SPOTTER = {"train_spotter", "pack_model", *SPOTTED}
# The classifier is only shown beside the spotter.
CLASSIFIED = {"score_windows", "evaluate"}
TRAINED_CLASSIFIER = {"train_model", "pack_model", *CLASSIFIED}
UNTRAINED = {"score_excitement", "score_random"}


def rules(jobs):
    return {job.rule for job in jobs}


def test_key_order_and_comments_rerun_nothing(finished):
    config = tiny_config()
    reordered = {key: config[key] for key in reversed(list(config))}
    assert planned(finished, *TARGETS, config=reordered) == []


@pytest.mark.slow
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


@pytest.fixture
def table(finished):
    """Write the table of games; it is as it was afterwards."""
    path = finished / "games.tsv"
    yield lambda text: path.write_text(text, encoding="utf-8")
    path.write_text(GAMES, encoding="utf-8")


def plan_of(finished):
    return planned(finished, *TARGETS, config=tiny_config())


@pytest.mark.slow
def test_a_new_training_game_retrains_and_touches_no_other_game(finished, table):
    table(GAMES + "tiny-new\ttrain\tdemo\t\tA\tB\t\t\n")
    jobs = plan_of(finished)
    made = {"render_game", "probe_media", "extract_audio", "cache_tensors", "slice_clips"}
    assert rules(jobs) == made | TRAINED_SPOTTER | TRAINED_CLASSIFIER
    assert {job.wildcards["game"] for job in jobs if job.rule in made} == {"tiny-new"}


@pytest.mark.slow
def test_a_removed_training_game_retrains_and_makes_nothing_else(finished, table):
    table("".join(line for line in GAMES.splitlines(keepends=True) if "tiny-train-2" not in line))
    assert rules(plan_of(finished)) == TRAINED_SPOTTER | TRAINED_CLASSIFIER


@pytest.mark.slow
def test_names_and_a_comment_in_the_table(finished, table):
    table("# a comment\n" + GAMES.replace("tiny-test\ttest\tdemo\t\tReds", "tiny-test\ttest\tdemo\t\tWhites"))
    assert rules(plan_of(finished)) == {"cut_highlights"}
    table(GAMES.replace("1:2\n", "1:3\n"))
    assert rules(plan_of(finished)) == REEL


@pytest.mark.slow
def test_a_given_checkpoint_trains_nothing(finished):
    given = finished / "given.safetensors"
    shutil.copy(finished / "results/models/demo_spotter/best.safetensors", given)
    config = tiny_config(models={"demo_spotter": {"checkpoint": "given.safetensors"}})
    assert rules(planned(finished, *TARGETS, config=config)) == {"pack_model", *SPOTTED}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Labels-v2.json", TRAINED_SPOTTER | TRAINED_CLASSIFIER | {"slice_clips"}),
        (
            "1_224p.mkv",
            {"probe_media", "extract_audio", "cache_tensors", "slice_clips"}
            | TRAINED_SPOTTER
            | TRAINED_CLASSIFIER,
        ),
    ],
)
def test_a_changed_recording_or_label_of_a_training_game(finished, name, expected):
    path = finished / "resources/games/tiny-train-1" / name
    before, facts = path.read_bytes(), path.stat()
    path.write_bytes(before + b"\n")
    try:
        jobs = plan_of(finished)
        assert rules(jobs) == expected
        assert {job.wildcards["game"] for job in jobs if job.rule == "slice_clips"} == {"tiny-train-1"}
    finally:
        path.write_bytes(before)
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


@pytest.mark.slow
def test_swapped_values_of_one_kind_are_seen(finished):
    config = tiny_config(clips={"before_seconds": 5, "after_seconds": 10})
    assert rules(planned(finished, *TARGETS, config=config)) == {"slice_clips", *TRAINED_CLASSIFIER}


@pytest.mark.slow
def test_a_fresh_checkout_reruns_nothing(finished, checkout):
    """Every file of the workflow new, at another place; results and their records kept."""
    for path in checkout.rglob("*"):
        os.utime(path)
    jobs = planned(finished, *TARGETS, config=tiny_config(), snakefile=checkout / "Snakefile")
    assert jobs == []


@pytest.mark.slow
def test_pruned_caches_are_not_missed(finished, tmp_path):
    """After prune the reel and the evaluation stand; training games keep what a model was made from."""
    folder = tmp_path / "pruned"
    shutil.copytree(finished, folder, symlinks=True)
    listed = snakemake(folder, "prunable", config=tiny_config())
    assert listed.returncode == 0 and "MB could go: " in listed.stderr, listed.stderr[-3000:]
    wav = folder / "results/audio/tiny-test/1.wav"
    assert wav.exists()
    done = snakemake(folder, "prune", config=tiny_config())
    assert done.returncode == 0, done.stderr[-3000:]
    results = folder / "results"
    assert not wav.exists() and not list(results.glob("features/*/tiny-test"))
    assert not list(results.glob("clips/tiny-test/*/*.mp4")) and list(
        results.glob("clips/tiny-test/*/clips.csv")
    )
    assert list(results.glob("features/*/tiny-train-1")) and list(results.glob("audio/tiny-train-1/*"))
    assert (results / "highlights/tiny-test/reel.mp4").exists()
    assert planned(folder, *TARGETS, config=tiny_config()) == []
    # What the reel's steps read of the sound is beside the probe, so a new reel needs no sound again.
    shorter = tiny_config(reel={"max_duration_seconds": 20})
    assert rules(planned(folder, *TARGETS, config=shorter)) == REEL


@pytest.mark.slow
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


def test_a_touched_recording_is_too_large_to_compare_and_reruns_its_game(finished):
    video = finished / "resources/games/tiny-test/1_224p.mkv"
    before = video.stat()
    os.utime(video)
    try:
        assert before.st_size > 1_000_000
        jobs = planned(finished, *TARGETS, config=tiny_config())
        assert {job.wildcards.get("game", "tiny-test") for job in jobs} == {"tiny-test"}
        assert {"probe_media", "cache_tensors", "cut_highlights"} <= {job.rule for job in jobs}
        assert not {job.rule for job in jobs} & {"render_game", "train_spotter", "train_model"}
    finally:
        os.utime(video, ns=(before.st_atime_ns, before.st_mtime_ns))


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
    quick_only([
        ("workflow/scripts/slice_clips.py", '"""', '"""Other words. ', set()),
        ("workflow/scripts/matchreel/selection.py", "\nimport ", "\n# why\nimport ", set()),
        ("workflow/scripts/matchreel/selection.py", None, "\n\nADDED = 1\n", REEL),
        ("workflow/scripts/matchreel/moments.py", None, "\n\nADDED = 1\n", {"find_moments", "find_cuts", *REEL}),
        ("workflow/scripts/matchreel/excitement.py", None, "\n\nADDED = 1\n",
         {"score_excitement", "evaluate", "find_moments", "find_cuts", *REEL}),
        ("workflow/scripts/matchreel/page/__init__.py", None, "\n\nADDED = 1\n", {"cut_highlights"}),
        ("workflow/scripts/matchreel/exports/edl.py", None, "\n\nADDED = 1\n", {"cut_highlights"}),
        ("workflow/scripts/matchreel/config.py", None, "\n\nADDED = 1\n", set()),
        ("workflow/scripts/matchreel/spotter.py", None, "\n\nADDED = 1\n", TRAINED_SPOTTER),
        ("workflow/scripts/matchreel/training/loop.py", None, "\n\nADDED = 1\n", TRAINED_CLASSIFIER),
        ("workflow/scripts/matchreel/random_scores.py", None, "\n\nADDED = 1\n", {"score_random", "evaluate"}),
    ], lambda case: "excitement" in case[0]),
)  # fmt: skip
def test_an_edit_reruns_these(finished, checkout, name, old, new, expected):
    path = checkout / name
    text = path.read_text(encoding="utf-8")
    path.write_text(text + new if old is None else text.replace(old, new, 1), encoding="utf-8")
    jobs = planned(finished, *TARGETS, config=tiny_config(), snakefile=checkout / "Snakefile")
    # evaluate shares the selection's code, so an edit there reaches it too.
    assert rules(jobs) - {"evaluate"} == expected - {"evaluate"}
    assert expected or not jobs
