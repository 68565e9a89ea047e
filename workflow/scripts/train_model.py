"""Train a model on cached features, or end to end on the sliced clips."""

from matchreel.step import run_step
from matchreel.training.step import train_model

if __name__ == "__main__":
    run_step(train_model)
