"""Step score_spotter: a spotter's raw scores for every grid step of a part."""

from matchreel.spotter_scores import score_spotter
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(score_spotter)
