"""Checkpoints and model files: one safetensors file, weights and in its header where they come from."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from safetensors.torch import save as as_safetensors
from torch import nn

from matchreel.backbones import TENSOR_PREFIX, check_finite_weights
from matchreel.checksums import BLANK_MARK, MARK_KEY, check_whole, seal, written_readable
from matchreel.errors import DamagedError, InputError
from matchreel.kinds import UNREADABLE, check_kinds
from matchreel.provenance import versions

_HEADER_KEY = "matchreel"
_Shape = TypeVar("_Shape")
_Network = TypeVar("_Network", bound=nn.Module)
_USE_OURS = "Use a .safetensors checkpoint that matchreel wrote (best, last, an epoch or a packed model)"
_COPY_AGAIN = "Copy it again from where it came from, or train the model again"
_PACKAGES = ("torch", "torchvision", "torchaudio", "numpy")


@dataclass(frozen=True)
class ModelFile:
    """A trained model. state: tensors by name; those of a fine-tuned backbone begin with `backbone.`.

    kind says which network it is, shape what decides that network's layers. thresholds: a probability per
    class from which its finds are held for true; empty where none was calibrated. feature_set: the values the
    shards were made with, and the digest of the backbone's weights. splits: game -> train or valid. epoch
    counts from 1. settings: the training's config values.
    """

    model_name: str
    kind: str
    classes: tuple[str, ...]
    thresholds: tuple[float, ...]
    shape: Mapping[str, Any]
    feature_set: Mapping[str, Any]
    window_before_seconds: float
    window_after_seconds: float
    splits: Mapping[str, str]
    epoch: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    state: Mapping[str, torch.Tensor]

    @property
    def trained_on(self) -> tuple[str, ...]:
        """Games that the weights or their choice have seen."""
        return tuple(sorted(self.splits))

    @property
    def window_seconds(self) -> float:
        """Length of the windows it was trained on."""
        return self.window_before_seconds + self.window_after_seconds

    def check_kind(self, kind: str, path: Path) -> None:
        """InputError where the file read from path holds another kind of network."""
        if self.kind != kind:
            remedy = f"Name a {kind}'s file, or change the kind of this model in the config"
            raise InputError(f"this model is a {self.kind}, not a {kind}", where=path, remedy=remedy)

    def network(
        self,
        network_class: Callable[[_Shape], _Network],
        shape_class: type[_Shape],
        *,
        largest: Mapping[str, int],
        path: Path,
    ) -> _Network:
        """The network in evaluation mode; InputError where its shape is none, or its weights do not fit.

        largest: up to where each size of the shape may go. Memory and time follow from them, and a header of
        a few bytes could ask for more than there is.
        """
        try:
            shape = shape_class(**self.shape)
            check_kinds(shape)
            for name, limit in largest.items():
                if not 1 <= getattr(shape, name) <= limit:
                    raise ValueError(f"its {name} is not from 1 to {limit}")
            network = network_class(shape)
        except (TypeError, ValueError) as error:
            raise _refused(path, f"its shape is none of a {self.kind} ({str(error)[:120]})") from error
        self.fill(network, path)
        return network

    def fill(self, network: nn.Module, path: Path) -> None:
        """Put the weights into a network, in evaluation mode; InputError naming path if they do not fit."""
        own = {key: value for key, value in self.state.items() if not key.startswith(TENSOR_PREFIX)}
        try:
            network.load_state_dict(own)
        except RuntimeError as error:
            raise _refused(path, f"its weights do not fit its shape ({str(error)[:120]})") from error
        network.eval()

    def check_numbers(self, path: Path) -> None:
        """InputError where a weight or a threshold of the file read from path is NaN or infinite."""
        check_finite_weights(self.state, path)
        if not all(math.isfinite(threshold) for threshold in self.thresholds):
            raise _refused(path, "one of its thresholds is NaN or infinite")

    def renamed(self, model_name: str) -> ModelFile:
        """The same model under another name."""
        return replace(self, model_name=model_name)

    def save(self, path: Path) -> None:
        """Write one safetensors file; the same model gives the same bytes."""
        facts = {key: value for key, value in _facts(self).items() if key != "state"}
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in sorted(self.state.items())}
        with written_readable(path, ModelFile.load) as temporary:
            header = {_HEADER_KEY: json.dumps({MARK_KEY: BLANK_MARK, **facts}, sort_keys=True)}
            temporary.write_bytes(as_safetensors(tensors, metadata=header))
            seal(temporary)

    @classmethod
    def load(cls, path: Path, *, aside: Path | None = None) -> ModelFile:
        """Read what save wrote; InputError for anything else. Never runs code from the file.

        aside: the folder that is made anew where the file is damaged, if it is not made alone.
        """
        if not path.is_file():
            raise FileNotFoundError(2, "no such file", str(path))
        check_whole(path, aside=aside, remedy=_COPY_AGAIN)
        try:
            with safe_open(path, framework="pt") as held:
                facts = json.loads((held.metadata() or {})[_HEADER_KEY])
            facts.pop(MARK_KEY, None)
            facts |= {key: tuple(facts[key]) for key in ("classes", "thresholds")}
            model = cls(**facts, state=load_file(path))
            check_kinds(model)
        except SafetensorError as error:
            what = f"this is not a safetensors file ({error})"
            raise DamagedError(what, path=path, aside=aside, remedy=_USE_OURS) from error
        except (*UNREADABLE, RuntimeError) as error:
            raise _refused(path, f"this is not a matchreel model ({str(error)[:160]})") from error
        model.check_numbers(path)
        return model


def _facts(model: ModelFile) -> dict[str, Any]:
    """The fields without copying the tensors."""
    return asdict(replace(model, state={}))


def installed_versions() -> dict[str, str]:
    """Versions that a checkpoint records."""
    return versions(*_PACKAGES)


def _refused(path: Path, what: str) -> InputError:
    return InputError(what, where=path, remedy=_USE_OURS)
