"""Write what a scorer finds as one zip file for SoccerNet's challenge servers."""

from matchreel.evaluation.export import export_spotting
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(export_spotting)
