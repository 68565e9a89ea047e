"""Starts as many training processes as there are GPUs to use, with torchrun, and waits for them."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

import matchreel
from matchreel.errors import ConfigError, DamagedError, InputError, MatchreelError, ToolError

log = logging.getLogger("matchreel")

# Before what a worker says itself: all else on its stderr is torchrun's, for the log file only.
SAYS, FAILS = "\x1e says ", "\x1e fails "


def is_worker() -> bool:
    """Whether this process was started by torchrun."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def launch(arguments: Mapping[str, Any], *, num_processes: int) -> None:
    """Run train_spotter with these arguments in each of num_processes; the first one's error where one fails.

    They end with this process, however it ends: each watches the pipe that is its stdin. ConfigError where
    some GPUs are visible, but not so many.
    """
    _check_devices(num_processes)
    with tempfile.TemporaryDirectory(prefix="matchreel-") as folder:
        path = Path(folder) / "arguments.json"
        path.write_text(json.dumps(_plain(arguments)), encoding="utf-8")
        command = [
            sys.executable, "-P", "-m", "torch.distributed.run", "--standalone",
            f"--nproc_per_node={num_processes}", "-m", "matchreel.training.spotter.worker", str(path),
        ]  # fmt: skip
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
        )
        try:
            assert process.stderr is not None
            error = _passed_on(process.stderr)
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.communicate()
    if code:
        raise error or ToolError(
            f"one of {num_processes} training processes failed (exit status {code})",
            where="train_spotter",
            remedy="See the step's log for its last words; the same command goes on after the last epoch",
        )


def _check_devices(num_processes: int) -> None:
    num_visible = torch.cuda.device_count()
    if 0 < num_visible < num_processes:
        raise ConfigError(
            f"{num_processes} GPUs asked for, {num_visible} visible to torch",
            where="train_spotter, resources gpu",
            remedy=f"Set gpu={num_visible}, or run where there are more",
        )


def _environment() -> dict[str, str]:
    """With this very package, wherever it was imported from, and without threads that nobody asked for.

    No file of the working folder takes its place.
    """
    root = str(Path(matchreel.__file__).parents[1])
    held = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    path = {"PYTHONPATH": os.pathsep.join([root, *held]), "PYTHONSAFEPATH": "1"}
    return {"OMP_NUM_THREADS": "1", **os.environ, **path}


def _passed_on(lines: Iterable[str]) -> MatchreelError | None:
    """Log what the workers say until they end; the first error a user can solve."""
    error: MatchreelError | None = None
    for line in lines:
        if line.startswith(SAYS):
            log.info("%s", line.removeprefix(SAYS).rstrip())
        elif line.startswith(FAILS):
            error = error or _said(json.loads(line.removeprefix(FAILS)))
        else:
            log.debug("%s", line.rstrip())
    return error


def _said(facts: Mapping[str, str]) -> InputError:
    """The error that a worker wrote."""
    if "aside" in facts:
        path, aside = Path(facts["where"]), Path(facts["aside"])
        return DamagedError(facts["what"], path=path, aside=aside, remedy=facts["remedy"])
    return InputError(facts["what"], where=facts["where"], remedy=facts["remedy"])


def _plain(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Paths as text, marked so that the worker makes them paths again."""

    def plain(value: Any) -> Any:
        if isinstance(value, Path):
            return {"path": str(value)}
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    return {name: plain(value) for name, value in arguments.items()}


def read_arguments(path: Path) -> dict[str, Any]:
    """What launch wrote."""

    def read(value: Any) -> Any:
        if isinstance(value, dict) and set(value) == {"path"}:
            return Path(value["path"])
        return [read(item) for item in value] if isinstance(value, list) else value

    held: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return {name: read(value) for name, value in held.items()}
