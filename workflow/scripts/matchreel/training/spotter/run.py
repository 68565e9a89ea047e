"""A whole training of the spotter: epochs, mining, the best one, checkpoints, going on after a kill."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass
from typing import Any

import torch

from matchreel.backbones import TENSOR_PREFIX, backbone_digest
from matchreel.checkpoints import ModelFile, installed_versions
from matchreel.randomness import generator
from matchreel.training.outputs import Outputs
from matchreel.training.reports import Panel, TensorBoardLog
from matchreel.training.resume import load_resume, save_resume
from matchreel.training.spotter.prefetch import Waiting
from matchreel.training.spotter.prepare import Prepared, Validation
from matchreel.training.spotter.sampling import Moment, WindowSampler
from matchreel.training.spotter.settings import SpotterSettings
from matchreel.training.spotter.thresholds import calibrated_thresholds

log = logging.getLogger("matchreel")

_SECONDS_BETWEEN_LINES = 10.0
_PANELS = (
    Panel("loss of a window", ("train_loss", "valid_loss")),
    Panel("validation average-mAP", ("valid_loose_map", "valid_tight_map")),
    Panel("learning rate", ("learning_rate",)),
)
State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class SpotterRow:
    """One epoch; nan where there is nothing to validate on. epoch counts from 1."""

    epoch: int
    learning_rate: float
    train_loss: float
    valid_loss: float
    valid_loose_map: float
    valid_tight_map: float


class SpotterRun:
    """One training from its first or its next epoch to the end. Only the first process judges and writes."""

    def __init__(
        self,
        settings: SpotterSettings,
        outputs: Outputs,
        prepared: Prepared,
        *,
        splits: Mapping[str, str],
        digest: str,
    ) -> None:
        self._settings, self._outputs, self._prepared = settings, outputs, prepared
        self._splits, self._digest = splits, digest
        self._sampler = WindowSampler(prepared.train.parts, prepared.rules)
        self._hard = list[Moment]()
        self._rows = list[SpotterRow]()
        self._best: tuple[SpotterRow, State] | None = None

    def go(self) -> None:
        """Train what is left and write all outputs; the resume file goes only after them."""
        settings, first = self._settings, self._prepared.processes.is_first
        trainer = self._prepared.trainer
        self._take_up()
        board = TensorBoardLog(self._outputs.tensorboard_dir, self._rows) if first else None
        told = time.monotonic()
        for epoch in range(len(self._rows) + 1, settings.epochs + 1):
            row = self._one_epoch(epoch)
            if board:
                board.add(row)
            if first and (epoch == settings.epochs or time.monotonic() - told > _SECONDS_BETWEEN_LINES):
                log.info("%s, %s", progress_line(row, settings.epochs), trainer.waiting.line())
                told, trainer.waiting = time.monotonic(), Waiting()
        if board:
            board.close()
            self._write_outputs()
        self._prepared.processes.wait()

    def _one_epoch(self, epoch: int) -> SpotterRow:
        settings, prepared = self._settings, self._prepared
        trainer = prepared.trainer
        learning_rate = trainer.learning_rate
        random = generator(settings.seed, "windows", settings.model_name, epoch)
        starts = self._sampler.draw(self._hard, random)
        loss = trainer.train(prepared.train, starts, epoch)
        mines = settings.mine_every and epoch % settings.mine_every == 0 and epoch < settings.epochs
        row: SpotterRow | None = None
        found: Validation | None = None
        if prepared.processes.is_first:
            trainer.settle_norms(prepared.train, starts)
            found = prepared.validate()
            maps = found.judgement.loose_map, found.judgement.tight_map
            row = SpotterRow(epoch, learning_rate, loss, found.loss, *maps)
            if mines:
                self._hard = prepared.mine(epoch)
        told: tuple[SpotterRow, list[Moment]] = prepared.processes.from_first((row, self._hard))
        row, self._hard = told
        self._rows.append(row)
        if found:
            self._keep(row, found)
        return row

    def _keep(self, row: SpotterRow, found: Validation) -> None:
        """Write the epoch's checkpoint where all are kept, then the resume file."""
        trainer = self._prepared.trainer
        if self._best is None or is_better(row, self._best[0]):
            self._best = row, self._state(trainer.judged_joint)
        if self._settings.keep == "all":
            model = self._model_file(row.epoch, self._state(trainer.judged_joint), found)
            self._outputs.keep_epoch(row.epoch, model)
        held = {
            "rows": [list(astuple(row)) for row in self._rows],
            "state": self._state(trainer.network),
            "mean_state": dict(trainer.mean.state_dict()),
            "best_row": list(astuple(self._best[0])),
            "best_state": self._best[1],
            "hard": [list(astuple(moment)) for moment in self._hard],
            "optimizer": trainer.optimizer.state_dict(),
            "schedule": trainer.schedule.state_dict(),
        }
        save_resume(self._outputs.resume_path, self._digest, held)

    def _take_up(self) -> None:
        held = self._resumed()
        if held is None:
            return
        trainer = self._prepared.trainer
        self._rows = [SpotterRow(*row) for row in held["rows"]]
        self._best = SpotterRow(*held["best_row"]), held["best_state"]
        self._hard = [Moment(*moment) for moment in held["hard"]]
        trainer.network.load_state_dict(joint_state(held["state"]))
        trainer.mean.load_state_dict(held["mean_state"])
        trainer.optimizer.load_state_dict(held["optimizer"])
        trainer.schedule.load_state_dict(held["schedule"])
        log.info("training goes on after epoch %d of %d", len(self._rows), self._settings.epochs)

    def _resumed(self) -> dict[str, Any] | None:
        """What the resume file holds. The first process sets a strange one aside before the others look."""
        processes, path = self._prepared.processes, self._outputs.resume_path
        held = load_resume(path, self._digest) if processes.is_first else None
        if processes.is_first and held is None:
            self._outputs.forget_unfinished()
        processes.wait()
        return held if processes.is_first else load_resume(path, self._digest)

    def _state(self, joint: torch.nn.Module) -> State:
        """Copies of all weights, named as model files name them."""
        return {file_name(name): value.detach().cpu().clone() for name, value in joint.state_dict().items()}

    def _model_file(self, epoch: int, state: State, found: Validation) -> ModelFile:
        """The model with the thresholds that suit these weights, as judged on the validation games."""
        settings = self._settings
        feature_set: dict[str, Any] = dict(self._prepared.feature_set)
        backbone = {n.removeprefix(TENSOR_PREFIX): v for n, v in state.items() if n.startswith(TENSOR_PREFIX)}
        if backbone:
            feature_set["weights"] = backbone_digest(backbone)
        return ModelFile(
            model_name=settings.model_name,
            kind=settings.kind,
            classes=settings.classes,
            thresholds=calibrated_thresholds(found.parts, found.judgement.finds, settings),
            shape=asdict(self._prepared.trainer.network.spotter.shape),
            feature_set=feature_set,
            window_before_seconds=settings.window_seconds / 2,
            window_after_seconds=settings.window_seconds / 2,
            splits=dict(self._splits),
            epoch=epoch,
            settings=asdict(settings),
            versions=installed_versions(),
            state=state,
        )

    def _write_outputs(self) -> None:
        assert self._best is not None
        last_state = self._state(self._prepared.trainer.judged_joint)
        best_row, best_state = self._best
        self._outputs.write(
            best=self._calibrated(best_row.epoch, best_state),
            last=self._calibrated(len(self._rows), last_state),
            rows=self._rows,
            panels=_PANELS,
        )
        log.info("%s: best epoch %d", self._settings.model_name, best_row.epoch)

    def _calibrated(self, epoch: int, state: State) -> ModelFile:
        self._prepared.trainer.judged_joint.load_state_dict(joint_state(state))
        return self._model_file(epoch, state, self._prepared.validate())


def file_name(name: str) -> str:
    """A tensor's name in a model file, from its name in the trained network."""
    if name.startswith("embed.backbone."):
        return TENSOR_PREFIX + name.removeprefix("embed.backbone.")
    return name.removeprefix("spotter.")


def joint_state(state: State) -> State:
    """The way back from the names in a model file."""
    return {
        f"embed.{name}" if name.startswith(TENSOR_PREFIX) else f"spotter.{name}": value
        for name, value in state.items()
    }


def is_better(row: SpotterRow, best: SpotterRow) -> bool:
    """The best epoch has the highest mean of loose and tight validation mAP; of equal ones the lowest loss.

    Without validation events the validation loss decides, the training's where there are no such windows.
    """
    return _rank(row) > _rank(best)


def _rank(row: SpotterRow) -> tuple[float, float]:
    loss = row.valid_loss if math.isfinite(row.valid_loss) else row.train_loss
    mean = (row.valid_loose_map + row.valid_tight_map) / 2
    return (mean if math.isfinite(mean) else 0.0), -loss


def progress_line(row: SpotterRow, epochs: int) -> str:
    """One line for the terminal: a bar, losses, and what the validation games say."""
    done = round(20 * row.epoch / epochs)
    return (
        f"epoch {row.epoch}/{epochs} [{'#' * done}{'.' * (20 - done)}] loss {row.train_loss:.3f}, "
        f"valid {row.valid_loss:.3f}, valid average-mAP loose {row.valid_loose_map:.2f}, "
        f"tight {row.valid_tight_map:.2f}"
    )
