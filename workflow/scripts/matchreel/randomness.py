"""Random generators made of (seed, words): no global state, the same on every machine."""

from __future__ import annotations

import hashlib
import json

import numpy as np


def generator(seed: int, *words: object) -> np.random.Generator:
    """A generator of its own for a seed and a purpose, e.g. generator(0, game, "clips")."""
    text = json.dumps([seed, *map(str, words)])
    digest = hashlib.sha256(text.encode()).digest()
    return np.random.default_rng(list(np.frombuffer(digest, dtype="<u4")))
