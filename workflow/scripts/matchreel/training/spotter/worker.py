"""One of several training processes, started by torchrun with a file of arguments."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import torch

from matchreel.errors import MatchreelError
from matchreel.training.spotter.launch import read_arguments
from matchreel.training.spotter.step import train_spotter

log = logging.getLogger("matchreel")


def main(path: Path) -> None:
    """Take the GPU of this process's number, then train; one line and status 2 on failure."""
    rank = int(os.environ["LOCAL_RANK"])
    logging.basicConfig(
        level=logging.INFO if rank == 0 else logging.WARNING, format="%(message)s", stream=sys.stderr
    )
    if torch.cuda.is_available():
        torch.cuda.set_device(rank % torch.cuda.device_count())
    try:
        train_spotter(**read_arguments(path))
    except MatchreelError as error:
        log.error("train_spotter: %s", error)
        sys.exit(2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
