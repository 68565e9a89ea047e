"""The renderer of synthetic broadcasts: see render.render_game."""

from matchreel.synthetic.render import render_game

__all__ = ["render_game"]
