"""Camera cuts around the moments of a game: where they were looked for, and when they happen."""
