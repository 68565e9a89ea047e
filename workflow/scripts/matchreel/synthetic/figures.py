"""Players as articulated figures: legs and arms that swing with the way run, shirts, shorts and socks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]
Float = npt.NDArray[np.float64]
Colour = tuple[int, int, int]
SKINS: tuple[Colour, ...] = ((130, 165, 215), (95, 130, 185), (60, 90, 140), (45, 65, 105))
HAIRS: tuple[Colour, ...] = ((25, 30, 40), (30, 50, 85), (60, 110, 160), (15, 15, 18))
SHIFT = 4  # OpenCV's fixed point: coordinates in sixteenths of a pixel
ONE = 1 << SHIFT
LEAST_PIXELS = 3.0
LEAST_ARM_PIXELS = 16.0
TORSO = ((-0.16, 0.84), (0.16, 0.84), (0.12, 0.5), (-0.12, 0.5))
SHORTS = ((-0.12, 0.54), (0.12, 0.54), (0.145, 0.36), (-0.145, 0.36))
HEAD, HAIR = (0.0, 0.915), (0.0, 0.95)


@dataclass(frozen=True)
class Kit:
    """What one figure wears."""

    shirt: Colour
    shorts: Colour
    socks: Colour
    skin: Colour
    hair: Colour

    @classmethod
    def of(cls, shirt: Colour, shorts: Colour, index: int) -> Kit:
        """A kit with a skin and hair that belong to the index."""
        return cls(shirt, shorts, shirt, SKINS[index * 7 % 4], HAIRS[index * 5 % 4])


def figure_points(x: Float, foot: Float, tall: Float, *, stride: Float, speed: Float, lean: Float) -> Float:
    """(N, 20, 2) pixels: the joints of N figures standing at (N,) x and foot, leaning -1..1 sideways.

    Joints: hip, knee, ankle, shoulder, hand of each side, torso 4, shorts 4, head, hair.
    """
    phase, swing = stride * 2.6, np.minimum(speed / 5.0, 1.0) * 0.22 + 0.03
    held = np.zeros((len(x), 20, 2))
    for first, sign in ((0, 1.0), (5, -1.0)):
        knee = sign * swing * np.sin(phase)
        up = np.maximum(0.0, sign * np.cos(phase)) * swing * 0.5
        hand = -0.8 * knee + sign * (0.17 + 0.1 * np.abs(lean))
        held[:, first] = (sign * 0.05, 0.45)
        held[:, first + 1] = np.stack([knee * 0.7 + sign * 0.05, np.full_like(knee, 0.25)], axis=1)
        held[:, first + 2] = np.stack([knee * 1.25 + sign * 0.05, up], axis=1)
        held[:, first + 3] = (sign * 0.14, 0.8)
        held[:, first + 4] = np.stack([hand, 0.5 + 0.55 * np.abs(lean)], axis=1)
    held[:, 10:14], held[:, 14:18], held[:, 18], held[:, 19] = TORSO, SHORTS, HEAD, HAIR
    sin, cos = np.sin(1.25 * lean)[:, None], np.cos(1.25 * lean)[:, None]
    across, upward = held[..., 0], held[..., 1]
    out = np.empty_like(held)
    out[..., 0] = x[:, None] + tall[:, None] * (across * cos + upward * sin)
    out[..., 1] = foot[:, None] - tall[:, None] * (upward * cos - across * sin)
    return out


def draw_figure(image: Image, points: npt.NDArray[np.int32], tall: float, kit: Kit) -> None:
    """Draw one figure from its (20, 2) joints in sixteenths of a pixel."""
    if tall < LEAST_PIXELS:
        return
    thick, arm = max(1, round(tall * 0.085)), max(1, round(tall * 0.06))
    joints = points.tolist()
    for first in (0, 5):
        hip, knee, ankle, shoulder, hand = joints[first : first + 5]
        cv2.line(image, hip, knee, kit.skin, thick, cv2.LINE_AA, SHIFT)
        cv2.line(image, knee, ankle, kit.socks, thick, cv2.LINE_AA, SHIFT)
        if tall > LEAST_ARM_PIXELS:
            cv2.line(image, shoulder, hand, kit.skin, arm, cv2.LINE_AA, SHIFT)
    cv2.fillConvexPoly(image, points[10:14], kit.shirt, cv2.LINE_AA, SHIFT)
    cv2.fillConvexPoly(image, points[14:18], kit.shorts, cv2.LINE_AA, SHIFT)
    cv2.circle(image, joints[18], int(tall * 0.078 * ONE), kit.skin, -1, cv2.LINE_AA, SHIFT)
    cv2.circle(image, joints[19], int(tall * 0.058 * ONE), kit.hair, -1, cv2.LINE_AA, SHIFT)


def draw_shadow(image: Image, x: float, foot: float, tall: float, dark: Colour) -> None:
    """A dark ellipse on the grass."""
    centre = int((x + tall * 0.12) * ONE), int(foot * ONE)
    axes = int(tall * 0.28 * ONE), int(max(tall * 0.07, 0.6) * ONE)
    cv2.ellipse(image, centre, axes, 0, 0, 360, dark, -1, cv2.LINE_AA, SHIFT)
