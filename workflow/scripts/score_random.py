"""Score every window of one part at random, for comparison."""

from matchreel.random_scores import score_random
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(score_random)
