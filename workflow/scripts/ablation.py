"""Run demo leagues with one thing changed at a time, and say what each choice is worth."""

from matchreel.ablation.step import ablation
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(ablation)
