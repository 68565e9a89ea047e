"""config.yaml, parsed and validated once at the top of the Snakefile; closed: an unknown key is an error.

STEP_SETTINGS says which config values each step gets, and so what a config change reruns.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from matchreel.errors import ConfigError
from matchreel.labels import LABELS

UNTRAINED_SCORERS = ("excitement", "random")

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
# Step -> parameter of its function -> config key. {feature_set} and {model} are filled from the wildcards.
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
        "window_before_seconds": "clips.before_seconds",
        "window_after_seconds": "clips.after_seconds",
    },
    "pack_model": {},
    "score_windows": {
        "window_seconds": "scoring.window_seconds",
        "stride_seconds": "scoring.stride_seconds",
    },
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
    "select_highlights": {
        "threshold": "selection.threshold",
        "max_share": "selection.max_share",
        "min_apart_seconds": "selection.min_apart_seconds",
        "merge_gap_seconds": "selection.merge_gap_seconds",
        "pad_before_seconds": "selection.pad_before_seconds",
        "pad_after_seconds": "selection.pad_after_seconds",
        "max_duration_seconds": "reel.max_duration_seconds",
    },
    "cut_highlights": {
        "height": "reel.height",
        "crf": "reel.crf",
        "preset": "reel.preset",
        "audio_bitrate_kbps": "reel.audio_bitrate_kbps",
        "fade_seconds": "reel.fade_seconds",
        "ffmpeg": "ffmpeg",
    },
    "evaluate": {
        "seed": "seed",
        "classes": "classes",
        "threshold": "selection.threshold",
        "tolerances_seconds": "evaluation.tolerances_seconds",
        "time_share": "evaluation.time_share",
        "bootstrap_samples": "evaluation.bootstrap_samples",
    },
    "check_labels": {
        **_CUE_CONSTANTS,
        "seed": "seed",
        "max_label_shift_seconds": "evaluation.max_label_shift_seconds",
    },
}


def checked_config(raw: Mapping[str, Any], *, schema_path: Path) -> dict[str, Any]:
    """The config as plain values, or ConfigError naming the first key that is wrong."""
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    config: dict[str, Any] = json.loads(json.dumps(raw))
    errors = sorted(Draft202012Validator(schema).iter_errors(config), key=lambda error: list(error.path))
    if errors:
        raise _as_config_error(errors[0])
    _check_across_keys(config)
    return config


def step_settings(config: Mapping[str, Any], step: str, **wildcards: str) -> str:
    """The JSON that a step gets as --settings: only its own keys, in the table's order."""
    held = {name: _look_up(config, path.format(**wildcards)) for name, path in STEP_SETTINGS[step].items()}
    return json.dumps(held, ensure_ascii=False)


def prepare_environment(steps_dir: Path) -> None:
    """What every step finds: `python` of this environment (under conda the env's own), steps by module name.

    A step's files must not depend on the locale or the hash seed of the machine it runs on.
    """
    for name, folder in (("PATH", Path(sys.executable).parent), ("PYTHONPATH", steps_dir)):
        held = [entry for entry in os.environ.get(name, "").split(os.pathsep) if entry]
        os.environ[name] = os.pathsep.join([str(folder), *(entry for entry in held if entry != str(folder))])
    os.environ.update(PYTHONHASHSEED="0", PYTHONUTF8="1")


def columns_per_step(feature_set: Mapping[str, Any], *, sample_rate_hz: int) -> Fraction:
    """Log-mel columns per grid step; usable only where whole."""
    rate = Fraction(str(feature_set["frame_rate_fps"]))
    return Fraction(sample_rate_hz, feature_set["hop_samples"]) / rate


def _look_up(config: Mapping[str, Any], path: str) -> Any:
    value: Any = config
    for word in path.split("."):
        value = value[word]
    return value


def _as_config_error(error: ValidationError) -> ConfigError:
    where = ".".join(map(str, error.path)) or "the top level"
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        known = set(schema.get("properties", {}))
        unknown = sorted(set(error.instance) - known)  # type: ignore[arg-type]
        what = f"unknown key {', '.join(repr(key) for key in unknown)}"
        return ConfigError(what, where=f"config, {where}", remedy=f"Known here: {', '.join(sorted(known))}")
    remedy = "See config/README.md for what this key may hold"
    if isinstance(error.instance, str) and error.validator in ("type", "anyOf", "oneOf"):
        remedy = f"{error.instance!r} is text here: write a number plainly (0.001, not 1e-3), without quotes"
    return ConfigError(error.message, where=f"config, {where}", remedy=remedy)


def _check_across_keys(config: Mapping[str, Any]) -> None:
    for name in config["classes"]:
        if name not in LABELS:
            raise ConfigError(
                f"{name!r} is not a SoccerNet label",
                where="config, classes",
                remedy=f"Choose from: {', '.join(LABELS)}",
            )
    for name, feature_set in config["feature_sets"].items():
        columns = columns_per_step(feature_set, sample_rate_hz=config["audio"]["sample_rate_hz"])
        if columns.denominator != 1:
            raise ConfigError(
                f"{float(columns):.3f} log-mel columns per grid step is not a whole number",
                where=f"config, feature_sets.{name}",
                remedy="Choose hop_samples so that sample_rate_hz / hop_samples / frame_rate_fps is whole",
            )
    _check_names(config)


def _check_names(config: Mapping[str, Any]) -> None:
    models, feature_sets = set(config["models"]), set(config["feature_sets"])
    for name in (models | feature_sets) & {*UNTRAINED_SCORERS, "cues"}:
        raise ConfigError(
            "this name is taken", where=f"config, {name}", remedy="Give your model or feature set another"
        )
    for name, model in config["models"].items():
        if model["feature_set"] not in feature_sets:
            raise ConfigError(
                f"there is no feature set {model['feature_set']!r}",
                where=f"config, models.{name}.feature_set",
                remedy=f"Choose from: {', '.join(sorted(feature_sets))}",
            )
    for source, scorer in config["scorers"].items():
        if scorer not in models and scorer not in UNTRAINED_SCORERS:
            raise ConfigError(
                f"there is no scorer {scorer!r}",
                where=f"config, scorers.{source}",
                remedy=f"Choose from: {', '.join(sorted(models | set(UNTRAINED_SCORERS)))}",
            )
