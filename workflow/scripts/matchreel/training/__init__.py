"""Training of the clip classifier: settings, loop, resuming, reports and the step itself."""

from matchreel.training.step import train_model

__all__ = ["train_model"]
