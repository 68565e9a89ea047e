"""Pictures of people in numbers: fans on their seats or on their feet, substitutes in the dugout."""

from __future__ import annotations

import cv2
import numpy as np

from matchreel.synthetic.figures import HAIRS, SKINS, Colour
from matchreel.synthetic.portrait import shaded
from matchreel.synthetic.stadium import Image, Stadium

PLATE_WIDTH, PLATE_HEIGHT = 560, 300
ROW_PIXELS, SEAT_PIXELS = 44, 34


def crowd_plate(rng: np.random.Generator, stadium: Stadium, *, joyful: bool) -> Image:
    """(300, 560, 3): rows of fans, seen from the pitch."""
    plate = np.full((PLATE_HEIGHT, PLATE_WIDTH, 3), (52, 44, 42), dtype=np.uint8)
    colours: list[Colour] = [stadium.shirts["home"]] * 4 + [(60, 60, 70), (150, 120, 100), (190, 190, 195)]
    for row, y in enumerate(range(-10, PLATE_HEIGHT + ROW_PIXELS, ROW_PIXELS)):
        for x in range((row % 2) * SEAT_PIXELS // 2, PLATE_WIDTH + SEAT_PIXELS, SEAT_PIXELS):
            colour = colours[int(rng.integers(0, len(colours)))]
            light = float(rng.uniform(0.7, 1.05))
            place = x + int(rng.integers(-4, 5)), y + int(rng.integers(-5, 6))
            _fan(plate, rng, place, shaded(colour, light), joyful=joyful)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 0.8), dtype=np.uint8)


def _fan(
    plate: Image, rng: np.random.Generator, place: tuple[int, int], shirt: Colour, *, joyful: bool
) -> None:
    x, y = place
    skin, hair = SKINS[int(rng.integers(0, 4))], HAIRS[int(rng.integers(0, 4))]
    cv2.ellipse(plate, (x, y + 34), (17, 22), 0, 180, 360, shirt, -1, cv2.LINE_AA)
    cv2.rectangle(plate, (x - 17, y + 34), (x + 17, y + 60), shaded(shirt, 0.85), -1)
    cv2.ellipse(plate, (x, y + 4), (9, 11), 0, 0, 360, skin, -1, cv2.LINE_AA)
    cv2.ellipse(plate, (x, y), (10, 8), 0, 180, 360, hair, -1, cv2.LINE_AA)
    if joyful and rng.random() < 0.75:
        for sign in (-1, 1):
            hand = (x + sign * int(rng.integers(12, 26)), y - int(rng.integers(12, 30)))
            cv2.line(plate, (x + sign * 15, y + 22), hand, skin, 6, cv2.LINE_AA)
        if rng.random() < 0.2:
            cv2.rectangle(plate, (x - 24, y - 34), (x + 24, y - 24), shaded(shirt, 1.15), -1)
    elif rng.random() < 0.3:
        cv2.line(plate, (x - 12, y + 26), (x + 2, y + 18), skin, 5, cv2.LINE_AA)


def dugout_plate(rng: np.random.Generator, stadium: Stadium, side: str) -> Image:
    """(300, 560, 3): substitutes and staff on their seats under a roof."""
    plate = np.full((PLATE_HEIGHT, PLATE_WIDTH, 3), (88, 72, 62), dtype=np.uint8)
    plate[250:] = stadium.grass
    cv2.rectangle(plate, (0, 0), (PLATE_WIDTH, 58), (170, 160, 150), -1)
    cv2.rectangle(plate, (0, 52), (PLATE_WIDTH, 62), (60, 50, 45), -1)
    for index, x in enumerate(range(24, PLATE_WIDTH, 62)):
        cv2.rectangle(plate, (x - 24, 108), (x + 24, 250), (150, 60, 30), -1)
        coat = shaded(stadium.shirts[side], 0.8) if index % 3 else (70, 60, 55)
        skin, hair = SKINS[int(rng.integers(0, 4))], HAIRS[int(rng.integers(0, 4))]
        lean = int(rng.integers(-6, 7))
        cv2.ellipse(plate, (x + lean, 182), (25, 48), 0, 0, 360, coat, -1, cv2.LINE_AA)
        cv2.rectangle(plate, (x - 22, 205), (x + 22, 240), shaded(coat, 0.6), -1)
        for leg in (-12, 12):
            cv2.line(plate, (x + leg, 235), (x + leg, 268), shaded(coat, 0.5), 14, cv2.LINE_AA)
        cv2.ellipse(plate, (x + lean, 120), (15, 19), 0, 0, 360, skin, -1, cv2.LINE_AA)
        cv2.ellipse(plate, (x + lean, 112), (16, 13), 0, 180, 360, hair, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(plate, (0, 0), 1.2), dtype=np.uint8)
