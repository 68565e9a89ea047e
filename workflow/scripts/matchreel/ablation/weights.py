"""Weights that have learnt nothing, for a backbone whose trained ones cannot be had."""

from __future__ import annotations

import io
from pathlib import Path

import torch

from matchreel.provenance import written_whole
from matchreel.randomness import generator
from matchreel.torch_shim import import_torchvision
from matchreel.weights import default_weights, torchvision_name


def save_random_weights(name: str, path: Path, *, seed: int) -> None:
    """Write weights of a torchvision backbone drawn from (seed, name); ConfigError for an unknown one."""
    default_weights(name)  # refuses what torchvision does not list
    torch.manual_seed(int(generator(seed, "random weights", name).integers(2**31)))
    state = import_torchvision().models.get_model(torchvision_name(name), weights=None).state_dict()
    held = io.BytesIO()  # torch.save would write the file's own name into it
    torch.save(dict(state), held)
    with written_whole(path) as temporary:
        temporary.write_bytes(held.getvalue())
