"""What a spotter finds in labelled parts: average-mAP, and false alarms to learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from matchreel.decoding import Decoding, Find, decode
from matchreel.evaluation.league import JudgedPart, league_pool
from matchreel.evaluation.spotting_files import TypedSpot
from matchreel.records import Scores
from matchreel.spotter import Spotter
from matchreel.step_scoring import score_steps, step_scores
from matchreel.training.spotter.parts import LabelledPart
from matchreel.training.spotter.sampling import Moment
from matchreel.training.spotter.settings import SpotterSettings

# A find this far from every event of its class is a false alarm to learn from.
_FALSE_ALARM_SECONDS = 6.0
# False alarms that are learnt from: the surest ones, this many for each event.
_MINED_PER_EVENT = 2


@dataclass(frozen=True)
class Judgement:
    """The finds of every part, in their order, and their average-mAP (nan where there is no event)."""

    finds: tuple[tuple[Find, ...], ...]
    loose_map: float
    tight_map: float


def judge(
    network: Spotter, parts: Sequence[LabelledPart], settings: SpotterSettings, device: torch.device
) -> Judgement:
    """Score, decode and compare with the labels."""
    decoding = Decoding(settings.nms, settings.nms_seconds)
    finds = tuple(tuple(decode(_scores(network, part, settings, device), decoding)) for part in parts)
    judged = [
        JudgedPart(part.game, part.part, typed_spots(part, held, settings.classes), part.events)
        for part, held in zip(parts, finds, strict=True)
    ]
    maps = {metric: _average_map(judged, settings.classes, metric) for metric in ("loose", "tight")}
    return Judgement(finds, maps["loose"], maps["tight"])


def typed_spots(part: LabelledPart, finds: Sequence[Find], classes: Sequence[str]) -> tuple[TypedSpot, ...]:
    """A part's finds under their labels."""
    return tuple(
        TypedSpot(part.part, find.seconds, classes[find.class_index], find.confidence) for find in finds
    )


def _average_map(parts: Sequence[JudgedPart], classes: Sequence[str], metric: str) -> float:
    """Over the events that the broadcast shows; nan where there is nothing to judge."""
    if not parts:
        return float("nan")
    return league_pool(parts, classes=classes, metric=metric).figures(kind="visible").average_map


def false_alarms(parts: Sequence[LabelledPart], finds: Sequence[Sequence[Find]]) -> list[Moment]:
    """The surest finds that are no event of their class: windows around them teach most."""
    alarms = list[tuple[float, int, float]]()
    for index, (part, held) in enumerate(zip(parts, finds, strict=True)):
        pairs = list(zip(part.class_indices, part.events, strict=True))
        for find in held:
            near = any(
                k == find.class_index and abs(event.position_seconds - find.seconds) <= _FALSE_ALARM_SECONDS
                for k, event in pairs
            )
            if not near:
                alarms.append((find.confidence, index, find.seconds))
    alarms.sort(key=lambda row: (-row[0], row[1], row[2]))
    num_kept = _MINED_PER_EVENT * sum(len(part.events) for part in parts)
    return [Moment(index, seconds) for _, index, seconds in alarms[:num_kept]]


def _scores(network: Spotter, part: LabelledPart, settings: SpotterSettings, device: torch.device) -> Scores:
    modality = settings.modalities
    logits = score_steps(
        network, part.shard, window_seconds=settings.window_seconds, modalities=(modality,), device=device
    )[modality]
    return step_scores(
        logits, part.shard, classes=settings.classes, scorer=settings.model_name, trained_on=(part.game,)
    )
