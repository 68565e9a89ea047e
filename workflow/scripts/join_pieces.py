"""Step join_pieces: the recording of a part that was given in several files, as one."""

from matchreel.media.part_files import join_pieces
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(join_pieces)
