"""Many dry runs from one process: Snakemake and the workflow's modules load once, each run is a fork of it.

    python -m support.dry_runs REQUESTS.json

REQUESTS.json holds a list of {"arguments": [...], "record": path, "console": path}: Snakemake's own command line,
the file that the recorder plugin writes, and where the run's words go. Runs one after the other, each in a process
of its own, as a user's would be; prints the exit codes as JSON. A run of its own takes four times as long, nearly
all of it to import and to digest the steps' code again.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from snakemake.cli import main as snakemake_main

# What the Snakefile imports, so that forks find it loaded; and the facts of all modules, which digests are made of.
from matchreel.ablation import variants as _variants  # noqa: F401
from matchreel.config import checked_config as _checked_config  # noqa: F401
from matchreel.games import load_games as _load_games  # noqa: F401
from matchreel.provenance import code_digest


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
    console = os.open(request["console"], os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(console, 1)
    os.dup2(console, 2)
    os.environ["MATCHREEL_RECORD"] = request["record"]
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
    """Run all requests."""
    requests = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    warm(Path(__file__).resolve().parents[2] / "workflow/scripts")
    print(json.dumps([forked(request) for request in requests]))


if __name__ == "__main__":
    main()
