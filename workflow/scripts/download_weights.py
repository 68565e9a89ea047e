"""Fetch a torchvision backbone's weights, checked."""

from matchreel.step import run_step
from matchreel.weights import download_weights

if __name__ == "__main__":
    run_step(download_weights)
