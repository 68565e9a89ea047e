"""Step find_kickoff: estimate when play starts in one part, for match minutes."""

from matchreel.kickoff import find_kickoff
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(find_kickoff)
