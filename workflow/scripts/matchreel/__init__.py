"""matchreel: from a recording of a soccer match to a highlight reel."""

__version__ = "0.1.0"
