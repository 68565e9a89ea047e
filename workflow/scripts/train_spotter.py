"""Step train_spotter: train a spotter on cached features and labels; go on where a killed run stopped."""

from matchreel.step import run_step
from matchreel.training.spotter.step import train_spotter

if __name__ == "__main__":
    run_step(train_spotter)
