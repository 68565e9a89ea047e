"""config/ablation.yaml: which models differ in what, and which of them stand in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matchreel.errors import ConfigError

# Backbones whose weights come inside a package.
PACKAGED_BACKBONES = ("efficientnet_lite0",)
RANDOM_SUFFIX = "_random_weights"
_KEYS = {"judged", "models", "feature_sets", "tables"}


@dataclass(frozen=True)
class Comparison:
    """One table: a title, and model -> what it is in words; the first row is what the others are held to."""

    title: str
    rows: Mapping[str, str]

    @property
    def first(self) -> str:
        """The model of the first row."""
        return next(iter(self.rows))


@dataclass(frozen=True)
class Variants:
    """judged: the model that each league is made to evaluate, the others beside it. models and feature_sets:
    name -> like and changes.

    A model with checkpoint_of takes the weights of that other model and is not trained.
    """

    judged: str
    models: Mapping[str, Mapping[str, Any]]
    feature_sets: Mapping[str, Mapping[str, Any]]
    tables: tuple[Comparison, ...]

    @property
    def compared(self) -> list[str]:
        """Every model of any table but the judged one, each once."""
        names = dict.fromkeys(name for table in self.tables for name in table.rows)
        return [name for name in names if name != self.judged]

    def backbones_to_fetch(self) -> list[str]:
        """Backbones of its feature sets whose weights are a file."""
        named = [str(own["backbone"]) for own in self.feature_sets.values() if "backbone" in own]
        return [name for name in dict.fromkeys(named) if name not in PACKAGED_BACKBONES]


def load_variants(path: Path) -> Variants:
    """The file's variants; ConfigError naming what is wrong."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        if set(raw) != _KEYS:
            raise ValueError(f"it needs {', '.join(sorted(_KEYS))} and nothing else")
        if not raw["tables"] or not all(table["rows"] for table in raw["tables"]):
            raise ValueError("it needs a table, and rows in each")
        tables = tuple(
            Comparison(str(table["title"]), {str(name): str(words) for name, words in table["rows"].items()})
            for table in raw["tables"]
        )
        held = Variants(str(raw["judged"]), raw["models"], raw["feature_sets"], tables)
        unlike = [
            name for group in (held.models, held.feature_sets) for name in group if "like" not in group[name]
        ]
        unnamed = sorted(set(held.models) - set(held.compared))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, yaml.YAMLError) as error:
        raise ConfigError(
            f"this is not a list of variants ({error})",
            where=path,
            remedy="See the comments of the shipped one",
        ) from error
    if unlike or unnamed:
        what = f"{unlike[0]} is like nothing" if unlike else f"{unnamed[0]} stands in no table"
        raise ConfigError(what, where=path, remedy="Give each variant a `like` and a row of some table")
    return held


def overlay(
    variants: Variants, config: Mapping[str, Any], *, random_backbones: frozenset[str]
) -> dict[str, Any]:
    """The models, feature sets and evaluation that the variants add to a config.

    A feature set of a backbone with random weights has a name of its own, so that its features never serve
    for those of trained weights. ConfigError where a variant is like something that is not there.
    """
    feature_sets = {
        name: _like(config["feature_sets"], name, own) for name, own in variants.feature_sets.items()
    }
    renamed = {
        name: name + RANDOM_SUFFIX
        for name, own in feature_sets.items()
        if own["backbone"] in random_backbones
    }
    models: dict[str, dict[str, Any]] = {}
    for name, own in variants.models.items():
        changes = dict(own)
        if "checkpoint_of" in changes:
            changes["checkpoint"] = f"results/models/{changes.pop('checkpoint_of')}/model.safetensors"
        model = _like({**config["models"], **models}, name, changes)
        models[name] = model | {"feature_set": renamed.get(model["feature_set"], model["feature_set"])}
    return {
        "feature_sets": {renamed.get(name, name): own for name, own in feature_sets.items()},
        "models": models,
        "evaluation": {**config["evaluation"], "compare": variants.compared},
    }


def random_models(
    variants: Variants, config: Mapping[str, Any], *, random_backbones: frozenset[str]
) -> set[str]:
    """The models that see a backbone of random weights."""
    models = overlay(variants, config, random_backbones=random_backbones)["models"]
    return {name for name, own in models.items() if own["feature_set"].endswith(RANDOM_SUFFIX)}


def _like(held: Mapping[str, Any], name: str, own: Mapping[str, Any]) -> dict[str, Any]:
    if own["like"] not in held:
        raise ConfigError(
            f"{name} is like {own['like']!r}, which is not there",
            where="ablation.variants",
            remedy=f"Choose from: {', '.join(held)}",
        )
    return {**held[own["like"]], **{key: value for key, value in own.items() if key != "like"}}
