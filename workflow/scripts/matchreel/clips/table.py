"""clips.csv: the table of a part's training clips.

clip is the file name beside the table; kind is highlight, labelled, open_play or replay; is_positive 0 or 1.
event_seconds and source_event are empty for clips that no event made; several source events (indices into
the label file, from 0) are joined by ";", the one the clip is placed on first.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from matchreel.clips.policy import TrainingClip
from matchreel.labels import slug_of
from matchreel.media.cut import CutClip

TABLE_NAME = "clips.csv"
COLUMNS = (
    "game",
    "part",
    "clip",
    "start_seconds",
    "end_seconds",
    "label",
    "is_positive",
    "kind",
    "event_seconds",
    "source_event",
)


def clip_table(
    clips: Sequence[TrainingClip], cuts: Sequence[CutClip], *, game: str, part: str
) -> pd.DataFrame:
    """The rows of clips.csv: what was chosen, and the interval that each cut really holds."""
    rows = [
        {
            "game": game,
            "part": part,
            "clip": cut.clip_path.name,
            "start_seconds": round(cut.interval.start_seconds, 6),
            "end_seconds": round(cut.interval.end_seconds, 6),
            "label": clip.label,
            "is_positive": int(clip.is_positive),
            "kind": clip.kind,
            "event_seconds": round(clip.events[0].position_seconds, 6) if clip.events else None,
            "source_event": ";".join(str(event.index) for event in clip.events),
        }
        for clip, cut in zip(clips, cuts, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_clip_table(path: Path, table: pd.DataFrame) -> None:
    """Write clips.csv."""
    table.to_csv(path, index=False, lineterminator="\n")


def clip_name(number: int, clip: TrainingClip) -> str:
    """The file name of the number-th clip of a part, for example 0007_goal.mp4 or 0008_open-play.mp4."""
    what = slug_of(clip.label) if clip.events else clip.kind.replace("_", "-")
    return f"{number:04d}_{what}.mp4"
