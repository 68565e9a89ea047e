"""Step: fetch one part of one SoccerNet game, verified."""

from matchreel.soccernet import download_game
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(download_game)
