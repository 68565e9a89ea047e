"""How our commands run Snakemake: a moving progress display in a terminal, else a line per finished step."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PLUGINS = "snakemake_logger_plugin_"
# Steps then write warnings and errors only to the console; their logs hold all.
_QUIET_STEPS = {"MATCHREEL_CONSOLE": "warning"}
# `python -m` would import files of the working folder, which is the user's, before installed modules.
_SAFE_PATH = {"PYTHONSAFEPATH": "1"}


def run_targets(targets: Sequence[str], *, cores: int, options: Sequence[str] = ()) -> int:
    """Make the targets in the working directory; Snakemake's exit status."""
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *options]
    command += ["--snakefile", str(ROOT / "Snakefile"), *logger_options(is_terminal=sys.stderr.isatty())]
    scripts = str(ROOT / "workflow/scripts")
    held = [entry for entry in (scripts, os.environ.get("PYTHONPATH")) if entry]
    environment = os.environ | _QUIET_STEPS | _SAFE_PATH | {"PYTHONPATH": os.pathsep.join(held)}
    return subprocess.run([*command, "--", *targets], check=False, env=environment).returncode


def logger_options(*, is_terminal: bool) -> list[str]:
    """--logger rich where somebody watches and it is installed, else our own plain one."""
    has_rich = importlib.util.find_spec(f"{_PLUGINS}rich") is not None
    return ["--logger", "rich" if is_terminal and has_rich else "steps"]
