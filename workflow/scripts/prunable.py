"""Step prunable: list what prune would remove."""

from matchreel.pruning import prunable
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(prunable)
