"""Find where the score bug is in one part."""

from matchreel.scoreboard.bug import find_score_bug
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(find_score_bug)
