"""Training of the spotter."""
