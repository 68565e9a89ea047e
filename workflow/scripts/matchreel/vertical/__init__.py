"""The upright reel: a 9:16 crop that follows play, smooth within each camera take."""

from matchreel.vertical.step import cut_vertical

__all__ = ["cut_vertical"]
