"""What a person reads about a training: metrics.csv, curves.svg, TensorBoard log; without dates or names."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol

import matplotlib
from matplotlib.figure import Figure
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

from matchreel.provenance import written_whole


class Row(Protocol):
    """One epoch's figures: a dataclass with an epoch, counted from 1, and numbers."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def epoch(self) -> int:
        """Counts from 1."""
        ...


@dataclass(frozen=True)
class Panel:
    """One plot of the curves: a title and the columns drawn in it."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class EpochRow:
    """One epoch; nan where a set lacks a class or is empty. epoch counts from 1."""

    epoch: int
    learning_rate: float
    train_loss: float
    valid_loss: float
    train_accuracy: float
    valid_accuracy: float
    train_auc: float
    valid_auc: float


PANELS = tuple(
    Panel(title, (f"train_{name}", f"valid_{name}"))
    for title, name in (("loss", "loss"), ("accuracy", "accuracy"), ("AUC", "auc"))
)


def write_metrics(path: Path, rows: Sequence[Row]) -> None:
    """One CSV row an epoch."""
    with written_whole(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([field.name for field in fields(rows[0])])
        writer.writerows([[f"{value:.6g}" for value in asdict(row).values()] for row in rows])


def write_curves(path: Path, rows: Sequence[Row], panels: Sequence[Panel], *, best_epoch: int) -> None:
    """Curves over epochs as SVG, the best epoch marked; the same rows give the same bytes."""
    epochs = [row.epoch for row in rows]
    with matplotlib.rc_context({"svg.hashsalt": "matchreel", "svg.fonttype": "path"}):
        figure = Figure(figsize=(10, 3.2), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(panels)), panels, strict=True):
            for name in panel.names:
                axes.plot(
                    epochs, [getattr(row, name) for row in rows], marker=".", label=name.replace("_", " ")
                )
            axes.axvline(best_epoch, color="0.6", linestyle=":", label="best")
            axes.set(title=panel.title, xlabel="epoch")
            axes.legend()
        with written_whole(path) as temporary:
            figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None})


class TensorBoardLog:
    """One event file with a row an epoch; begun anew from the rows so far, so that a resumed log is whole.

    TensorBoard's own writer puts the machine's name and the time into the file's name: this one does not,
    and counts epochs instead of seconds.
    """

    def __init__(self, folder: Path, rows: Sequence[Row]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._stream = (folder / "events.out.tfevents.0.matchreel").open("wb")
        self._writer = RecordWriter(self._stream)
        self._writer.write(Event(wall_time=0.0, file_version="brain.Event:2").SerializeToString())
        for row in rows:
            self.add(row)

    def add(self, row: Row) -> None:
        """Append one epoch and flush it."""
        values = [
            Summary.Value(tag=name.replace("_", "/", 1), simple_value=float(value))
            for name, value in asdict(row).items()
            if name != "epoch" and math.isfinite(value)
        ]
        event = Event(wall_time=float(row.epoch), step=row.epoch, summary=Summary(value=values))
        self._writer.write(event.SerializeToString())
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()
