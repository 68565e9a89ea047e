"""Draws the pitch as a camera sees it: stands, grass, goals, players and the ball."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.synthetic.camera import HEIGHT, WIDTH, Camera, Matrix, project
from matchreel.synthetic.figures import ONE, SHIFT, Kit, draw_figure, draw_shadow, figure_points
from matchreel.synthetic.goals import Nets, draw_goal
from matchreel.synthetic.stadium import (
    MARGIN_METRES,
    PIXELS_PER_METRE,
    WALL_HEIGHT_METRES,
    WALL_PIXELS_PER_METRE,
    Image,
    Stadium,
)
from matchreel.synthetic.story import NUM_OUTFIELD, PITCH_LENGTH_METRES, PITCH_WIDTH_METRES, RATE_FPS, SIDES
from matchreel.synthetic.world import NUM_FIGURES, World

PLAYER_METRES = 1.95
BALL_METRES = 0.36  # ASSUME larger than life, or nobody would see it at this size
WALL_GAP_METRES = 5.0
SIDE_GAP_METRES = 6.0
NEAR_GAP_METRES = 8.0
LEAST_DEPTH_METRES = 4.0
FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
_TO_METRES = 1 / PIXELS_PER_METRE


class PitchView:
    """Draws one game's pitch through any camera."""

    def __init__(self, stadium: Stadium, world: World, nets: Nets) -> None:
        self.stadium, self.world, self.nets = stadium, world, nets
        self.kits = _kits(stadium)
        self.shadow = (int(stadium.grass[0] * 0.6), int(stadium.grass[1] * 0.6), int(stadium.grass[2] * 0.6))
        self.empty = np.full((HEIGHT, WIDTH, 3), (58, 46, 42), dtype=np.uint8)
        left = int((MARGIN_METRES - SIDE_GAP_METRES) * PIXELS_PER_METRE)
        bottom = int((MARGIN_METRES + PITCH_WIDTH_METRES + WALL_GAP_METRES) * PIXELS_PER_METRE)
        self.ground = stadium.ground[:bottom, left : stadium.ground.shape[1] - left]
        self.plane = np.array(
            [[_TO_METRES, 0, -SIDE_GAP_METRES], [0, _TO_METRES, -MARGIN_METRES], [0, 0, 0], [0, 0, 1]]
        )

    def draw(self, camera: Camera, frame: float) -> Image:
        """(H, W, 3) uint8 BGR: the world at a (fractional) frame."""
        matrix = camera.matrix()
        image = self.empty.copy()
        self._stands(image, matrix, camera)
        self._grass(image, matrix)
        for x in (0.0, PITCH_LENGTH_METRES):
            draw_goal(image, matrix, x, frame / RATE_FPS, self.nets)
        self._people(image, matrix, frame)
        return image

    def ball_pixel(self, camera: Camera, frame: int) -> tuple[float, float] | None:
        """Where the ball is in the picture; None outside."""
        pixels, depth = project(camera.matrix(), self.world.ball[frame : frame + 1])
        x, y = pixels[0]
        inside = depth[0] > 0 and 0 <= x < WIDTH and 0 <= y < HEIGHT
        return (float(x), float(y)) if inside else None

    def _stands(self, image: Image, matrix: Matrix, camera: Camera) -> None:
        wall = self.stadium.wall
        low_x, high_x = -SIDE_GAP_METRES, PITCH_LENGTH_METRES + SIDE_GAP_METRES
        low_y, high_y = -NEAR_GAP_METRES, PITCH_WIDTH_METRES + WALL_GAP_METRES
        x, y, _ = camera.position
        if y < high_y:
            _warp_wall(image, wall, matrix, (low_x, high_y), (1.0, 0.0), high_x - low_x)
        if y > low_y:
            _warp_wall(image, wall, matrix, (high_x, low_y), (-1.0, 0.0), high_x - low_x)
        if x < high_x:
            _warp_wall(image, wall, matrix, (high_x, high_y), (0.0, -1.0), high_y - low_y)
        if x > low_x:
            _warp_wall(image, wall, matrix, (low_x, low_y), (0.0, 1.0), high_y - low_y)

    def _grass(self, image: Image, matrix: Matrix) -> None:
        to_pixels = matrix @ self.plane
        height, width = self.ground.shape[:2]
        corners = to_pixels @ np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]).T
        top = _horizon_row(matrix)
        if (corners[2] > 0.5).all():
            top = max(top, int(np.clip((corners[1] / corners[2]).min() - 1, 0, HEIGHT - 1)))
        inverse = np.linalg.inv(to_pixels) @ np.array([[1.0, 0, 0], [0, 1, top], [0, 0, 1]])
        cv2.warpPerspective(
            self.ground,
            inverse,
            (WIDTH, HEIGHT - top),
            dst=image[top:],
            flags=FLAGS,
            borderMode=cv2.BORDER_TRANSPARENT,
        )

    def _people(self, image: Image, matrix: Matrix, frame: float) -> None:
        """Shadows, figures and the ball, the farthest first."""
        places, stride, speed, lean, ball = self._between(frame)
        feet = np.zeros((NUM_FIGURES + 1, 3))
        feet[:-1, :2], feet[-1, :2] = places, ball[:2]
        pixels, depth = project(matrix, feet)
        tops, _ = project(matrix, feet + np.array((0, 0, PLAYER_METRES)))
        tall = pixels[:, 1] - tops[:, 1]
        joints = figure_points(
            pixels[:-1, 0], pixels[:-1, 1], tall[:-1], stride=stride, speed=speed, lean=lean
        )
        fixed = np.round(np.clip(joints, -2000, 2000) * ONE).astype(np.int32)
        seen = (depth > 1) & (np.abs(pixels[:, 0] - WIDTH / 2) < WIDTH / 2 + 40) & (tops[:, 1] < HEIGHT)
        xs, foots, talls = pixels[:, 0].tolist(), pixels[:, 1].tolist(), tall.tolist()
        for index in np.argsort(-depth).tolist():
            if not seen[index] or foots[index] < 0:
                continue
            is_ball = index == NUM_FIGURES
            draw_shadow(image, xs[index], foots[index], talls[index] * (0.3 if is_ball else 1.0), self.shadow)
            if is_ball:
                _draw_ball(image, matrix, ball, talls[index])
            else:
                draw_figure(image, fixed[index], talls[index], self.kits[index])

    def _between(self, frame: float) -> tuple[npt.NDArray[np.float64], ...]:
        """places (23, 2), stride (23,), speed (23,) metres a second, lean (23,), ball (3,) at a frame."""
        world = self.world
        low = min(int(frame), world.num_frames - 1)
        high = min(low + 1, world.num_frames - 1)
        part = frame - low
        lean = np.zeros(NUM_FIGURES)
        lean[[NUM_OUTFIELD, 2 * NUM_OUTFIELD + 1]] = -world.lean[low]
        return (
            world.figures[low] * (1 - part) + world.figures[high] * part,
            world.stride[low] * (1 - part) + world.stride[high] * part,
            (world.stride[high] - world.stride[low]) * float(RATE_FPS),
            lean,
            world.ball[low] * (1 - part) + world.ball[high] * part,
        )


def _kits(stadium: Stadium) -> list[Kit]:
    kits = list[Kit]()
    for side in SIDES:
        shirt, shorts, keeper = stadium.shirts[side], stadium.shorts[side], stadium.keepers[side]
        kits += [Kit.of(shirt, shorts, index) for index in range(NUM_OUTFIELD)]
        kits.append(Kit.of(keeper, keeper, NUM_OUTFIELD))
    return [*kits, Kit.of(stadium.referee, (30, 30, 30), 1)]


def _draw_ball(image: Image, matrix: Matrix, ball: npt.NDArray[np.float64], tall: float) -> None:
    pixels, _ = project(matrix, [(ball[0], ball[1], ball[2] + BALL_METRES / 2)])
    centre = int(pixels[0, 0] * ONE), int(pixels[0, 1] * ONE)
    radius = max(1.3, tall / PLAYER_METRES * BALL_METRES / 2)
    cv2.circle(image, centre, int(radius * ONE), (250, 250, 250), -1, cv2.LINE_AA, SHIFT)


def _horizon_row(matrix: Matrix) -> int:
    """The first row below the horizon; above it the ground's texture would come back upside down."""
    ahead = np.linalg.inv(matrix[:, :3]) @ (WIDTH / 2, HEIGHT / 2, 1.0)
    level = matrix[:, :3] @ (ahead[0], ahead[1], 0.0)
    return int(np.clip(level[1] / level[2] + 2, 0, HEIGHT - 1))


def _warp_wall(
    image: Image,
    wall: Image,
    matrix: Matrix,
    start: tuple[float, float],
    along: tuple[float, float],
    length: float,
) -> None:
    """Put the wall's texture on the vertical plane from `start` along `along`, as far as it lies ahead."""
    at_start = matrix[2] @ (start[0], start[1], 0.0, 1.0)
    slope = (matrix[2, :2] @ along).item()
    if max(at_start, at_start + slope * length) < LEAST_DEPTH_METRES:
        return
    reach = (LEAST_DEPTH_METRES - at_start) / slope if slope else 0.0
    first = int(max(0.0, reach if slope > 0 else 0.0) * WALL_PIXELS_PER_METRE)
    last = int((min(length, reach) if slope < 0 else length) * WALL_PIXELS_PER_METRE)
    piece, scale = wall[:, first:last], 1 / WALL_PIXELS_PER_METRE
    if piece.shape[1] < 2:
        return
    x, y = start[0] + along[0] * first * scale, start[1] + along[1] * first * scale
    plane = np.array(
        [[along[0] * scale, 0, x], [along[1] * scale, 0, y], [0, -scale, WALL_HEIGHT_METRES], [0, 0, 1.0]]
    )
    to_pixels = matrix @ plane
    height, width = piece.shape[:2]
    corners = to_pixels @ np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]).T
    places = corners[:2] / corners[2]
    left, top = np.clip(places.min(axis=1) - 1, 0, (WIDTH, HEIGHT)).astype(int).tolist()
    right, bottom = np.clip(places.max(axis=1) + 2, 0, (WIDTH, HEIGHT)).astype(int).tolist()
    if left >= right or top >= bottom:
        return
    inverse = np.linalg.inv(to_pixels) @ np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]])
    cv2.warpPerspective(
        piece,
        inverse,
        (right - left, bottom - top),
        dst=image[top:bottom, left:right],
        flags=FLAGS,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
