"""A whole training: epochs, the best one, checkpoints, reports, and going on after a kill."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, astuple

import torch

from matchreel.backbones import TENSOR_PREFIX, backbone_digest
from matchreel.checkpoints import ModelFile, installed_versions
from matchreel.labels import MOMENT
from matchreel.training.outputs import Outputs
from matchreel.training.prepare import Prepared
from matchreel.training.reports import PANELS, EpochRow, TensorBoardLog
from matchreel.training.resume import load_resume, save_resume
from matchreel.training.settings import TrainSettings

log = logging.getLogger("matchreel")

_SECONDS_BETWEEN_LINES = 10.0
State = dict[str, torch.Tensor]


class Run:
    """One training from its first or its next epoch to the end."""

    def __init__(
        self,
        settings: TrainSettings,
        outputs: Outputs,
        prepared: Prepared,
        *,
        splits: Mapping[str, str],
        digest: str,
    ) -> None:
        self._settings, self._outputs, self._prepared = settings, outputs, prepared
        self._splits, self._digest = splits, digest
        self._rows = list[EpochRow]()
        self._best: tuple[EpochRow, State] | None = None

    def go(self) -> None:
        """Train what is left and write all outputs; the resume file goes only after them."""
        outputs = self._outputs
        self._take_up()
        board = TensorBoardLog(outputs.tensorboard_dir, self._rows)
        told = time.monotonic()
        for epoch in range(len(self._rows) + 1, self._settings.epochs + 1):
            row = self._one_epoch(epoch)
            board.add(row)
            if epoch == self._settings.epochs or time.monotonic() - told > _SECONDS_BETWEEN_LINES:
                log.info("%s", progress_line(row, self._settings.epochs))
                told = time.monotonic()
        board.close()
        self._write_outputs()

    def _one_epoch(self, epoch: int) -> EpochRow:
        trainer = self._prepared.trainer
        learning_rate = trainer.learning_rate
        train = trainer.train(self._prepared.train, epoch)
        valid = trainer.validate(self._prepared.valid)
        row = EpochRow(
            epoch=epoch,
            learning_rate=learning_rate,
            train_loss=train.loss,
            valid_loss=valid.loss,
            train_accuracy=train.accuracy,
            valid_accuracy=valid.accuracy,
            train_auc=train.auc,
            valid_auc=valid.auc,
        )
        log.debug("%s", progress_line(row, self._settings.epochs))
        trainer.schedule.step(valid.loss if math.isfinite(valid.loss) else train.loss)
        self._rows.append(row)
        if self._best is None or is_better(row, self._best[0]):
            self._best = row, self._state()
        self._keep(epoch)
        return row

    def _keep(self, epoch: int) -> None:
        """Write the epoch's checkpoint where all are kept, then the resume file."""
        if self._settings.keep == "all":
            self._outputs.keep_epoch(epoch, self._model_file(epoch, self._state()))
        assert self._best is not None
        trainer = self._prepared.trainer
        held = {
            "rows": [list(astuple(row)) for row in self._rows],
            "state": self._state(),
            "best_row": list(astuple(self._best[0])),
            "best_state": self._best[1],
            "optimizer": trainer.optimizer.state_dict(),
            "schedule": trainer.schedule.state_dict(),
        }
        save_resume(self._outputs.resume_path, self._digest, held)

    def _take_up(self) -> None:
        held = load_resume(self._outputs.resume_path, self._digest)
        if held is None:
            self._outputs.forget_unfinished()
            return
        trainer = self._prepared.trainer
        self._rows = [EpochRow(*row) for row in held["rows"]]
        self._best = EpochRow(*held["best_row"]), held["best_state"]
        self._load_state(held["state"])
        trainer.optimizer.load_state_dict(held["optimizer"])
        trainer.schedule.load_state_dict(held["schedule"])
        log.info("training goes on after epoch %d of %d", len(self._rows), self._settings.epochs)

    def _state(self) -> State:
        """Copies of all weights; a fine-tuned backbone's under `backbone.`."""
        trainer = self._prepared.trainer
        tensors = dict(trainer.network.state_dict())
        if trainer.embed is not None:
            tensors |= {
                TENSOR_PREFIX + name: value for name, value in trainer.embed.backbone.state_dict().items()
            }
        return {name: value.detach().cpu().clone() for name, value in tensors.items()}

    def _load_state(self, state: State) -> None:
        trainer = self._prepared.trainer
        own = {name: value for name, value in state.items() if not name.startswith(TENSOR_PREFIX)}
        trainer.network.load_state_dict(own)
        if trainer.embed is not None:
            prefixed = {n.removeprefix(TENSOR_PREFIX): v for n, v in state.items() if n not in own}
            trainer.embed.backbone.load_state_dict(prefixed)

    def _model_file(self, epoch: int, state: State) -> ModelFile:
        settings = self._settings
        feature_set = dict(self._prepared.feature_set)
        backbone = {n.removeprefix(TENSOR_PREFIX): v for n, v in state.items() if n.startswith(TENSOR_PREFIX)}
        if backbone:
            feature_set["weights"] = backbone_digest(backbone)
        return ModelFile(
            model_name=settings.model_name,
            kind=settings.kind,
            classes=(MOMENT,),
            thresholds=(),
            shape=asdict(self._prepared.trainer.network.shape),
            feature_set=feature_set,
            window_before_seconds=settings.window_before_seconds,
            window_after_seconds=settings.window_after_seconds,
            splits=dict(self._splits),
            epoch=epoch,
            settings=asdict(settings),
            versions=installed_versions(),
            state=state,
        )

    def _write_outputs(self) -> None:
        outputs, rows = self._outputs, self._rows
        assert self._best is not None
        best_row, best_state = self._best
        outputs.write(
            best=self._model_file(best_row.epoch, best_state),
            last=self._model_file(len(rows), self._state()),
            rows=rows,
            panels=PANELS,
        )
        log.info("%s: best epoch %d", self._settings.model_name, best_row.epoch)


def is_better(row: EpochRow, best: EpochRow) -> bool:
    """The best epoch has the highest validation AUC, and of equal ones the lowest validation loss.

    Without validation windows of both classes the loss alone decides, the training's where there are none.
    """
    return _rank(row) > _rank(best)


def _rank(row: EpochRow) -> tuple[float, float]:
    loss = row.valid_loss if math.isfinite(row.valid_loss) else row.train_loss
    return (row.valid_auc if math.isfinite(row.valid_auc) else 0.0), -loss


def progress_line(row: EpochRow, epochs: int) -> str:
    """One line for the terminal: a bar, losses, accuracy and AUC of both splits."""
    done = round(20 * row.epoch / epochs)
    return (
        f"epoch {row.epoch}/{epochs} [{'#' * done}{'.' * (20 - done)}] loss {row.train_loss:.3f}, "
        f"valid {row.valid_loss:.3f}, valid accuracy {row.valid_accuracy:.2f}, valid AUC {row.valid_auc:.3f}"
    )
