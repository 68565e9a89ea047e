"""Step prune: remove the caches of finished games."""

from matchreel.pruning import prune
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(prune)
