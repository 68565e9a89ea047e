"""How long a reel is asked to be, in seconds. The Snakefile reads it for every job, so it imports nothing."""

from __future__ import annotations

# SOURCE: the lengths of reels that were asked for by name.
PRESETS_SECONDS = {"short": 60.0, "medium": 180.0, "long": 480.0}
# Camera cuts are looked for around more than a reel holds: a choice need not take the most important in turn.
# A reel that is asked for shorter afterwards, or up to so long, is cut without looking again.
_SEARCH_TIMES, _SEARCH_AT_LEAST_SECONDS = 1.25, 300.0


def max_seconds_of(max_duration: float | str) -> float:
    """reel.max_duration_seconds as a number: short, medium and long have one."""
    return PRESETS_SECONDS[max_duration] if isinstance(max_duration, str) else float(max_duration)


def search_seconds_of(max_duration: float | str) -> float:
    """How much action camera cuts are looked for around, for a reel of reel.max_duration_seconds."""
    return _SEARCH_TIMES * max(_SEARCH_AT_LEAST_SECONDS, max_seconds_of(max_duration))
