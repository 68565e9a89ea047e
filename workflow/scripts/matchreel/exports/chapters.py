"""Chapters as YouTube takes them from a video's description."""

from __future__ import annotations

from dataclasses import dataclass

from matchreel.exports.records import ReelTrack

# SOURCE: YouTube's help on video chapters: the first at 0:00, three at least, each 10 s or longer.
MIN_CHAPTERS, MIN_CHAPTER_SECONDS = 3, 10


@dataclass(frozen=True)
class Chapter:
    """A line of the text: a whole second of the reel and what is seen from there on."""

    start_seconds: int
    title: str


def chapters_text(track: ReelTrack) -> str:
    """One line a chapter."""
    return "".join(f"{_clock(chapter.start_seconds)} {chapter.title}\n" for chapter in chapters(track))


def chapters(track: ReelTrack) -> list[Chapter]:
    """A chapter a highlight; what is shorter than YouTube takes goes together with its neighbour.

    The first begins at 0:00, with a title card if there is one.
    """
    found = list[Chapter]()
    end_seconds = int(track.num_frames / track.rate_fps)
    for piece in track.pieces:
        start = int(piece.reel_start_frame / track.rate_fps) if found else 0
        is_short = found and start - found[-1].start_seconds < MIN_CHAPTER_SECONDS
        if is_short or (found and end_seconds - start < MIN_CHAPTER_SECONDS):
            found[-1] = Chapter(found[-1].start_seconds, f"{found[-1].title}, {piece.title}")
        else:
            found.append(Chapter(start, piece.title))
    return found


def _clock(seconds: int) -> str:
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
