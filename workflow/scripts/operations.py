"""Step: see matchreel.operations."""

from matchreel.operations import operations
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(operations)
