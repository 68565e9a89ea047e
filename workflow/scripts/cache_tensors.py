"""Cache the log-mel and the frame features of one part."""

from matchreel.features import cache_tensors
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(cache_tensors)
