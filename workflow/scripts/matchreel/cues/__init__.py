"""What can be measured in a recording without training, per grid step: sound, views, edges, cuts."""

from matchreel.cues.record import Cues, wide_views
from matchreel.cues.step import cache_cues

__all__ = ["Cues", "cache_cues", "wide_views"]
