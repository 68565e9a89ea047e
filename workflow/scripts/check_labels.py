"""Compare labels with sound and picture: which games look shifted."""

from matchreel.label_check import check_labels
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(check_labels)
