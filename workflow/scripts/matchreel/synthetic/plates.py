"""Pictures without the pitch: close-ups of people before a blurred background, the crowd, the bench."""

from __future__ import annotations

import math

import cv2
import numpy as np

from matchreel.randomness import generator
from matchreel.synthetic.camera import HEIGHT, WIDTH
from matchreel.synthetic.crowds import PLATE_HEIGHT, PLATE_WIDTH, crowd_plate, dugout_plate
from matchreel.synthetic.portrait import Portrait
from matchreel.synthetic.stadium import Image, Stadium, people
from matchreel.synthetic.story import View

NUM_CROWDS = 2


class Plates:
    """Backgrounds made once a game, and the picture of any view that is not of the pitch."""

    def __init__(self, stadium: Stadium, seed: int, game: str) -> None:
        self.stadium, self.seed, self.game = stadium, seed, game
        rng = generator(seed, game, "plates")
        self.backdrops = {
            "stand": _blurred_stand(rng, stadium),
            "grass": _blurred_grass(rng, stadium),
            "boards": _blurred_boards(rng, stadium),
            "net": _net_backdrop(rng, stadium),
        }
        self.crowds = {
            joyful: [crowd_plate(rng, stadium, joyful=joyful) for _ in range(NUM_CROWDS)]
            for joyful in (False, True)
        }
        self.dugouts = {side: dugout_plate(rng, stadium, side) for side in stadium.shirts}
        self.held: tuple[View, Portrait] | None = None

    def draw(self, view: View, seconds: float) -> Image:
        """(H, W, 3) uint8 BGR: the view at a moment of the part."""
        since = seconds - view.start_seconds
        if view.kind == "crowd":
            return self._crowd(view, since)
        if self.held is None or self.held[0] != view:
            rng = generator(self.seed, self.game, "portrait", view.start_seconds)
            self.held = (view, Portrait.of(self.stadium, view, rng))
        portrait = self.held[1]
        back = self.backdrops.get(view.backdrop, self.backdrops["stand"])
        if view.kind == "bench":
            back = self.dugouts.get(view.subject, self.dugouts["home"])
        image = _window(
            back, 60 + 18 * math.sin(since * 0.5 + portrait.phase), 30 + 4 * math.sin(since * 0.8)
        )
        portrait.draw(image, since)
        return image

    def _crowd(self, view: View, since: float) -> Image:
        plate = self.crowds[view.mood == "joy"][int(view.start_seconds * 7) % NUM_CROWDS]
        quick, high = (9.0, 7.0) if view.mood == "joy" else (1.5, 1.5)
        first = _window(plate, 70 + 15 * math.sin(since * 0.4), 30 + high * math.sin(since * quick))
        second = _window(
            plate, 75 + 15 * math.sin(since * 0.4), 30 + high * math.sin(since * quick * 1.15 + 2)
        )
        stripe = (np.arange(WIDTH) // 23) % 2 == 0
        first[:, stripe] = second[:, stripe]
        return first


def _window(plate: Image, x: float, y: float) -> Image:
    shift = np.array([[1.0, 0, x], [0, 1.0, y]])
    return np.asarray(
        cv2.warpAffine(
            plate,
            shift,
            (WIDTH, HEIGHT),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        ),
        dtype=np.uint8,
    )


def _plate(colour: tuple[int, int, int]) -> Image:
    return np.full((PLATE_HEIGHT, PLATE_WIDTH, 3), colour, dtype=np.uint8)


def _blurred_stand(rng: np.random.Generator, stadium: Stadium) -> Image:
    plate = _plate((60, 48, 44))
    people(plate, rng, [stadium.shirts["home"], stadium.shirts["home"], stadium.shirts["away"]], pitch=22)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 7), dtype=np.uint8)


def _blurred_grass(rng: np.random.Generator, stadium: Stadium) -> Image:
    plate = _plate(stadium.grass)
    light = np.linspace(0.85, 1.05, PLATE_HEIGHT)[:, None, None]
    plate = np.clip(plate * light, 0, 255).astype(np.uint8)
    x = int(rng.integers(0, PLATE_WIDTH))
    cv2.line(plate, (x, 0), (x + 160, PLATE_HEIGHT), (210, 225, 215), 9)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 5), dtype=np.uint8)


def _blurred_boards(rng: np.random.Generator, stadium: Stadium) -> Image:
    plate = _blurred_grass(rng, stadium)
    top = _blurred_stand(rng, stadium)
    plate[:110] = top[:110]
    colour = tuple(int(v) for v in rng.choice([(160, 60, 20), (30, 30, 150), (225, 225, 225), (30, 30, 30)]))
    cv2.rectangle(plate, (0, 110), (PLATE_WIDTH, 190), colour, -1)
    ink = (40, 40, 40) if sum(colour) > 400 else (235, 235, 235)
    cv2.putText(plate, "MATCHREEL  NORDBANK", (10, 172), cv2.FONT_HERSHEY_SIMPLEX, 1.9, ink, 7, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 3), dtype=np.uint8)


def _net_backdrop(rng: np.random.Generator, stadium: Stadium) -> Image:
    plate = _blurred_stand(rng, stadium)
    for offset in range(-PLATE_HEIGHT, PLATE_WIDTH, 17):
        cv2.line(plate, (offset, 0), (offset + PLATE_HEIGHT, PLATE_HEIGHT), (205, 208, 205), 2, cv2.LINE_AA)
        cv2.line(plate, (offset + PLATE_HEIGHT, 0), (offset, PLATE_HEIGHT), (205, 208, 205), 2, cv2.LINE_AA)
    cv2.line(plate, (0, 62), (PLATE_WIDTH, 52), (250, 250, 250), 9, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 1.2), dtype=np.uint8)
