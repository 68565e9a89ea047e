"""Step: render one synthetic game in SoccerNet's layout."""

from matchreel.step import run_step
from matchreel.synthetic import render_game

if __name__ == "__main__":
    run_step(render_game)
