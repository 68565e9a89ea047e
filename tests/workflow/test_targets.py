"""What a target needs, by dry runs in a fresh folder: no download, no training where none is asked for."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from support.dryrun import ROOT, planned, snakemake
from support.tiers import quick_only
from support.tiny import GAMES, tiny_config

SOCCERNET_ROWS = """sn-a\ttrain\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley\t\t\t\t
sn-b\tvalid\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Crystal Palace 1 - 2 Arsenal\t\t\t\t
sn-c\ttest\tsoccernet\tspain_laliga/2014-2015/2015-02-14 - 20-00 Real Madrid 1 - 0 Other\t\t\t\t
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "games.tsv").write_text(GAMES + SOCCERNET_ROWS, encoding="utf-8")
    return tmp_path


def add_local(folder: Path, slug: str, *names: str) -> None:
    place = folder / "resources/games" / slug
    place.mkdir(parents=True)
    for name in names:
        (place / name).write_bytes(b"video")


def rules(jobs):
    return {job.rule for job in jobs}


def test_all_is_the_reels_of_local_games_and_never_downloads_or_trains(folder):
    add_local(folder, "my-match", "1.mp4", "2.mkv")
    add_local(folder, "other", "full.mov")
    jobs = planned(folder, config=tiny_config())
    cut = [job for job in jobs if job.rule == "cut_highlights"]
    assert {job.wildcards["game"] for job in cut} == {"my-match", "other"}
    assert {job.wildcards["part"] for job in jobs if job.rule == "probe_media"} == {"1", "2", "full"}
    assert rules(jobs) == {
        "all", "probe_media", "extract_audio", "find_score_bug", "cache_cues", "find_kickoff", "score_excitement",
        "find_moments", "find_cuts", "select_highlights", "cut_highlights", "read_scoreboard",
    }  # fmt: skip


def test_the_upright_reel_needs_no_wide_one(folder):
    add_local(folder, "my-match", "1.mp4", "2.mkv")
    jobs = planned(folder, "results/vertical/my-match", config=tiny_config(vertical={"height": 640}))
    (cut,) = [job for job in jobs if job.rule == "cut_vertical"]
    assert "select_highlights" in rules(jobs) and "cut_highlights" not in rules(jobs)
    assert cut.output == ("results/vertical/my-match",)


def test_all_without_local_games_does_nothing(folder):
    assert [job for job in planned(folder, config=tiny_config()) if job.rule != "all"] == []


def test_soccernet_is_downloaded_and_trained_on_without_the_test_game(folder):
    jobs = planned(folder, "results/models/clip_classifier/model.safetensors", config=tiny_config())
    games = {job.wildcards["game"] for job in jobs if "game" in job.wildcards}
    assert games == {"sn-a", "sn-b"}
    assert {"download_game", "download_labels", "slice_clips", "cache_tensors", "train_model"} <= rules(jobs)
    training = [job for job in jobs if job.rule == "train_model"]
    assert [job.resources["gpu"] for job in training] == [1]
    assert not any(job.resources["gpu"] for job in jobs if job.rule != "train_model")


def test_a_given_checkpoint_needs_no_training_and_no_training_data(folder):
    (folder / "given.safetensors").write_bytes(b"model")
    config = tiny_config(models={"spotter": {"checkpoint": "given.safetensors"}})
    jobs = planned(folder, "results/highlights/sn-c", config=config)
    assert {job.wildcards["game"] for job in jobs if "game" in job.wildcards} == {"sn-c"}
    assert not rules(jobs) & {"train_model", "train_spotter", "slice_clips", "download_labels"}
    assert {"download_game", "pack_model", "score_spotter", "cut_highlights"} <= rules(jobs)


def test_a_torchvision_backbone_brings_its_weights(folder):
    config = tiny_config(feature_sets={"demo": {"backbone": "resnet18"}})
    jobs = planned(folder, "results/highlights/tiny-test", config=config)
    outputs = [job.output for job in jobs if job.rule == "download_weights"]
    assert outputs == [("resources/weights/resnet18.pth",)]


def test_finetuning_scores_with_the_models_own_features(folder):
    config = tiny_config(scorers={"demo": "demo_classifier"}, models={"demo_classifier": {"finetune": True}})
    jobs = planned(folder, "results/highlights/tiny-test", config=config)
    cached = [job.wildcards for job in jobs if job.rule == "cache_tensors"]
    assert cached == [{"feature_set": "demo_classifier", "game": "tiny-test", "part": "1"}]


def test_a_finetuned_spotter_reads_recordings_and_scores_with_its_own_features(folder):
    config = tiny_config(
        models={"demo_spotter": {"finetune": True}}, feature_sets={"demo": {"backbone": "resnet18"}}
    )
    jobs = planned(folder, "results/scores/demo_spotter/tiny-test/1.npz", config=config)
    cached = {
        (job.wildcards["feature_set"], job.wildcards["game"]) for job in jobs if job.rule == "cache_tensors"
    }
    learnt_from = {"tiny-train-1", "tiny-train-2", "tiny-valid"}
    # Training takes sound and grid from its feature set; the game that is scored goes by the new backbone alone.
    assert cached == {("demo_spotter", "tiny-test"), *(("demo", game) for game in learnt_from)}
    probed = {job.wildcards["game"] for job in jobs if job.rule == "probe_media"}
    assert probed == {*learnt_from, "tiny-test"}
    assert {"train_spotter", "pack_model", "score_spotter", "download_weights"} <= rules(jobs)


@pytest.mark.parametrize("finetune", quick_only([False, True], bool))
def test_the_command_of_a_spotters_training(folder, finetune):
    config = tiny_config(
        models={"demo_spotter": {"finetune": finetune}}, feature_sets={"demo": {"backbone": "resnet18"}}
    )
    target = "results/models/demo_spotter/best.safetensors"
    done = snakemake(folder, target, config=config, options=["-n", "-p"])
    (command,) = [line for line in done.stdout.splitlines() if "python -m train_spotter" in line]
    games = ("tiny-train-1", "tiny-train-2", "tiny-valid")
    held = command.split()
    for option, pattern in {
        "--features-paths": "results/features/demo/{}/1.safetensors",
        "--video-paths": "resources/games/{}/1_224p.mkv" if finetune else "",
        "--probe-paths": "results/media/{}/1.json" if finetune else "",
        "--labels-paths": "resources/games/{}/Labels-v2.json",
    }.items():
        first = held.index(option) + 1
        found = list(itertools.takewhile(lambda word: not word.startswith("--"), held[first:]))
        assert found == ([pattern.format(game) for game in games] if pattern else [])
    after = held[held.index("--weights-path") + 1]
    assert after == ("resources/weights/resnet18.pth" if finetune else "--model-dir")


@pytest.mark.parametrize(
    ("model", "games", "made_by"),
    [
        ("demo_classifier", {"tiny-train-1", "tiny-train-2", "tiny-valid"}, {"render_game"}),
        ("clip_classifier", {"sn-a", "sn-b"}, {"download_game", "download_labels"}),
    ],
)
def test_labels_are_checked_on_the_training_games_without_training(folder, model, games, made_by):
    jobs = planned(folder, f"results/evaluation/label_offsets/{model}.csv", config=tiny_config())
    assert rules(jobs) == {
        *made_by, "probe_media", "extract_audio", "find_score_bug", "cache_cues", "check_labels",
    }  # fmt: skip
    assert {job.wildcards["game"] for job in jobs if "game" in job.wildcards} == games
    assert len([job for job in jobs if job.rule == "check_labels"]) == 1


@pytest.mark.parametrize(
    ("target", "words"),
    quick_only(
        [
            ("results/highlights/no-such-game", ["no-such-game", "make reel"]),
            ("results/highlights/Bad_Slug", ["MissingRule"]),
            ("results/scores/no_such_model/tiny-test/1.npz", ["MissingRule"]),
            ("results/media/tiny-test/2.json", ["has no part '2'"]),
            ("results/evaluation/clip_classifier/metrics.json", []),
        ],
        lambda case: "no-such-game" in case[0] or "tiny-test/2" in case[0],
    ),
)
def test_unknown_targets_say_so(folder, target, words):
    done = snakemake(folder, target, config=tiny_config(), options=["-n"])
    text = done.stdout + done.stderr
    if words:
        assert done.returncode != 0
        assert "Traceback (most" not in text
    for word in words:
        assert word in text


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"clips": {"befor_seconds": 1}}, ["unknown key 'befor_seconds'", "before_seconds"]),
        ({"clips": {"before_seconds": "ten"}}, ["clips.before_seconds", "'ten' is text"]),
        ({"games_table": "none.tsv"}, ["none.tsv"]),
    ],
)
def test_a_wrong_config_is_one_clear_line(folder, config, words):
    done = snakemake(folder, "all", config=tiny_config(**config), options=["-n"])
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback (most" not in text
    lines = [line for line in text.splitlines() if words[0] in line]
    assert lines, text
    for word in words:
        assert word in lines[0]


@pytest.mark.parametrize(
    ("profile", "gpu_rules"),
    quick_only(
        [
            ("default", {"train_spotter"}),
            ("gpu", {"train_spotter", "cache_tensors", "score_spotter"}),
            ("slurm", {"train_spotter", "cache_tensors", "score_spotter"}),
        ],
        lambda case: case[0] != "slurm",
    ),
)
def test_profiles_give_gpus_to_these(folder, profile, gpu_rules):
    jobs = planned(
        folder,
        "results/highlights/tiny-test",
        config=tiny_config(),
        options=["--workflow-profile", str(ROOT / "profiles" / profile)],
        python_path=[str(ROOT / ".venv/slurm")] if profile == "slurm" else [],
    )
    assert {job.rule for job in jobs if job.resources["gpu"]} == gpu_rules
    assert all(job.resources["mem_mb"] and job.resources["runtime"] for job in jobs if job.rule != "all")
