"""The upright reel: a 9:16 crop that follows play."""
