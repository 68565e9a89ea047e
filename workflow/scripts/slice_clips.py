"""Step slice_clips: cut the labelled training clips of one part."""

from matchreel.clips import slice_clips
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(slice_clips)
