"""Where a training writes, whatever it trains."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matchreel.checkpoints import ModelFile
from matchreel.provenance import remove_abandoned
from matchreel.training.reports import Panel, Row, write_curves, write_metrics


@dataclass(frozen=True)
class Outputs:
    """The output paths of a training step."""

    best_path: Path
    last_path: Path
    epochs_dir: Path
    metrics_path: Path
    curves_path: Path
    resume_path: Path
    tensorboard_dir: Path

    @classmethod
    def inside(cls, folder: Path) -> Outputs:
        """Their usual names in one folder."""
        return cls(
            best_path=folder / "best.safetensors",
            last_path=folder / "last.safetensors",
            epochs_dir=folder / "epochs",
            metrics_path=folder / "metrics.csv",
            curves_path=folder / "curves.svg",
            resume_path=folder / "resume.pt",
            tensorboard_dir=folder / "tensorboard",
        )

    @property
    def unfinished_epochs_dir(self) -> Path:
        """Epoch checkpoints wait here: outside the declared outputs, which a failed job loses."""
        return self.resume_path.with_name(f"{self.resume_path.name}.epochs")

    def keep_epoch(self, epoch: int, model: ModelFile) -> None:
        """Put an epoch's checkpoint aside until the training has ended."""
        model.save(self.unfinished_epochs_dir / epoch_name(epoch))

    def forget_unfinished(self) -> None:
        """Drop what an earlier training left."""
        shutil.rmtree(self.unfinished_epochs_dir, ignore_errors=True)

    def write(
        self, *, best: ModelFile, last: ModelFile, rows: Sequence[Row], panels: Sequence[Panel]
    ) -> None:
        """All declared outputs, then the resume file goes."""
        best.save(self.best_path)
        last.save(self.last_path)
        write_metrics(self.metrics_path, rows)
        write_curves(self.curves_path, rows, panels, best_epoch=best.epoch)
        self.epochs_dir.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.unfinished_epochs_dir.glob("*.safetensors")):
            path.replace(self.epochs_dir / path.name)
        self.forget_unfinished()
        self.resume_path.unlink(missing_ok=True)
        # A kill may have come just after the last one was renamed into place: no further one is written then.
        remove_abandoned(self.resume_path)


def epoch_name(epoch: int) -> str:
    """File name of an epoch's checkpoint in the folder of epochs."""
    return f"epoch-{epoch:03d}.safetensors"
