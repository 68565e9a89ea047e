"""Read clock, score and teams of one part from its score bug."""

from matchreel.scoreboard.read_step import read_scoreboard
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(read_scoreboard)
