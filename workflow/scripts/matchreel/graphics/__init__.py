"""Text on pictures: title card and lower thirds, drawn with the shipped fonts."""
