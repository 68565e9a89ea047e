"""Cache the log-mel and the frame features of one part."""

from matchreel.step import run_step
from matchreel.features import cache_tensors

if __name__ == "__main__":
    run_step(cache_tensors)
