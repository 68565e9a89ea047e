"""Score every window of one part without training."""

from matchreel.excitement import score_excitement
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(score_excitement)
