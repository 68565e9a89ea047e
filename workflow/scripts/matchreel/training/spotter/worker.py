"""One of several training processes, started by torchrun with a file of arguments."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from pathlib import Path

import torch

from matchreel.errors import DamagedError, MatchreelError, from_memory_error, from_os_error
from matchreel.training.spotter.launch import FAILS, SAYS, read_arguments
from matchreel.training.spotter.step import train_spotter


def main(path: Path) -> None:
    """Take the GPU of this process's number, then train; one line for the launcher on failure."""
    rank = int(os.environ["LOCAL_RANK"])
    logging.basicConfig(
        level=logging.INFO if rank == 0 else logging.WARNING, format=f"{SAYS}%(message)s", stream=sys.stderr
    )
    threading.Thread(target=_end_with_the_launcher, daemon=True).start()
    if torch.cuda.is_available():
        torch.cuda.set_device(rank)
    try:
        train_spotter(**read_arguments(path))
    except MatchreelError as error:
        _fail(error)
    except OSError as error:
        _fail(from_os_error(error))
    except MemoryError:
        _fail(from_memory_error("train_spotter"))


def _fail(error: MatchreelError) -> None:
    facts = {"what": error.what, "where": error.where, "remedy": error.remedy}
    if isinstance(error, DamagedError):
        facts |= {"aside": str(error.aside)}
    sys.stderr.write(f"{FAILS}{json.dumps(facts)}\n")
    sys.stderr.flush()
    # At once: the group's other members may wait for this one, and it for them.
    os._exit(2)


def _end_with_the_launcher() -> None:
    """Its end of the pipe closes when it ends, even by SIGKILL."""
    # Unbuffered: Python's own stdin has a lock, which a thread must not hold when the process ends.
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
