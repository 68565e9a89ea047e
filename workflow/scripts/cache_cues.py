"""Measure what needs no training in one part."""

from matchreel.cues import cache_cues
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(cache_cues)
