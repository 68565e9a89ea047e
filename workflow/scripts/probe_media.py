"""Probe one part's recording: duration, rates, start times, streams, problems."""

from matchreel.media.probe import probe_media
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(probe_media)
