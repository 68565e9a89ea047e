"""THE SHAPES: every array and table that crosses from one step to another, and its file format.

Letters: B batch, T grid steps, S samples, C channels, H W pixels, F mel bins, L mel columns, D embedding,
K classes, N windows. A shard's L is T * columns_per_step.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from matchreel.arrays import Blocks, load_arrays, save_arrays
from matchreel.checksums import check_archive, read_record, write_record, written_readable
from matchreel.errors import DamagedError, InputError
from matchreel.kinds import UNREADABLE, check_kinds
from matchreel.streams import AudioStream as AudioStream
from matchreel.streams import ShapeSpan as ShapeSpan
from matchreel.streams import SoundStretch as SoundStretch
from matchreel.streams import Stretch as Stretch
from matchreel.streams import VideoStream as VideoStream
from matchreel.timeline import FrameGrid

# ASSUME no part of a match is recorded for more than a day: longer ones are damaged clocks.
MAX_PART_SECONDS = 24 * 3600
# Silence is at logmel.FLOOR_DB (-80), rounded to 16 bits.
_SILENT_MEL_DB = -79.5
Float16 = npt.NDArray[np.float16]
Float32 = npt.NDArray[np.float32]
Float64 = npt.NDArray[np.float64]

# What is made of a part may end a grid step before or after it.
_SLACK_SECONDS = 1.0


@dataclass(frozen=True)
class Probe:
    """What probe_media found in one part; duration_seconds counts from the part's time zero.

    stretches is empty where the recording's clock never starts again, as it should be.
    """

    game: str
    part: str
    path: str
    container: str
    container_start_seconds: float
    duration_seconds: float
    video: VideoStream | None
    audio: AudioStream | None
    problems: tuple[str, ...]
    stretches: tuple[Stretch, ...] = ()

    @property
    def zero_seconds(self) -> float:
        """The part's time zero on the container's own clock."""
        stream = self.video or self.audio
        return stream.start_seconds if stream else self.container_start_seconds

    def check_duration(self, seconds: float, path: Path) -> None:
        """DamagedError where what was made of this part, and read from path, lasts another time."""
        if abs(seconds - self.duration_seconds) > _SLACK_SECONDS:
            what = f"this is of {seconds:.1f} s, the part lasts {self.duration_seconds:.1f} s"
            raise DamagedError(what, path=path)

    def save(self, path: Path) -> None:
        """Write as JSON, rates as "30000/1001"; InputError, and no file, where load would refuse it."""
        try:
            check_probe(self)
        except UNREADABLE as error:
            remedy = "Convert it (ffmpeg -i IN -c:v libx264 -c:a aac OUT.mp4) and give what comes out"
            what = f"what was measured in it is not that of a recording ({error})"
            raise InputError(what, where=self.path, remedy=remedy) from error
        write_record(path, _plain(asdict(self)), Probe.load)

    @classmethod
    def load(cls, path: Path) -> Probe:
        """Read what save wrote; InputError where it is not that."""
        try:
            raw = read_record(path)
            raw |= {
                "video": VideoStream.of(raw["video"]) if raw["video"] else None,
                "audio": AudioStream.of(raw["audio"]) if raw["audio"] else None,
                "problems": tuple(raw["problems"]),
                "stretches": tuple(Stretch(**row) for row in raw.get("stretches", ())),
            }
            probe = cls(**raw)
            check_probe(probe)
            return probe
        except UNREADABLE as error:
            raise DamagedError(f"this is not a probe file ({error})", path=path) from error


@dataclass(frozen=True)
class Features:
    """One part of one feature set.

    frames (T, D) float16, None without picture. logmel (L, F) float16 in dB, None without sound;
    column j covers [j, j + 1) / (rate_fps * columns_per_step) seconds.
    settings is what they were made with: the feature set's values, the sound's rate, the weights' digest.
    """

    frames: Float16 | None
    logmel: Float16 | None
    grid: FrameGrid
    columns_per_step: int
    duration_seconds: float
    backbone: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        T = self.grid.num_steps
        if self.frames is not None and self.frames.shape[0] != T:
            raise ValueError(f"frames {self.frames.shape} on a grid of {T} steps")
        if self.logmel is not None and self.logmel.shape[0] != T * self.columns_per_step:
            raise ValueError(f"logmel {self.logmel.shape} is not {T} * {self.columns_per_step} columns")

    @property
    def has_sound(self) -> bool:
        """Whether there is sound that is more than silence."""
        return self.logmel is not None and float(np.max(self.logmel)) > _SILENT_MEL_DB

    def save(self, path: Path, *, frames: Blocks | None = None, logmel: Blocks | None = None) -> None:
        """Write one safetensors shard; the same arrays give the same bytes.

        frames and logmel given here stand for those that are None: they are written as they are made.
        """
        arrays: dict[str, Float16 | Blocks | None]
        arrays = {"frames": self.frames if frames is None else frames}
        arrays["logmel"] = self.logmel if logmel is None else logmel
        facts = {
            "rate_fps": str(self.grid.rate_fps),
            "num_steps": str(self.grid.num_steps),
            "columns_per_step": str(self.columns_per_step),
            "duration_seconds": repr(self.duration_seconds),
            "backbone": self.backbone,
            "settings": json.dumps(dict(self.settings), sort_keys=True),
        }
        with written_readable(path, Features.load) as temporary:
            save_arrays(temporary, {key: value for key, value in arrays.items() if value is not None}, facts)

    @classmethod
    def load(cls, path: Path) -> Features:
        """Map a shard into memory: pages are read when touched."""
        arrays, facts = load_arrays(path)
        try:
            return cls(
                frames=arrays.get("frames"),
                logmel=arrays.get("logmel"),
                grid=FrameGrid(Fraction(facts["rate_fps"]), int(facts["num_steps"])),
                columns_per_step=int(facts["columns_per_step"]),
                duration_seconds=float(facts["duration_seconds"]),
                backbone=facts["backbone"],
                settings=json.loads(facts["settings"]),
            )
        except UNREADABLE as error:
            raise DamagedError(f"this is not a feature shard ({error})", path=path) from error


@dataclass(frozen=True)
class Scores:
    """Raw scores of one part by one scorer; probabilities appear only at selection.

    logits (N, K) float32, times_seconds (N,) float64: window centres, or the centres of grid steps where
    is_stepwise: then a score says "it happens here", else "it happens in this window". thresholds: a
    probability per class from which a model holds its own finds for true; empty where it does not say.
    """

    logits: Float32
    times_seconds: Float64
    window_seconds: float
    stride_seconds: float
    classes: tuple[str, ...]
    scorer: str
    trained_on: tuple[str, ...]  # game slugs; empty for a scorer without training
    duration_seconds: float
    event_offset_seconds: float  # from window start to where the event is expected
    curves: Mapping[str, Float32]  # optional (N,) per-cue curves for "why this moment"
    is_stepwise: bool = False
    thresholds: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        N, K = self.logits.shape
        if self.times_seconds.shape != (N,) or len(self.classes) != K:
            raise ValueError(f"logits {self.logits.shape}, times {self.times_seconds.shape}, {K} classes")
        if len(self.thresholds) not in (0, K):
            raise ValueError(f"{len(self.thresholds)} thresholds for {K} classes")

    def check_numbers(self) -> None:
        """ValueError naming the first field that contains NaN or infinity.

        NaN in a curve of a scorer without training says that its cue could not be measured there.
        """
        lengths = ("window_seconds", "stride_seconds", "duration_seconds", "event_offset_seconds")
        names = ("logits", "times_seconds", "thresholds", *lengths)
        fields: dict[str, Any] = {name: getattr(self, name) for name in names}
        for name, curve in self.curves.items():
            fields[f"curve {name}"] = curve if self.trained_on else curve[~np.isnan(curve)]
        for name, values in fields.items():
            if not np.isfinite(values).all():
                raise ValueError(f"{name} contains NaN or infinity")

    def save(self, path: Path) -> None:
        """Write a .npz without pickles; the same scores give the same bytes.

        InputError where they contain NaN or infinity, of which no reel can be made.
        """
        try:
            self.check_numbers()
        except ValueError as error:
            raise InputError(
                f"the scores of {self.scorer!r} cannot be used: {error}",
                where=path,
                remedy="Train the model again with a lower learning_rate, or choose another checkpoint",
            ) from error
        facts: dict[str, Any] = {
            "window_seconds": np.float64(self.window_seconds),
            "stride_seconds": np.float64(self.stride_seconds),
            "duration_seconds": np.float64(self.duration_seconds),
            "event_offset_seconds": np.float64(self.event_offset_seconds),
            "classes": np.array(self.classes, dtype=np.str_),
            "scorer": np.array(self.scorer, dtype=np.str_),
            "trained_on": np.array(self.trained_on, dtype=np.str_),
            "is_stepwise": np.bool_(self.is_stepwise),
            "thresholds": np.array(self.thresholds, dtype=np.float64),
        }
        curves: dict[str, Any] = {f"curve_{name}": curve for name, curve in sorted(self.curves.items())}
        facts |= {"logits": self.logits, "times_seconds": self.times_seconds}
        with written_readable(path, Scores.load) as temporary, temporary.open("wb") as stream:
            np.savez(stream, allow_pickle=False, **facts, **curves)

    @classmethod
    def load(cls, path: Path) -> Scores:
        """Read what save wrote; InputError where it is not that."""
        try:
            check_archive(path)
            with np.load(path, allow_pickle=False) as held:
                scores = cls(
                    logits=held["logits"],
                    times_seconds=held["times_seconds"],
                    window_seconds=float(held["window_seconds"]),
                    stride_seconds=float(held["stride_seconds"]),
                    classes=tuple(map(str, held["classes"])),
                    scorer=str(held["scorer"]),
                    trained_on=tuple(map(str, held["trained_on"])),
                    duration_seconds=float(held["duration_seconds"]),
                    event_offset_seconds=float(held["event_offset_seconds"]),
                    is_stepwise=bool(held["is_stepwise"]),
                    thresholds=tuple(map(float, held["thresholds"])),
                    curves={k.removeprefix("curve_"): held[k] for k in held.files if k.startswith("curve_")},
                )
            scores.check_numbers()
            return scores
        except FileNotFoundError:
            raise
        except (*UNREADABLE, OSError, EOFError, zipfile.BadZipFile) as error:
            raise DamagedError(f"this is not a scores file ({error})", path=path) from error


def check_probe(probe: Probe) -> None:
    """What writer and reader of a probe both ask of it; TypeError or ValueError where it is not so."""
    spans = probe.video.other_shapes if probe.video else ()
    sounds = probe.audio.stretches if probe.audio else ()
    for record in (probe, probe.video, probe.audio, *probe.stretches, *spans, *sounds):
        if record is not None:
            check_kinds(record)
    _check_measures(probe)
    starts = [stretch.start_seconds for stretch in probe.stretches]
    ends = [*starts[1:], probe.duration_seconds]
    if starts and not (starts[0] == 0 and all(start < end for start, end in zip(starts, ends, strict=True))):
        raise ValueError(f"stretches start at {starts}")


def _check_measures(probe: Probe) -> None:
    """ValueError where a length, size or rate is none, or is longer than any match."""
    if probe.duration_seconds > MAX_PART_SECONDS:
        raise ValueError(f"{probe.duration_seconds:.0f} s are more than a day")
    measures: list[float | Fraction] = [probe.duration_seconds]
    if probe.video:
        measures += [probe.video.width, probe.video.height, probe.video.sample_aspect, probe.video.rate_fps]
    if probe.audio:
        measures += [probe.audio.sample_rate_hz, probe.audio.num_channels]
    if min(measures) <= 0:
        raise ValueError("a length, size or rate is not above 0")


def _plain(value: Any) -> Any:
    """The same structure with fractions as text, for JSON."""
    if isinstance(value, Fraction):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
