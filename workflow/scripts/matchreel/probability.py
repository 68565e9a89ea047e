"""From logits to probabilities: only where moments are chosen."""

from __future__ import annotations

import numpy as np

from matchreel.records import Float64, Scores


def probabilities(scores: Scores) -> Float64:
    """(N, K) sigmoid of the logits."""
    return 1 / (1 + np.exp(-scores.logits.astype(np.float64)))
