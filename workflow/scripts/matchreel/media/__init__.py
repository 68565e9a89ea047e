"""The only door to ffmpeg and decoders: probe, decode, sound, cutting. Nothing else calls them."""
