"""The rerun contract, written by hand: for every config key a changed value and the steps that it touches first.

A changed key reruns these steps and all that is made from their results (FEEDS), in the tiny league's workflow with
its reel, evaluation, predictions and label check as targets; nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

TARGETS = (
    "results/highlights/tiny-test",
    "results/evaluation/demo_spotter/metrics.json",
    "results/predictions/demo_spotter.zip",
    "results/evaluation/label_offsets/demo_spotter.csv",
)
# Step -> the steps that read its results. Jobs of pack_model carry their model's name; cache_tensors-other makes
# features of another set than the league's.
FEEDS = {
    "render_game": "probe_media extract_audio cache_tensors find_score_bug cache_cues slice_clips train_spotter find_cuts "
    "cut_highlights evaluate check_labels",
    "probe_media": "extract_audio cache_tensors find_score_bug cache_cues slice_clips score_random find_moments find_cuts "
    "select_highlights cut_highlights evaluate",
    "extract_audio": "cache_tensors cache_cues",
    "slice_clips": "train_model evaluate",
    "cache_tensors": "train_model train_spotter score_windows score_spotter",
    "find_score_bug": "cache_cues",
    "cache_cues": "score_excitement find_moments find_cuts check_labels read_scoreboard",
    "read_scoreboard": "select_highlights cut_highlights",
    "train_model": "pack_model-demo_classifier",
    "train_spotter": "pack_model-demo_spotter",
    "pack_model-demo_classifier": "score_windows",
    "pack_model-demo_spotter": "score_spotter",
    "score_windows": "evaluate",
    "score_excitement": "evaluate",
    "score_random": "evaluate",
    "score_spotter": "find_moments cut_highlights evaluate export_spotting",
    "find_moments": "find_cuts select_highlights",
    "find_cuts": "select_highlights",
    "select_highlights": "cut_highlights",
}
_CLASSIFIER, _SPOTTER, _FEATURES = "models.demo_classifier", "models.demo_spotter", "feature_sets.demo"
# Steps touched first -> key -> its changed value; of several values the first is the key's own.
GROUPS: dict[str, dict[str, Any]] = {
    "slice_clips train_model train_spotter score_random check_labels evaluate": {"seed": 7},
    "slice_clips train_spotter evaluate export_spotting": {"classes": ["Goal", "Shots on target"]},
    "render_game extract_audio slice_clips cache_tensors find_score_bug cache_cues train_model train_spotter find_cuts "
    "cut_highlights": {"ffmpeg": "system"},
    "cache_tensors cache_cues": {"hwaccel": "auto"},
    "find_moments find_cuts select_highlights cut_highlights": {"scorers.demo": "excitement"},
    "render_game": {
        "demo.seed": 2,
        "demo.difficulty": 0.4,
        "demo.event_rate": 19,
        "demo.minutes": 0.9,
        "demo.informative": "audio",
    },
    "slice_clips train_model": {"clips.before_seconds": 9, "clips.after_seconds": 4},
    "slice_clips": {
        "clips.overlap": "drop",
        "clips.labelled_every": 4,
        "clips.open_play_per_positive": 2,
        "clips.replays_per_positive": 1,
        "clips.crf": 30,
        "clips.preset": "fast",
    },
    "extract_audio": {"audio.sample_rate_hz": 8000},
    "download_weights cache_tensors": {f"{_FEATURES}.backbone": "mobilenet_v3_small"},
    "cache_tensors": {
        f"{_FEATURES}.frame_rate_fps": 4,
        f"{_FEATURES}.height": 96,
        f"{_FEATURES}.width": 96,
        f"{_FEATURES}.fit": "letterbox",
        f"{_FEATURES}.arithmetic": "bf16",
        f"{_FEATURES}.n_fft": 512,
        f"{_FEATURES}.hop_samples": 320,
        f"{_FEATURES}.num_mels": 32,
    },
    "cache_tensors-other train_model score_windows": {
        f"{_CLASSIFIER}.feature_set": "default",
        f"{_CLASSIFIER}.finetune": True,
    },
    "cache_tensors-other train_spotter score_spotter": {
        f"{_SPOTTER}.feature_set": "default",
        f"{_SPOTTER}.finetune": True,
    },
    "pack_model-demo_classifier": {f"{_CLASSIFIER}.checkpoint": "last"},
    "pack_model-demo_spotter": {f"{_SPOTTER}.checkpoint": "last"},
    "train_model score_windows": {
        f"{_CLASSIFIER}.window_before_seconds": 2,
        f"{_CLASSIFIER}.window_after_seconds": 1,
    },
    "score_windows": {f"{_CLASSIFIER}.stride_seconds": 2},
    "train_model": {
        f"{_CLASSIFIER}.{key}": value
        for key, value in {
            "keep": "all",
            "video_hidden": 8,
            "audio_hidden": 8,
            "hidden": 16,
            "dropout": 0.4,
            "pooling": "mean",
            "batch_size": 8,
            "micro_batch_size": 2,
            "learning_rate": 0.002,
            "weight_decay": 0.01,
            "epochs": 3,
            "plateau_factor": 0.4,
            "plateau_patience": 2,
            "positive_weight": 2,
            "free_per_positive": 1,
            "jitter_seconds": 1,
            "spec_augment": False,
            "feature_noise": 0.2,
            "modality_dropout": 0.1,
            "mixed_precision": False,
        }.items()
    },
    "train_spotter score_spotter": {f"{_SPOTTER}.modalities": "video"},
    "train_spotter": {
        **{
            f"{_SPOTTER}.{key}": value
            for key, value in {
                "keep": "all",
                "backbone_rate": 0.2,
                "judged_parts": 8,
                "temporal": "transformer",
                "hidden": 32,
                "layers": 2,
                "dropout": 0.3,
                "window_seconds": 24,
                "windows_per_epoch": 16,
                "batch_size": 2,
                "micro_batch_size": 2,
                "learning_rate": 0.01,
                "weight_decay": 0.1,
                "warmup_share": 0.2,
                "epochs": 3,
                "focal_gamma": 1,
                "positive_weight": 4,
                "dilation_seconds": 0.8,
                "event_share": 0.4,
                "replay_share": 0.2,
                "hard_share": 0.2,
                "mine_every": 1,
                "mixup": 0.1,
                "ema_decay": 0.9,
                "spec_augment": False,
                "feature_noise": 0.2,
                "modality_dropout": 0.1,
                "mixed_precision": False,
            }.items()
        },
        "spotting.calibration_beta": 1,
    },
    "score_windows score_excitement score_random": {
        "scoring.window_seconds": 12,
        "scoring.stride_seconds": 2,
    },
    "find_moments evaluate": {
        "spotting.threshold": 0.05,
        "spotting.before_seconds": 6,
        "spotting.after_seconds": 4,
        "selection.threshold": 0.4,
        "selection.merge_gap_seconds": 1,
        "selection.pad_before_seconds": 1,
        "selection.pad_after_seconds": 1,
    },
    "train_spotter find_moments evaluate export_spotting": {
        "spotting.nms": "hard",
        "spotting.nms_seconds": 4,
    },
    "train_spotter evaluate": {"spotting.calibration_seconds": 4},
    "cache_cues": {"excitement.grid_rate_fps": 1, "scoreboard.read": False},
    "score_excitement check_labels": {
        "excitement.loudness_mean_seconds": 3,
        "excitement.break_before_seconds": 8,
        "excitement.break_after_seconds": 15,
        "excitement.slope_mean_seconds": 3,
    },
    "score_excitement find_moments check_labels": {
        "excitement.wide_open_share": 0.5,
        "excitement.wide_body_share": 0.3,
    },
    "find_moments select_highlights": {"selection.max_share": 0.3},
    "find_moments select_highlights evaluate": {"selection.min_apart_seconds": 30},
    "select_highlights": {"reel.max_duration_seconds": 20, "reel.order": "importance"},
    "find_cuts select_highlights": {"reel.replays": 0, "reel.snap_seconds": 1},
    "select_highlights cut_highlights": {
        "reel.transition": "crossfade",
        "reel.transition_seconds": 0.4,
        "reel.title_card_seconds": 2,
    },
    "cut_highlights": {
        "reel.language": "ko",
        "reel.lower_third_seconds": 3,
        "reel.height": 96,
        "reel.encoder": "libx264",
        "reel.crf": 30,
        "reel.preset": "fast",
        "reel.audio_bitrate_kbps": 96,
        "reel.fade_seconds": 0.1,
        "reel.loudness_lufs": None,
        "reel.peak_dbtp": -2,
        "reel.lossless": True,
        "reel.exports": ["otio"],
        "reel.export_timecode": "zero",
        # The page says what a scorer was trained on; the tiny league has no local game, so it learns the same.
        f"{_SPOTTER}.trains_on": ["demo", "local"],
    },
    "evaluate": {
        "evaluation.compare": [],
        "evaluation.tolerances_seconds": [5],
        "evaluation.time_share": 0.3,
        "evaluation.reel_minutes": [1],
        "evaluation.bootstrap_samples": 500,
    },
    "evaluate export_spotting": {"evaluation.split": "valid"},
    "check_labels": {"evaluation.max_label_shift_seconds": 9},
    # Nothing here is made with these, or what they name holds the same.
    "": {
        "games_table": "same.tsv",
        "scorers.local": "random",
        "scorers.soccernet": "excitement",
        "download.source": "EXRCSDrive",
        "download.resolution": "720p",
        "download.weights_url": "https://weights.example/{name}",
        "download.attempts": 9,
        "download.min_part_minutes": 1,
        f"{_CLASSIFIER}.trains_on": ["demo", "local"],
        "models.spotter.learning_rate": 0.01,
        "models.clip_classifier.learning_rate": 0.01,
        "feature_sets.default.height": 96,
        "vertical.height": 640,
        "vertical.smoothing_seconds": 2,
        "evaluation.sources": ["demo", "local"],
        "ablation.variants": "other.yaml",
        "ablation.difficulties": [0.5],
        "ablation.seeds": [1],
        "ablation.random_weights": True,
    },
}
# Keys that have no second value of their own: a model's kind comes with its other keys.
FIXED = {"models.<clip_classifier>.kind", "models.<spotter>.kind"}
# Keys that are given only together.
TOGETHER = [{f"{_CLASSIFIER}.window_before_seconds", f"{_CLASSIFIER}.window_after_seconds"}]
# Rows that make other jobs than those that there were: compared by step, not job by job.
RESTRUCTURED = (
    "feature_set",
    "finetune",
    "evaluation.split",
    "scorers.demo",
    "backbone",
    "classifier.window",
)
# What a step reads only in other set-ups than this one; the page names it all the same.
CONDITIONAL = {
    "models.<clip_classifier>.trains_on": {"train_model"},
    "models.<spotter>.trains_on": {"train_spotter"},
    "evaluation.sources": {"evaluate", "export_spotting"},
    "evaluation.split": set(),
    "reel.max_duration_seconds": {"find_cuts"},
}
# What a change makes for the first time, beside what it makes anew: another split's games are scored for it.
MADE_BESIDE = {"evaluation.split": {"score_spotter", "score_windows", "score_excitement", "score_random"}}

# What a change no longer makes.
UNMADE = {"scoreboard.read": {"read_scoreboard"}}


def changes_of(key: str) -> dict[str, Any]:
    """The overlay of the config that changes a key."""
    values = {path: value for held in GROUPS.values() for path, value in held.items()}
    keys = next((group for group in TOGETHER if key in group), {key})
    overlay: dict[str, Any] = {}
    for path in keys:
        *above, last = path.split(".")
        node = overlay
        for word in above:
            node = node.setdefault(word, {})
        node[last] = values[path]
    return overlay


def closure(first: Iterable[str]) -> set[str]:
    """These steps and all that read their results, directly or not."""
    found, waiting = set[str](), list(first)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting.extend(FEEDS.get(step, "").split())
    return found


ROWS = {key: first.split() for first, held in GROUPS.items() for key in held}
# The rows of `make test`: a key of every fifth group.
SHORT_ROWS = {next(iter(keys)) for keys in list(GROUPS.values())[::5]}
