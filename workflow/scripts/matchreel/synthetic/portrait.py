"""A person from the thighs up, drawn once for a view and then swayed from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from matchreel.synthetic.camera import HEIGHT, WIDTH
from matchreel.synthetic.figures import HAIRS, SKINS, Colour
from matchreel.synthetic.stadium import Image, Stadium
from matchreel.synthetic.story import View

SHEET_WIDTH, SHEET_HEIGHT = 320, 470
MIDDLE = SHEET_WIDTH // 2
HEAD_TOP = 30
# Elbow and hand from the middle of the chest, by mood.
ARMS = {
    "calm": ((88, 240), (80, 330)),
    "joy": ((104, 96), (92, 12)),
    "regret": ((108, 112), (38, 58)),
    "point": ((120, 190), (160, 120)),
}


@dataclass(frozen=True)
class Portrait:
    """A cut-out person: picture and opacity of one sheet, where it stands and how it moves."""

    picture: Image
    opacity: Image
    x: float
    scale: float
    walk: float
    phase: float
    bounce: float

    @classmethod
    def of(cls, stadium: Stadium, view: View, rng: np.random.Generator) -> Portrait:
        """The person a view is about."""
        sheet = _Sheet()
        shirt, shorts, number = _dress(stadium, view.subject)
        who = int(number) + (3 if view.subject.startswith("away") else 0) if number else 1
        skin, hair = SKINS[who * 7 % 4], HAIRS[who * 5 % 4]
        _draw_body(sheet, shirt, shorts, skin, view.mood)
        _draw_head(sheet, skin, hair, view.mood)
        _draw_number(sheet, shirt, number)
        joy = view.mood == "joy"
        return cls(
            sheet.picture,
            np.asarray(cv2.GaussianBlur(sheet.opacity, (0, 0), 1.0), dtype=np.uint8),
            x=float(rng.uniform(0.34, 0.66)) * WIDTH,
            scale=float(rng.uniform(0.56, 0.95)),
            walk=float(rng.uniform(-18, 18)),
            phase=float(rng.uniform(0, 6.3)),
            bounce=9.0 if joy else 2.5,
        )

    def draw(self, image: Image, since: float) -> None:
        """Blend the person into an (H, W, 3) picture, `since` seconds into the view."""
        x = self.x + self.walk * since + 4 * math.sin(since * 2.1 + self.phase) - MIDDLE * self.scale
        step = math.sin(since * (5.5 if self.bounce > 5 else 3.2) + self.phase)
        y = 14 + (1 - self.scale) * 26 - HEAD_TOP * self.scale - self.bounce * abs(step)
        tilt = 0.02 * math.sin(since * 1.6 + self.phase)
        place = np.array([[self.scale, tilt, x], [-tilt, self.scale, y]])
        left, right = max(0, int(x) - 8), min(WIDTH, int(x + SHEET_WIDTH * self.scale) + 12)
        if right - left < 2:
            return
        place[0, 2] -= left
        size = (right - left, HEIGHT)
        picture = cv2.warpAffine(self.picture, place, size, flags=cv2.INTER_LINEAR)
        opacity = cv2.warpAffine(self.opacity, place, size, flags=cv2.INTER_LINEAR)
        mask = cv2.merge([opacity, opacity, opacity])
        part = image[:, left:right]
        behind = cv2.multiply(part, 255 - mask, scale=1 / 255)
        cv2.add(behind, cv2.multiply(picture, mask, scale=1 / 255), dst=part)


class _Sheet:
    """A picture and its opacity that are drawn on together."""

    def __init__(self) -> None:
        self.picture = np.zeros((SHEET_HEIGHT, SHEET_WIDTH, 3), dtype=np.uint8)
        self.opacity = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), dtype=np.uint8)

    def shape(self, points: list[tuple[int, int]], colour: Colour) -> None:
        corners = np.array(points, dtype=np.int32)
        cv2.fillPoly(self.picture, [corners], colour, cv2.LINE_AA)
        cv2.fillPoly(self.opacity, [corners], 255, cv2.LINE_AA)

    def limb(self, a: tuple[int, int], b: tuple[int, int], thick: int, colour: Colour) -> None:
        cv2.line(self.picture, a, b, colour, thick, cv2.LINE_AA)
        cv2.line(self.opacity, a, b, (255,), thick, cv2.LINE_AA)

    def oval(self, centre: tuple[int, int], axes: tuple[int, int], colour: Colour) -> None:
        cv2.ellipse(self.picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(self.opacity, centre, axes, 0, 0, 360, (255,), -1, cv2.LINE_AA)


def _dress(stadium: Stadium, subject: str) -> tuple[Colour, Colour, str]:
    """Shirt, shorts and number of whoever it is."""
    if subject == "referee":
        return stadium.referee, (25, 25, 25), ""
    side, _, who = subject.partition(":")
    if side not in stadium.shirts:
        return (62, 48, 40), (40, 32, 28), ""
    if who == "keeper":
        return stadium.keepers[side], stadium.keepers[side], "1"
    return stadium.shirts[side], stadium.shorts[side], who


def shaded(colour: Colour, factor: float) -> Colour:
    """The colour, darker or lighter."""
    return (
        min(255, int(colour[0] * factor)),
        min(255, int(colour[1] * factor)),
        min(255, int(colour[2] * factor)),
    )


def _draw_body(sheet: _Sheet, shirt: Colour, shorts: Colour, skin: Colour, mood: str) -> None:
    dark = shaded(shirt, 0.78)
    elbow, hand = ARMS[mood]
    sheet.shape([(104, 335), (216, 335), (232, 430), (92, 430)], shorts)
    sheet.shape([(164, 335), (216, 335), (232, 430), (170, 430)], shaded(shorts, 0.8))
    for sign in (-1, 1):
        shoulder, joint, end = (MIDDLE + sign * 60, 158), (MIDDLE + sign * elbow[0], elbow[1]), None
        end = (MIDDLE + sign * hand[0], hand[1])
        half = ((shoulder[0] + joint[0]) // 2, (shoulder[1] + joint[1]) // 2)
        sheet.limb(joint, end, 23, shaded(skin, 0.92))
        sheet.limb(half, joint, 27, skin)
        sheet.limb(shoulder, half, 38, dark)
        sheet.oval(end, (14, 15), skin)
    sheet.limb((MIDDLE, 135), (MIDDLE, 104), 36, shaded(skin, 0.82))
    sheet.shape([(88, 156), (134, 124), (186, 124), (232, 156), (218, 345), (102, 345)], shirt)
    sheet.shape([(190, 126), (232, 156), (218, 345), (188, 345), (200, 220)], dark)
    cv2.ellipse(sheet.picture, (MIDDLE, 122), (27, 13), 0, 0, 180, shaded(shirt, 0.6), 4, cv2.LINE_AA)


def _draw_head(sheet: _Sheet, skin: Colour, hair: Colour, mood: str) -> None:
    x = MIDDLE
    sheet.oval((x, 62), (36, 32), hair)
    for sign in (-1, 1):
        sheet.oval((x + sign * 33, 80), (6, 10), shaded(skin, 0.85))
    sheet.oval((x, 82), (31, 40), skin)
    cv2.ellipse(sheet.picture, (x + 12, 86), (18, 34), 0, -80, 80, shaded(skin, 0.88), -1, cv2.LINE_AA)
    cv2.ellipse(sheet.picture, (x, 58), (33, 22), 0, 175, 365, hair, -1, cv2.LINE_AA)
    for sign in (-1, 1):
        cv2.line(sheet.picture, (x + sign * 7, 72), (x + sign * 19, 70), shaded(hair, 0.9), 3, cv2.LINE_AA)
        cv2.circle(sheet.picture, (x + sign * 13, 79), 3, (35, 30, 30), -1, cv2.LINE_AA)
    cv2.line(sheet.picture, (x, 80), (x + 4, 93), shaded(skin, 0.7), 3, cv2.LINE_AA)
    mouth = (12, 10) if mood == "joy" else (10, 3)
    cv2.ellipse(sheet.picture, (x, 105), mouth, 0, 0, 360, (50, 45, 110), -1, cv2.LINE_AA)


def _draw_number(sheet: _Sheet, shirt: Colour, number: str) -> None:
    ink = (30, 30, 30) if sum(shirt) > 450 else (240, 240, 240)
    size = cv2.getTextSize(number, cv2.FONT_HERSHEY_DUPLEX, 1.8, 4)[0]
    cv2.putText(
        sheet.picture, number, (MIDDLE - size[0] // 2, 235), cv2.FONT_HERSHEY_DUPLEX, 1.8, ink, 5, cv2.LINE_AA
    )
    cv2.circle(sheet.picture, (MIDDLE + 32, 165), 9, shaded(ink, 0.9), -1, cv2.LINE_AA)
