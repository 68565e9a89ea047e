"""LosslessCut projects: the highlights of one recording as segments to cut without encoding."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from matchreel.exports.records import ReelTrack, Source

_MAX_STEM_BYTES = 240  # so that the project's own name is one a file can have


def losslesscut_texts(track: ReelTrack) -> dict[str, str]:
    """By file name, the project of each recording that highlights are taken from."""
    names = Counter(_stem(source) for source in track.sources)
    return {_file_name(source, names): _project(track, source) for source in track.sources}


def _file_name(source: Source, names: Counter[str]) -> str:
    """LosslessCut's own name for a recording's project; with the part where two have one stem."""
    stem = _stem(source)
    return f"{stem}-proj.llc" if names[stem] == 1 else f"{stem}-{source.part}-proj.llc"


def _stem(source: Source) -> str:
    stem = source.name.rpartition(".")[0] or source.name
    return stem if len(stem.encode()) <= _MAX_STEM_BYTES else f"part-{source.part}"


def _project(track: ReelTrack, source: Source) -> str:
    segments = [
        {
            "start": round(piece.start_seconds + source.lead_seconds, 6),
            "end": round(piece.end_seconds + source.lead_seconds, 6),
            "name": piece.numbered_title,
            "tags": {"label": piece.label, "minute": piece.minute},
        }
        for piece in track.pieces
        if piece.source == source
    ]
    # Old and new LosslessCut read version 1; JSON is JSON5 too.
    project: dict[str, Any] = {"version": 1, "mediaFileName": source.name, "cutSegments": segments}
    return json.dumps(project, indent=2, ensure_ascii=False) + "\n"
