"""config.yaml, parsed and validated once at the top of the Snakefile; closed: an unknown key is an error.

step_settings.py says which config values each step gets, and so what a config change reruns.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from matchreel.addresses import check_addresses
from matchreel.errors import ConfigError
from matchreel.labels import LABELS
from matchreel.step_settings import STEP_SETTINGS

UNTRAINED_SCORERS = ("excitement", "random")
# Only the schema's pattern of paths speaks of it.
_BRACE = "{"


def with_defaults(given: Mapping[str, Any], *, defaults_path: Path) -> dict[str, Any]:
    """The shipped config with these values on top, merged as --configfile does it: only tables are merged."""
    defaults: dict[str, Any] = yaml.safe_load(defaults_path.read_text(encoding="utf-8"))
    return _merged(defaults, given)


def _merged(base: Mapping[str, Any], top: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in top.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def checked_config(raw: Mapping[str, Any], *, schema_path: Path) -> dict[str, Any]:
    """The config as plain values, or ConfigError naming the first key that is wrong."""
    schema = yaml.safe_load(schema_path.read_text(encoding="utf-8"))
    config: dict[str, Any] = json.loads(json.dumps(raw))
    _check_finite(config, where="config")
    check_addresses(config, where="config")
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

    A step's files must not depend on the locale or the hash seed of the machine it runs on, and nothing that
    this process starts imports a file of the working folder.
    """
    for name, folder in (("PATH", Path(sys.executable).parent), ("PYTHONPATH", steps_dir)):
        held = [entry for entry in os.environ.get(name, "").split(os.pathsep) if entry]
        os.environ[name] = os.pathsep.join([str(folder), *(entry for entry in held if entry != str(folder))])
    os.environ.update(PYTHONHASHSEED="0", PYTHONUTF8="1", PYTHONSAFEPATH="1")


def columns_per_step(feature_set: Mapping[str, Any], *, sample_rate_hz: int) -> Fraction:
    """Log-mel columns per grid step; usable only where whole."""
    rate = Fraction(str(feature_set["frame_rate_fps"]))
    return Fraction(sample_rate_hz, feature_set["hop_samples"]) / rate


def _look_up(config: Mapping[str, Any], path: str) -> Any:
    """The value of a key; of keys joined by "|" the first that is not null."""
    first, _, others = path.partition("|")
    value: Any = config
    for word in first.split("."):
        value = value[word]
    return _look_up(config, others) if value is None and others else value


def _check_finite(value: Any, *, where: str) -> None:
    """YAML has .inf and .nan, and a comparison with them passes any bound."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ConfigError(f"{value} is no number to work with", where=where, remedy="Give a finite number")
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, held in children:
        _check_finite(held, where=f"{where}, {key}" if where == "config" else f"{where}.{key}")


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
    if error.validator == "pattern" and _BRACE in str(error.validator_value):
        what = f"{error.instance!r} cannot be used as a path"
        remedy = "Give the file a name without braces, line breaks and control signs"
        return ConfigError(what, where=f"config, {where}", remedy=remedy)
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
    for name in (models | feature_sets) & {*UNTRAINED_SCORERS, "cues", "bursts"}:
        raise ConfigError(
            "this name is taken", where=f"config, {name}", remedy="Give your model or feature set another"
        )
    for name in sorted(models & feature_sets):
        raise ConfigError(
            f"a model and a feature set are both named {name!r}: their features would be one folder",
            where=f"config, models.{name} and feature_sets.{name}",
            remedy="Give one of them another name, and the model its feature_set",
        )
    for name, model in config["models"].items():
        if model["feature_set"] not in feature_sets:
            raise ConfigError(
                f"there is no feature set {model['feature_set']!r}",
                where=f"config, models.{name}.feature_set",
                remedy=f"Choose from: {', '.join(sorted(feature_sets))}",
            )
        _check_own_windows(name, model)
        shares = model.get("hard_share", 0) + model.get("replay_share", 0)
        if shares > 1:
            raise ConfigError(
                f"hard_share and replay_share are {shares:g} together, more than all windows",
                where=f"config, models.{name}",
                remedy="Lower one of them: they are shares of the windows that lie around no event",
            )
    for name in config["evaluation"]["compare"]:
        if name not in models:
            raise ConfigError(
                f"there is no model {name!r}",
                where="config, evaluation.compare",
                remedy=f"Choose from: {', '.join(sorted(models))}",
            )
    for source, scorer in config["scorers"].items():
        if scorer not in models and scorer not in UNTRAINED_SCORERS:
            raise ConfigError(
                f"there is no scorer {scorer!r}",
                where=f"config, scorers.{source}",
                remedy=f"Choose from: {', '.join(sorted(models | set(UNTRAINED_SCORERS)))}",
            )


def _check_own_windows(name: str, model: Mapping[str, Any]) -> None:
    """A classifier's own windows have two ends, and are read from cached features."""
    ends = [model.get(f"window_{end}_seconds") for end in ("before", "after")]
    if ends == [None, None]:
        return
    if None in ends:
        what, remedy = (
            "a window of its own has two ends",
            "Give both window_before_seconds and window_after_seconds",
        )
    elif model["finetune"]:
        what, remedy = "fine-tuning reads whole training clips", "Set both to null, or finetune to false"
    else:
        return
    raise ConfigError(what, where=f"config, models.{name}.window_before_seconds", remedy=remedy)
