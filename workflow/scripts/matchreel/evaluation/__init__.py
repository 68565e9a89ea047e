"""How good a scorer is against labels, beside the scorers that need no training."""

from matchreel.evaluation.step import evaluate

__all__ = ["evaluate"]
