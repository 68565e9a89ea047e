"""Which config values each step gets, and so what a config change reruns. No step imports this."""

from __future__ import annotations

# How cues are smoothed and compared, for the steps that read them.
_CUE_CONSTANTS = {
    key: f"excitement.{key}"
    for key in (
        "loudness_mean_seconds",
        "break_before_seconds",
        "break_after_seconds",
        "slope_mean_seconds",
        "wide_open_share",
        "wide_body_share",
    )
}
_FINDING = {
    "spot_threshold": "spotting.threshold",
    "spot_before_seconds": "spotting.before_seconds",
    "spot_after_seconds": "spotting.after_seconds",
    "nms": "spotting.nms",
    "nms_seconds": "spotting.nms_seconds",
}

# Step -> parameter of its function -> config key. {feature_set} and {model} are filled from the wildcards.
# "one|other": the other where the first is null.
STEP_SETTINGS: dict[str, dict[str, str]] = {
    "render_game": {
        "league_seed": "demo.seed",
        "difficulty": "demo.difficulty",
        "event_rate": "demo.event_rate",
        "minutes": "demo.minutes",
        "informative": "demo.informative",
        "ffmpeg": "ffmpeg",
    },
    "download_labels": {
        "source": "download.source",
        "attempts": "download.attempts",
    },
    "download_game": {
        "source": "download.source",
        "resolution": "download.resolution",
        "attempts": "download.attempts",
        "min_part_minutes": "download.min_part_minutes",
    },
    "probe_media": {},
    "extract_audio": {"sample_rate_hz": "audio.sample_rate_hz", "ffmpeg": "ffmpeg"},
    "slice_clips": {
        "seed": "seed",
        "classes": "classes",
        "before_seconds": "clips.before_seconds",
        "after_seconds": "clips.after_seconds",
        "overlap": "clips.overlap",
        "labelled_every": "clips.labelled_every",
        "open_play_per_positive": "clips.open_play_per_positive",
        "replays_per_positive": "clips.replays_per_positive",
        "crf": "clips.crf",
        "preset": "clips.preset",
        "ffmpeg": "ffmpeg",
    },
    "cache_tensors": {
        **{
            key: f"feature_sets.{{feature_set}}.{key}"
            for key in (
                "backbone",
                "frame_rate_fps",
                "height",
                "width",
                "fit",
                "n_fft",
                "hop_samples",
                "num_mels",
            )
        },
        "ffmpeg": "ffmpeg",
    },
    "download_weights": {"attempts": "download.attempts", "url": "download.weights_url"},
    "cache_cues": {"grid_rate_fps": "excitement.grid_rate_fps", "ffmpeg": "ffmpeg"},
    "train_model": {
        **{
            key: f"models.{{model}}.{key}"
            for key in (
                "kind",
                "keep",
                "finetune",
                "video_hidden",
                "audio_hidden",
                "hidden",
                "dropout",
                "pooling",
                "batch_size",
                "micro_batch_size",
                "learning_rate",
                "weight_decay",
                "epochs",
                "plateau_factor",
                "plateau_patience",
                "positive_weight",
                "free_per_positive",
                "jitter_seconds",
                "spec_augment",
                "feature_noise",
                "modality_dropout",
                "mixed_precision",
            )
        },
        "seed": "seed",
        "ffmpeg": "ffmpeg",
        "window_before_seconds": "models.{model}.window_before_seconds|clips.before_seconds",
        "window_after_seconds": "models.{model}.window_after_seconds|clips.after_seconds",
    },
    "train_spotter": {
        **{
            key: f"models.{{model}}.{key}"
            for key in (
                "kind",
                "keep",
                "finetune",
                "backbone_rate",
                "judged_parts",
                "modalities",
                "temporal",
                "hidden",
                "layers",
                "dropout",
                "window_seconds",
                "windows_per_epoch",
                "batch_size",
                "micro_batch_size",
                "learning_rate",
                "weight_decay",
                "warmup_share",
                "epochs",
                "focal_gamma",
                "positive_weight",
                "dilation_seconds",
                "event_share",
                "replay_share",
                "hard_share",
                "mine_every",
                "mixup",
                "ema_decay",
                "spec_augment",
                "feature_noise",
                "modality_dropout",
                "mixed_precision",
            )
        },
        "seed": "seed",
        "ffmpeg": "ffmpeg",
        "classes": "classes",
        "nms": "spotting.nms",
        "nms_seconds": "spotting.nms_seconds",
        "calibration_seconds": "spotting.calibration_seconds",
        "calibration_beta": "spotting.calibration_beta",
    },
    "pack_model": {},
    "score_windows": {
        # What its window is in all: rules/common.smk adds a model's own before and after.
        "window_seconds": "scoring.window_seconds",
        "stride_seconds": "models.{model}.stride_seconds|scoring.stride_seconds",
    },
    "score_spotter": {"modalities": "models.{model}.modalities"},
    "score_excitement": {
        **_CUE_CONSTANTS,
        "window_seconds": "scoring.window_seconds",
        "stride_seconds": "scoring.stride_seconds",
    },
    "find_kickoff": {
        "wide_open_share": "excitement.wide_open_share",
        "wide_body_share": "excitement.wide_body_share",
    },
    "score_random": {
        "seed": "seed",
        "window_seconds": "scoring.window_seconds",
        "stride_seconds": "scoring.stride_seconds",
    },
    "find_moments": {
        "threshold": "selection.threshold",
        **_FINDING,
        "max_share": "selection.max_share",
        "min_apart_seconds": "selection.min_apart_seconds",
        "merge_gap_seconds": "selection.merge_gap_seconds",
        "pad_before_seconds": "selection.pad_before_seconds",
        "pad_after_seconds": "selection.pad_after_seconds",
    },
    "select_highlights": {
        "max_duration_seconds": "reel.max_duration_seconds",
        "max_share": "selection.max_share",
        "min_apart_seconds": "selection.min_apart_seconds",
        "order": "reel.order",
        "transition": "reel.transition",
        "transition_seconds": "reel.transition_seconds",
        "title_card_seconds": "reel.title_card_seconds",
    },
    "cut_highlights": {
        "height": "reel.height",
        "crf": "reel.crf",
        "preset": "reel.preset",
        "audio_bitrate_kbps": "reel.audio_bitrate_kbps",
        "fade_seconds": "reel.fade_seconds",
        "encoder": "reel.encoder",
        "transition": "reel.transition",
        "transition_seconds": "reel.transition_seconds",
        "language": "reel.language",
        "title_card_seconds": "reel.title_card_seconds",
        "lower_third_seconds": "reel.lower_third_seconds",
        "loudness_lufs": "reel.loudness_lufs",
        "peak_dbtp": "reel.peak_dbtp",
        "lossless": "reel.lossless",
        "exports": "reel.exports",
        "ffmpeg": "ffmpeg",
    },
    "check_labels": {
        **_CUE_CONSTANTS,
        "seed": "seed",
        "max_label_shift_seconds": "evaluation.max_label_shift_seconds",
    },
    "evaluate": {
        "seed": "seed",
        "classes": "classes",
        "threshold": "selection.threshold",
        **_FINDING,
        "calibration_seconds": "spotting.calibration_seconds",
        "min_apart_seconds": "selection.min_apart_seconds",
        "merge_gap_seconds": "selection.merge_gap_seconds",
        "pad_before_seconds": "selection.pad_before_seconds",
        "pad_after_seconds": "selection.pad_after_seconds",
        "tolerances_seconds": "evaluation.tolerances_seconds",
        "time_share": "evaluation.time_share",
        "reel_minutes": "evaluation.reel_minutes",
        "bootstrap_samples": "evaluation.bootstrap_samples",
    },
    "export_spotting": {
        "classes": "classes",
        "nms": "spotting.nms",
        "nms_seconds": "spotting.nms_seconds",
    },
    # What its leagues are made with, rules/common.smk adds as a whole.
    "ablation": {
        "seed": "seed",
        "difficulties": "ablation.difficulties",
        "seeds": "ablation.seeds",
        "random_weights": "ablation.random_weights",
    },
}
