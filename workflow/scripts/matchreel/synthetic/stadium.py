"""Textures made once a game: mown grass with its lines, advertising boards, stands full of people."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.synthetic.story import PITCH_LENGTH_METRES, PITCH_WIDTH_METRES

Image = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]
PIXELS_PER_METRE = 10
MARGIN_METRES = 22
WALL_PIXELS_PER_METRE = 9
WALL_HEIGHT_METRES = 27
BOARD_METRES = 1.1
KIT_COLOURS: tuple[Colour, ...] = (
    (40, 40, 200), (200, 80, 30), (240, 240, 240), (30, 200, 235), (60, 30, 110), (35, 35, 35),
    (190, 170, 60),
)  # fmt: skip
LEAST_CONTRAST = 200
REFEREE_COLOURS: tuple[Colour, ...] = ((30, 30, 30), (60, 220, 240), (60, 60, 220))
KEEPER_COLOURS: tuple[Colour, ...] = (
    (40, 230, 170),
    (210, 90, 230),
    (30, 140, 250),
    (240, 240, 60),
    (60, 240, 250),
    (40, 130, 40),
)
NAMES = (
    "Northport", "Hillside", "Castle Bay", "Riverton", "Eastmoor", "Grangeford", "Westhaven", "Larkfield",
    "Millbrook", "Stonebridge", "Ashdale", "Foxborough",
)  # fmt: skip
SPONSORS = ("MATCHREEL", "NORDBANK", "VOLTA", "KAFFA", "ORBIT AIR", "LUMEN", "TERRA", "PIXELA")


@dataclass(frozen=True)
class Stadium:
    """What one game looks like. Colours are BGR; ground and wall are textures of known scale."""

    names: dict[str, str]
    shirts: dict[str, Colour]
    shorts: dict[str, Colour]
    keepers: dict[str, Colour]
    referee: Colour
    ground: Image
    wall: Image
    grass: Colour


def build_stadium(rng: np.random.Generator) -> Stadium:
    """Draw one game's colours, pitch and stands."""
    home, away = _apart(rng)
    names = rng.choice(NAMES, size=2, replace=False)
    shirts = {"home": KIT_COLOURS[home], "away": KIT_COLOURS[away]}
    worn = list(shirts.values())
    free = sorted(KEEPER_COLOURS, key=lambda colour: -_contrast(colour, worn))
    keepers = rng.permutation(3)
    tint = rng.integers(-8, 9, size=3)
    grass = tuple(int(v) for v in np.array((58, 126, 84)) + tint)
    return Stadium(
        names={"home": str(names[0]), "away": str(names[1])},
        shirts=shirts,
        shorts={side: _shorts(rng, shirts[side]) for side in shirts},
        keepers={"home": free[keepers[0]], "away": free[keepers[1]]},
        referee=max(REFEREE_COLOURS, key=lambda colour: _contrast(colour, worn)),
        ground=_ground(rng, (grass[0], grass[1], grass[2])),
        wall=_wall(rng, shirts),
        grass=(grass[0], grass[1], grass[2]),
    )


def _contrast(colour: Colour, others: list[Colour]) -> int:
    """How far a colour is from the nearest of others, 0..765."""
    return min(sum(abs(a - b) for a, b in zip(colour, other, strict=True)) for other in others)


def _apart(rng: np.random.Generator) -> tuple[int, int]:
    """Indices of two shirts that nobody confuses."""
    home = int(rng.integers(0, len(KIT_COLOURS)))
    far = [
        index
        for index, colour in enumerate(KIT_COLOURS)
        if _contrast(colour, [KIT_COLOURS[home]]) > LEAST_CONTRAST
    ]
    return home, far[int(rng.integers(0, len(far)))]


def _shorts(rng: np.random.Generator, shirt: Colour) -> Colour:
    dark = (int(shirt[0] * 0.5), int(shirt[1] * 0.5), int(shirt[2] * 0.5))
    choices: tuple[Colour, ...] = (shirt, dark, (235, 235, 235), (35, 35, 35))
    return choices[int(rng.integers(0, len(choices)))]


def _ground(rng: np.random.Generator, grass: Colour) -> Image:
    width = int((PITCH_LENGTH_METRES + 2 * MARGIN_METRES) * PIXELS_PER_METRE)
    height = int((PITCH_WIDTH_METRES + 2 * MARGIN_METRES) * PIXELS_PER_METRE)
    stripe = float(rng.uniform(5, 7))
    x = np.arange(width) / PIXELS_PER_METRE - MARGIN_METRES
    shade = np.where((np.floor(x / stripe) % 2) == 0, 1.0, 0.86)
    if rng.random() < 0.5:
        y = np.arange(height) / PIXELS_PER_METRE - MARGIN_METRES
        shade = shade * np.where((np.floor(y / stripe) % 2) == 0, 1.0, 0.93)[:, None]
    noise = cv2.GaussianBlur(rng.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2) * 0.15
    patches = cv2.resize(rng.normal(0, 0.05, (20, 30)).astype(np.float32), (width, height))
    shade = np.broadcast_to(shade, (height, width)) * (1 + noise + patches)
    image: Image = np.clip(shade[..., None] * np.array(grass), 0, 255).astype(np.uint8)
    _lines(image)
    return image


def _lines(image: Image) -> None:
    white, thick = (225, 232, 228), 2
    length, width = PITCH_LENGTH_METRES, PITCH_WIDTH_METRES

    def at(x: float, y: float) -> tuple[int, int]:
        return round((x + MARGIN_METRES) * PIXELS_PER_METRE), round((y + MARGIN_METRES) * PIXELS_PER_METRE)

    def box(x0: float, y0: float, x1: float, y1: float) -> None:
        cv2.rectangle(image, at(x0, y0), at(x1, y1), white, thick, cv2.LINE_AA)

    radius = round(9.15 * PIXELS_PER_METRE)
    box(0, 0, length, width)
    cv2.line(image, at(length / 2, 0), at(length / 2, width), white, thick, cv2.LINE_AA)
    cv2.circle(image, at(length / 2, width / 2), radius, white, thick, cv2.LINE_AA)
    cv2.circle(image, at(length / 2, width / 2), 3, white, -1, cv2.LINE_AA)
    for goal, inward in ((0.0, 1.0), (length, -1.0)):
        box(goal, width / 2 - 20.16, goal + 16.5 * inward, width / 2 + 20.16)
        box(goal, width / 2 - 9.16, goal + 5.5 * inward, width / 2 + 9.16)
        cv2.circle(image, at(goal + 11 * inward, width / 2), 3, white, -1, cv2.LINE_AA)
        middle = 0 if inward > 0 else 180
        cv2.ellipse(
            image,
            at(goal + 11 * inward, width / 2),
            (radius, radius),
            0,
            middle - 53,
            middle + 53,
            white,
            thick,
            16,
        )


def _wall(rng: np.random.Generator, shirts: dict[str, Colour]) -> Image:
    """The stand behind a touchline: boards at the foot, steps full of people above. Row 0 is the top."""
    width = int((PITCH_LENGTH_METRES + 2 * MARGIN_METRES + 60) * WALL_PIXELS_PER_METRE)
    height = WALL_HEIGHT_METRES * WALL_PIXELS_PER_METRE
    image = np.full((height, width, 3), (62, 48, 44), dtype=np.uint8)
    people(image, rng, [shirts["home"]] * 3 + [shirts["away"]], pitch=6)
    for column in range(40, width, 170):
        cv2.line(image, (column, 0), (column + 12, height), (88, 82, 80), 5)
    tier = int(height * 0.42)
    image[tier : tier + 12] = (96, 88, 84)
    image[tier + 12 : tier + 26] = image[tier + 12 : tier + 26] // 3
    image[: int(height * 0.1)] = (46, 40, 38)
    shade = np.linspace(0.6, 1.0, height)[:, None, None]
    image = np.asarray(cv2.GaussianBlur((image * shade).astype(np.uint8), (0, 0), 1.1), dtype=np.uint8)
    foot = height - int(2.4 * WALL_PIXELS_PER_METRE)
    image[foot:] = (120, 92, 70)
    _boards(image, rng)
    return image


def people(image: Image, rng: np.random.Generator, colours: list[Colour], *, pitch: int) -> None:
    """Fill a picture with rows of heads and shoulders, one every `pitch` pixels or so."""
    height, width = image.shape[:2]
    mixed = [*colours, (200, 200, 205), (90, 90, 100), (140, 110, 90), (60, 60, 70)]
    for row in range(0, height + pitch, pitch):
        xs = np.arange(0, width, pitch) + rng.integers(-2, 3, size=len(range(0, width, pitch)))
        pick = rng.integers(0, len(mixed), size=len(xs))
        dim = rng.uniform(0.45, 1.0, size=len(xs))
        for x, p, light in zip(xs.tolist(), pick.tolist(), dim.tolist(), strict=True):
            shirt = tuple(int(v * light) for v in mixed[p])
            cv2.rectangle(image, (x, row), (x + pitch - 2, row + pitch), shirt, -1)
            head = tuple(int(v * light) for v in (130, 165, 215))
            cv2.circle(image, (x + pitch // 2, row - pitch // 4), max(1, pitch // 3), head, -1)


def _boards(image: Image, rng: np.random.Generator) -> None:
    height, width = image.shape[:2]
    top = height - int(BOARD_METRES * WALL_PIXELS_PER_METRE)
    column = 0
    while column < width:
        word = str(rng.choice(SPONSORS))
        length = 20 + 9 * len(word)
        back = tuple(
            int(v)
            for v in rng.choice([(160, 60, 20), (30, 30, 150), (235, 235, 235), (30, 30, 30), (40, 120, 30)])
        )
        cv2.rectangle(image, (column, top), (column + length, height), back, -1)
        ink = (30, 30, 30) if sum(back) > 400 else (245, 245, 245)
        cv2.putText(
            image, word, (column + 8, height - 2), cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink, 1, cv2.LINE_AA
        )
        column += length
