"""A person from the waist up, drawn once for a view and then swayed from frame to frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from matchreel.synthetic.camera import HEIGHT, WIDTH
from matchreel.synthetic.figures import HAIRS, SKINS, Colour
from matchreel.synthetic.stadium import Image, Stadium
from matchreel.synthetic.story import View

SHEET_WIDTH, SHEET_HEIGHT = 300, 330


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
        shirt, number = _shirt_of(stadium, view.subject)
        picture = np.zeros((SHEET_HEIGHT, SHEET_WIDTH, 3), dtype=np.uint8)
        opacity = np.zeros((SHEET_HEIGHT, SHEET_WIDTH), dtype=np.uint8)
        look = rng.integers(0, 4, size=2)
        _body(picture, opacity, shirt, SKINS[look[0]], HAIRS[look[1]], number, view.mood, rng)
        soft = np.asarray(cv2.GaussianBlur(opacity, (0, 0), 1.0), dtype=np.uint8)
        return cls(
            picture,
            soft,
            x=float(rng.uniform(0.36, 0.64)) * WIDTH,
            scale=float(rng.uniform(0.62, 0.95)),
            walk=float(rng.uniform(-14, 14)),
            phase=float(rng.uniform(0, 6.3)),
            bounce=7.0 if view.mood == "joy" else 2.5,
        )

    def draw(self, image: Image, since: float) -> None:
        """Blend the person into an (H, W, 3) picture, `since` seconds into the view."""
        sway = 4 * math.sin(since * 2.1 + self.phase)
        x = self.x + self.walk * since + sway - SHEET_WIDTH * self.scale / 2
        rise = self.bounce * abs(math.sin(since * (5 if self.bounce > 5 else 3) + self.phase))
        y = HEIGHT - SHEET_HEIGHT * self.scale + 22 - rise
        place = np.array([[self.scale, 0, x], [0, self.scale, y]])
        picture = cv2.warpAffine(self.picture, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        opacity = cv2.warpAffine(self.opacity, place, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        mask = cv2.merge([opacity, opacity, opacity])
        over = cv2.multiply(picture, mask, scale=1 / 255)
        cv2.multiply(image, 255 - mask, dst=image, scale=1 / 255)
        cv2.add(image, over, dst=image)


def _shirt_of(stadium: Stadium, subject: str) -> tuple[Colour, str]:
    if subject == "referee":
        return (25, 25, 25), ""
    side, _, who = subject.partition(":")
    if side not in stadium.shirts:
        return (60, 45, 40), ""
    if who == "keeper":
        return stadium.keepers[side], "1"
    return stadium.shirts[side], who


def _body(
    picture: Image,
    opacity: Image,
    shirt: Colour,
    skin: Colour,
    hair: Colour,
    number: str,
    mood: str,
    rng: np.random.Generator,
) -> None:
    def shape(points: list[tuple[int, int]], colour: Colour) -> None:
        corners = np.array(points, dtype=np.int32)
        cv2.fillPoly(picture, [corners], colour, cv2.LINE_AA)
        cv2.fillPoly(opacity, [corners], 255, cv2.LINE_AA)

    def limb(a: tuple[int, int], b: tuple[int, int], thick: int, colour: Colour) -> None:
        cv2.line(picture, a, b, colour, thick, cv2.LINE_AA)
        cv2.line(opacity, a, b, 255, thick, cv2.LINE_AA)

    def oval(centre: tuple[int, int], axes: tuple[int, int], colour: Colour) -> None:
        cv2.ellipse(picture, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
        cv2.ellipse(opacity, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)

    dark = (int(shirt[0] * 0.75), int(shirt[1] * 0.75), int(shirt[2] * 0.75))
    for sign in (-1, 1):
        shoulder = (150 + sign * 62, 155)
        if mood == "joy":
            elbow, hand = (150 + sign * 95, 100), (150 + sign * 80, 25)
        elif mood == "regret":
            elbow, hand = (150 + sign * 105, 110), (150 + sign * 40, 62)
        else:
            elbow, hand = (150 + sign * 85, 235), (150 + sign * 78, 320)
        limb(shoulder, elbow, 34, dark)
        limb(elbow, hand, 24, skin)
    shape([(82, 150), (125, 122), (175, 122), (218, 150), (205, 330), (95, 330)], shirt)
    shape([(175, 122), (218, 150), (205, 330), (180, 330)], dark)
    limb((150, 130), (150, 100), 38, skin)
    oval((150, 75), (33, 42), skin)
    cv2.ellipse(picture, (150, 52), (34, 24), 0, 160, 380, hair, -1, cv2.LINE_AA)
    for x in (138, 162):
        cv2.circle(picture, (x, 74), 3, (30, 30, 40), -1, cv2.LINE_AA)
    mouth = (12, 9) if mood == "joy" else (9, 3)
    cv2.ellipse(picture, (150, 98), mouth, 0, 0, 360, (50, 50, 110), -1, cv2.LINE_AA)
    ink = (30, 30, 30) if sum(shirt) > 450 else (240, 240, 240)
    size = cv2.getTextSize(number, cv2.FONT_HERSHEY_DUPLEX, 1.7, 4)[0]
    cv2.putText(picture, number, (150 - size[0] // 2, 225), cv2.FONT_HERSHEY_DUPLEX, 1.7, ink, 4, cv2.LINE_AA)
