"""Players as articulated figures: legs and arms that swing with the way run, shirts, shorts and socks."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]
SKINS: tuple[Colour, ...] = ((130, 165, 215), (95, 130, 185), (60, 90, 140), (45, 65, 105))
HAIRS: tuple[Colour, ...] = ((25, 30, 40), (30, 50, 85), (60, 110, 160), (15, 15, 18))
SHIFT = 4
ONE = 1 << SHIFT


def _at(x: float, y: float) -> tuple[int, int]:
    return round(x * ONE), round(y * ONE)


def draw_figure(
    image: Image,
    x: float,
    foot: float,
    tall: float,
    *,
    shirt: Colour,
    shorts: Colour,
    index: int,
    stride: float,
    speed: float,
    lean: float = 0.0,
) -> None:
    """Draw one player whose feet stand at pixel (x, foot), `tall` pixels high, leaning -1..1 sideways."""
    if tall < 3:
        return
    skin, hair = SKINS[index * 7 % 4], HAIRS[index * 5 % 4]
    phase = stride * 2.6
    swing = min(speed / 5.0, 1.0) * 0.24 + 0.03
    tip = lean * 1.25
    sin, cos = math.sin(tip), math.cos(tip)

    def at(dx: float, up: float) -> tuple[int, int]:
        return _at(x + tall * (dx * cos + up * sin), foot - tall * (up * cos - dx * sin))

    thick = max(1, round(tall * 0.085))
    for sign in (1, -1):
        knee = sign * swing * math.sin(phase)
        ankle = knee * 1.25
        raised = max(0.0, sign * math.cos(phase)) * swing * 0.5
        cv2.line(image, at(sign * 0.05, 0.45), at(knee * 0.7 + sign * 0.05, 0.25), skin, thick, cv2.LINE_AA, SHIFT)
        cv2.line(image, at(knee * 0.7 + sign * 0.05, 0.25), at(ankle + sign * 0.05, raised), shirt, thick, cv2.LINE_AA, SHIFT)
        hand = -sign * swing * math.sin(phase) * 0.8 + sign * (0.16 + 0.1 * abs(lean))
        cv2.line(image, at(sign * 0.13, 0.78), at(hand, 0.5 + 0.5 * abs(lean)), skin, max(1, round(tall * 0.06)), cv2.LINE_AA, SHIFT)
    torso = np.array([at(-0.15, 0.84), at(0.15, 0.84), at(0.12, 0.5), at(-0.12, 0.5)], dtype=np.int32)
    cv2.fillConvexPoly(image, torso, shirt, cv2.LINE_AA, SHIFT)
    pants = np.array([at(-0.12, 0.53), at(0.12, 0.53), at(0.14, 0.37), at(-0.14, 0.37)], dtype=np.int32)
    cv2.fillConvexPoly(image, pants, shorts, cv2.LINE_AA, SHIFT)
    cv2.circle(image, at(0, 0.92), round(tall * 0.075 * ONE), skin, -1, cv2.LINE_AA, SHIFT)
    cv2.circle(image, at(0, 0.955), round(tall * 0.055 * ONE), hair, -1, cv2.LINE_AA, SHIFT)


def draw_shadow(image: Image, x: float, foot: float, tall: float, grass: Colour) -> None:
    """A soft dark ellipse on the grass."""
    dark = tuple(int(v * 0.62) for v in grass)
    axes = (round(tall * 0.28 * ONE), round(max(tall * 0.07, 0.6) * ONE))
    cv2.ellipse(image, _at(x + tall * 0.12, foot), axes, 0, 0, 360, dark, -1, cv2.LINE_AA, SHIFT)
