"""Reels of made-up highlights, as the exports get them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from matchreel.exports.records import Piece, ReelTrack, Source

LABELS = ("Goal", "Penalty", "Shots on target", "Shots off target")


def source(part: str = "1", rate_fps: Fraction = Fraction(25), **changes: Any) -> Source:
    """A part of 50 minutes."""
    facts: dict[str, Any] = {
        "part": part, "name": f"{part}_224p.mkv", "url": f"../../{part}_224p.mkv", "rate_fps": rate_fps,
        "duration_frames": round(3000 * rate_fps), "width": 398, "height": 224, "sample_rate_hz": 48000,
        "num_channels": 2, "lead_seconds": 0.0,
    }  # fmt: skip
    return Source(**facts | changes)


def track(
    num_pieces: int, *, rate_fps: Fraction, sources: tuple[Source, ...] | None = None, **changes: Any
) -> ReelTrack:
    """Highlights of odd lengths one after another, perhaps after a card; from each source in turn, each some 13 s after the last."""
    held = sources or (source(rate_fps=rate_fps),)
    card, shared = changes.pop("card_frames", 0), changes.pop("shared_frames", 0)
    pieces, at = list[Piece](), card - (shared if card else 0)
    label = changes.pop("label", None)
    for index in range(num_pieces):
        of = held[index % len(held)]
        start_frame, num_frames = round((7 + 13.37 * index) * of.rate_fps), 250 + 7 * (index % 11)
        start = start_frame / of.rate_fps
        pieces.append(
            Piece(
                number=index + 1, label=label or LABELS[index % 4], shown_label=label or LABELS[index % 4], minute=f"{index // 4 + 1}'", source=of,
                source_start_frame=start_frame, reel_start_frame=at, num_frames=num_frames,
                start_seconds=float(start), end_seconds=float(start + num_frames / rate_fps),
                event_seconds=float(start) + 4 if index % 3 else None, score=0.5, clip=f"clips/{index}.mp4",
            )
        )  # fmt: skip
        at += num_frames - (shared if index < num_pieces - 1 else 0)
    facts = {"game": "cup-final", "title": "Reds – Blues", "scorer": "spotter", "width": 398, "height": 224}
    return ReelTrack(
        rate_fps=rate_fps, num_frames=at, pieces=tuple(pieces), card_frames=card, **facts | changes
    )
