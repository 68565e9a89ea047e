"""Highlight clips and the reel joined from them."""
