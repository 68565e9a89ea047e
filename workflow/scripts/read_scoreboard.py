"""Read clock, score and teams off the score bug of one part."""

from matchreel.scoreboard.reading import read_scoreboard
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(read_scoreboard)
