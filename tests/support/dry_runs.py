"""Many runs of Snakemake from one process: it and the workflow's modules load once, each run is a fork of it.

    python -m support.dry_runs

Reads requests from standard input, one JSON object a line: {"arguments": [...], "folder": path, "environment":
{...}, "stdout": path, "stderr": path}: Snakemake's own command line, the run's folder, its whole environment and where
its words go. Runs one
after the other, each in a process of its own, as a user's would be; answers each with a line: its exit code. A run
without it takes four times as long, nearly all of it to import and to digest the steps' code again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from snakemake.cli import main as snakemake_main

# What the Snakefile imports, so that forks find it loaded; and the facts of all modules, which digests are made of.
from matchreel.ablation import variants as _variants  # noqa: F401
from matchreel.config import checked_config as _checked_config  # noqa: F401
from matchreel.games import load_games as _load_games  # noqa: F401
from matchreel.provenance import code_digest

# A run that takes longer is ended, and has failed.
LONGEST_SECONDS = 300


def warm(steps_dir: Path) -> None:
    """Read every step's code once."""
    for path in sorted(steps_dir.glob("*.py")):
        code_digest(path)


def forked(request: dict[str, Any]) -> int:
    """The exit code of one run."""
    child = os.fork()
    if not child:
        _become_snakemake(request)
    _pid, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _become_snakemake(request: dict[str, Any]) -> None:
    os.chdir(request["folder"])
    signal.alarm(LONGEST_SECONDS)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    for number, name in ((1, "stdout"), (2, "stderr")):
        # One file for both: their lines then come in the order in which they were written.
        os.dup2(os.open(request[name], os.O_CREAT | os.O_APPEND | os.O_WRONLY), number)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["snakemake", *request["arguments"]]
    code = 1
    try:
        snakemake_main()
        code = 0
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Serve until the input ends."""
    warm(Path(__file__).resolve().parents[2] / "workflow/scripts")
    for line in sys.stdin:
        print(forked(json.loads(line)), flush=True)


if __name__ == "__main__":
    main()
