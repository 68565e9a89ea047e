"""Find where the score bug of one part is."""

from matchreel.scoreboard.find_step import find_score_bug
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(find_score_bug)
