"""Step: fetch one SoccerNet game's labels."""

from matchreel.soccernet import download_labels
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(download_labels)
