"""pack_model: the chosen checkpoint, trained here or elsewhere, as one portable model file."""

from __future__ import annotations

import re
from pathlib import Path

from matchreel.checkpoints import ModelFile
from matchreel.errors import ConfigError, InputError

_EPOCH = re.compile(r"epoch:(\d+)")


def pack_model(*, checkpoint_path: Path, checkpoint: str, model_name: str, model_path: Path) -> None:
    """Write model_path from checkpoint_path, under the model's name in config.

    checkpoint: best, last or a path (checkpoint_path is that file), or epoch:N (checkpoint_path is the folder
    of epochs). Only safetensors files that matchreel wrote are read, so no file can run code.
    Raises InputError or ConfigError.
    """
    found = _EPOCH.fullmatch(checkpoint)
    path = _epoch_path(checkpoint_path, int(found.group(1))) if found else checkpoint_path
    # An epoch's file is made anew with its whole folder.
    aside = checkpoint_path if found else None
    ModelFile.load(path, aside=aside).renamed(model_name).save(model_path)


def _epoch_path(epochs_dir: Path, epoch: int) -> Path:
    if not epochs_dir.is_dir():
        raise InputError("there is no folder of epochs", where=epochs_dir, remedy="Train the model first")
    held = sorted(epochs_dir.glob("epoch-*.safetensors"))
    if not held:
        remedy = "Set models.<name>.keep to all and train again, or choose best or last"
        raise ConfigError("no epoch was kept", where=f"checkpoint epoch:{epoch}", remedy=remedy)
    path = epochs_dir / f"epoch-{epoch:03d}.safetensors"
    if path not in held:
        numbers = ", ".join(str(int(item.stem.removeprefix("epoch-"))) for item in held)
        raise ConfigError(
            "there is no such epoch", where=f"checkpoint epoch:{epoch}", remedy=f"Choose one of: {numbers}"
        )
    return path
