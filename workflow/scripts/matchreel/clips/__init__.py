"""Labelled training clips of a part: which ones (policy), their table (table), cutting them (slicing)."""

from matchreel.clips.slicing import slice_clips

__all__ = ["slice_clips"]
