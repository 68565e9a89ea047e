"""Starts as many training processes as there are GPUs to use, with torchrun, and waits for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matchreel.errors import ToolError


def is_worker() -> bool:
    """Whether this process was started by torchrun."""
    return "WORLD_SIZE" in os.environ


def launch(arguments: Mapping[str, Any], *, num_processes: int) -> None:
    """Run train_spotter with these arguments in each of num_processes; ToolError where one fails.

    They end with this process: a stopped step leaves nobody on the GPUs.
    """
    with tempfile.TemporaryDirectory(prefix="matchreel-") as folder:
        path = Path(folder) / "arguments.json"
        path.write_text(json.dumps(_plain(arguments)), encoding="utf-8")
        command = [
            sys.executable, "-m", "torch.distributed.run", "--standalone",
            f"--nproc_per_node={num_processes}", "-m", "matchreel.training.spotter.worker", str(path),
        ]  # fmt: skip
        process = subprocess.Popen(command)
        try:
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code:
        raise ToolError(
            f"one of {num_processes} training processes failed (exit status {code}; its message is above)",
            where="train_spotter",
            remedy="Mend what it says, or train with gpu=1; the same command goes on after the last epoch",
        )


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
