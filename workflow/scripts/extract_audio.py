"""Write one part's sound as a mono WAV on the video's clock."""

from matchreel.media.audio import extract_audio
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(extract_audio)
