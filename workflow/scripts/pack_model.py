"""Pack the chosen checkpoint into one portable model file."""

from matchreel.packing import pack_model
from matchreel.step import run_step

if __name__ == "__main__":
    run_step(pack_model)
