"""Find the moments that a game's reel may be made of."""

from matchreel.moments import find_moments
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(find_moments)
