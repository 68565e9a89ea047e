"""Compare scores with labels, for a scorer and for the untrained ones."""

from matchreel.evaluation.step import evaluate
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(evaluate)
