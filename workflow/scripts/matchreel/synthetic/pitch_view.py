"""Draws the pitch as a camera sees it: stands, grass, goals, players and the ball."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from matchreel.synthetic.camera import HEIGHT, WIDTH, Camera, Matrix, project
from matchreel.synthetic.figures import ONE, SHIFT, draw_figure, draw_shadow
from matchreel.synthetic.stadium import (
    MARGIN_METRES,
    PIXELS_PER_METRE,
    WALL_HEIGHT_METRES,
    WALL_PIXELS_PER_METRE,
    Image,
    Stadium,
)
from matchreel.synthetic.story import NUM_OUTFIELD, PITCH_LENGTH_METRES, PITCH_WIDTH_METRES, RATE_FPS
from matchreel.synthetic.world import World

PLAYER_METRES = 1.95
REFEREE_SHIRT = (25, 25, 25)
GOAL_HALF_METRES, GOAL_HEIGHT_METRES, GOAL_DEPTH_METRES = 3.66, 2.44, 2.2
WALL_GAP_METRES = 5.0
FLAGS = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP


class PitchView:
    """Draws one game's pitch through any camera."""

    def __init__(self, stadium: Stadium, world: World, nets: list[tuple[float, float, float, float]]) -> None:
        self.stadium, self.world, self.nets = stadium, world, nets

    def draw(self, camera: Camera, frame: float) -> Image:
        """(H, W, 3) uint8 BGR: the world at a (fractional) frame."""
        matrix = camera.matrix()
        image = np.full((HEIGHT, WIDTH, 3), (58, 46, 42), dtype=np.uint8)
        self._stands(image, matrix, camera)
        self._ground(image, matrix)
        for x in (0.0, PITCH_LENGTH_METRES):
            self._goal(image, matrix, x, frame / RATE_FPS)
        self._players(image, matrix, frame)
        return image

    def ball_pixel(self, camera: Camera, frame: int) -> tuple[float, float] | None:
        """Where the ball is in the picture; None outside."""
        pixels, depth = project(camera.matrix(), self.world.ball[frame : frame + 1])
        x, y = pixels[0]
        inside = depth[0] > 0 and 0 <= x < WIDTH and 0 <= y < HEIGHT
        return (float(x), float(y)) if inside else None

    def _stands(self, image: Image, matrix: Matrix, camera: Camera) -> None:
        wall, gap = self.stadium.wall, WALL_GAP_METRES
        low_x, high_x, low_y, high_y = -gap - 1, PITCH_LENGTH_METRES + gap + 1, -gap - 3, PITCH_WIDTH_METRES + gap
        x, y, _ = camera.position
        if y < high_y:
            _warp_wall(image, wall, matrix, (low_x - 40.0, high_y), (1.0, 0.0), high_x - low_x + 80.0)
        if y > low_y:
            _warp_wall(image, wall, matrix, (high_x + 20.0, low_y), (-1.0, 0.0), high_x - low_x + 40.0)
        if x < high_x:
            _warp_wall(image, wall, matrix, (high_x, high_y), (0.0, -1.0), high_y - low_y)
        if x > low_x:
            _warp_wall(image, wall, matrix, (low_x, low_y), (0.0, 1.0), high_y - low_y)

    def _ground(self, image: Image, matrix: Matrix) -> None:
        scale = 1 / PIXELS_PER_METRE
        plane = np.array(
            [[scale, 0, -MARGIN_METRES], [0, scale, -MARGIN_METRES], [0, 0, 0], [0, 0, 1.0]]
        )
        corner = WALL_GAP_METRES
        edges = np.array(
            [
                (-corner - 1, -MARGIN_METRES, 0), (PITCH_LENGTH_METRES + corner + 1, -MARGIN_METRES, 0),
                (PITCH_LENGTH_METRES + corner + 1, PITCH_WIDTH_METRES + corner, 0),
                (-corner - 1, PITCH_WIDTH_METRES + corner, 0),
            ]
        )  # fmt: skip
        pixels, depth = project(matrix, edges)
        top = 0 if (depth <= 0.5).any() else int(np.clip(pixels[:, 1].min() - 1, 0, HEIGHT))
        top = max(top, _horizon_row(matrix))
        to_pixels = matrix @ plane
        cut = np.array([[1.0, 0, 0], [0, 1, -top], [0, 0, 1]])
        inverse = np.linalg.inv(cut @ to_pixels)
        part = image[top:]
        left, right = 16 * PIXELS_PER_METRE, (105 + 2 * MARGIN_METRES - 16) * PIXELS_PER_METRE
        bottom = (PITCH_WIDTH_METRES + MARGIN_METRES + corner) * PIXELS_PER_METRE
        ground = self.stadium.ground[: int(bottom), int(left) : int(right)]
        shift = np.array([[1.0, 0, -left], [0, 1, 0], [0, 0, 1]])
        cv2.warpPerspective(
            ground, shift @ inverse, (WIDTH, HEIGHT - top), dst=part, flags=FLAGS, borderMode=cv2.BORDER_TRANSPARENT
        )

    def _goal(self, image: Image, matrix: Matrix, x: float, seconds: float) -> None:
        back = x + (GOAL_DEPTH_METRES if x else -GOAL_DEPTH_METRES)
        low, high = PITCH_WIDTH_METRES / 2 - GOAL_HALF_METRES, PITCH_WIDTH_METRES / 2 + GOAL_HALF_METRES
        posts = [(x, low, 0), (x, low, GOAL_HEIGHT_METRES), (x, high, GOAL_HEIGHT_METRES), (x, high, 0)]
        pixels, depth = project(matrix, posts)
        if (depth < 1).any() or pixels[:, 0].max() < 0 or pixels[:, 0].min() > WIDTH:
            return
        net = self._net(x, back, low, high, seconds)
        lines, _ = project(matrix, net.reshape(-1, 3))
        shaped = np.round(lines.reshape(net.shape[:2] + (2,)) * ONE).astype(np.int32)
        overlay = image.copy()
        cv2.polylines(overlay, list(shaped), False, (215, 215, 215), 1, cv2.LINE_AA, SHIFT)
        cv2.addWeighted(overlay, 0.45, image, 0.55, 0, dst=image)
        tall = abs(pixels[1, 1] - pixels[0, 1])
        frame = np.round(pixels * ONE).astype(np.int32)
        cv2.polylines(image, [frame], False, (250, 250, 250), max(1, round(tall / 18)), cv2.LINE_AA, SHIFT)

    def _net(self, x: float, back: float, low: float, high: float, seconds: float) -> npt.NDArray[np.float64]:
        """(lines, points, 3) metres: back and roof of the net, bulging where a ball went in."""
        ys = np.linspace(low, high, 13)
        rows = np.linspace(0, 1, 9)
        profile = np.array([(x + (back - x) * min(1, 0.45 + (1 - r) * 0.55), GOAL_HEIGHT_METRES * r) for r in rows])
        grid = np.zeros((len(rows), len(ys), 3))
        grid[:, :, 0], grid[:, :, 2] = profile[:, None, 0], profile[:, None, 1]
        grid[:, :, 1] = ys
        for at, goal, y, z in self.nets:
            since = seconds - at
            if goal == x and 0 <= since < 3:
                bulge = np.exp(-((grid[..., 1] - y) ** 2 + (grid[..., 2] - z) ** 2) / 1.2) * np.exp(-since)
                grid[..., 0] += np.sign(back - x) * 1.4 * bulge * np.cos(since * 6)
        across = np.pad(grid, ((0, 0), (0, 0), (0, 0)))
        down = np.zeros((len(ys), len(ys), 3))
        down[:, : len(rows)] = grid.transpose(1, 0, 2)
        down[:, len(rows) :, :] = np.array((x, 0, GOAL_HEIGHT_METRES))
        down[:, len(rows) :, 1] = ys[:, None]
        return np.concatenate([across, down])

    def _players(self, image: Image, matrix: Matrix, frame: float) -> None:
        world = self.world
        low = min(int(frame), world.num_frames - 1)
        high = min(low + 1, world.num_frames - 1)
        part = frame - low
        places = world.figures[low] * (1 - part) + world.figures[high] * part
        stride = world.stride[low] * (1 - part) + world.stride[high] * part
        speed = (world.stride[high] - world.stride[low]) * RATE_FPS
        ball = world.ball[low] * (1 - part) + world.ball[high] * part
        feet = np.column_stack([places, np.zeros(len(places))])
        feet = np.vstack([feet, (ball[0], ball[1], 0.0)])
        heads = feet + (0, 0, PLAYER_METRES)
        pixels, depth = project(matrix, feet)
        tops, _ = project(matrix, heads)
        for index in np.argsort(-depth):
            x, foot = pixels[index]
            if depth[index] < 1 or not (-30 < x < WIDTH + 30 and 0 < foot < HEIGHT + 160):
                continue
            tall = foot - tops[index, 1]
            draw_shadow(image, x, foot, tall if index < len(places) else tall * 0.3, self.stadium.grass)
            if index == len(places):
                self._ball(image, matrix, ball, tall)
            else:
                self._figure(image, int(index), x, foot, tall, float(stride[index]), float(speed[index]), low)

    def _figure(
        self, image: Image, index: int, x: float, foot: float, tall: float, stride: float, speed: float, frame: int
    ) -> None:
        stadium, team = self.stadium, index // (NUM_OUTFIELD + 1)
        if index == 2 * (NUM_OUTFIELD + 1):
            shirt, shorts, lean = REFEREE_SHIRT, (20, 20, 20), 0.0
        else:
            side = ("home", "away")[team]
            keeper = index % (NUM_OUTFIELD + 1) == NUM_OUTFIELD
            shirt = stadium.keepers[side] if keeper else stadium.shirts[side]
            shorts = shirt if keeper else tuple(int(v * 0.55) for v in shirt)
            lean = float(self.world.lean[frame, team]) if keeper else 0.0
        draw_figure(
            image, x, foot, tall, shirt=shirt, shorts=(shorts[0], shorts[1], shorts[2]),
            index=index, stride=stride, speed=speed, lean=-lean,
        )  # fmt: skip

    def _ball(self, image: Image, matrix: Matrix, ball: npt.NDArray[np.floating], tall: float) -> None:
        pixels, _ = project(matrix, [(ball[0], ball[1], ball[2] + 0.11)])
        centre = (round(float(pixels[0, 0]) * ONE), round(float(pixels[0, 1]) * ONE))
        radius = max(1.15, 0.075 * tall)
        cv2.circle(image, centre, round(radius * ONE), (250, 250, 250), -1, cv2.LINE_AA, SHIFT)


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
    scale = 1 / WALL_PIXELS_PER_METRE
    at_start = matrix[2] @ (start[0], start[1], 0.0, 1.0)
    at_end = matrix[2] @ (start[0] + along[0] * length, start[1] + along[1] * length, 0.0, 1.0)
    slope = (at_end - at_start) / length
    least = 4.0
    if max(at_start, at_end) < least:
        return
    first = max(0.0, (least - at_start) / slope) if slope > 0 else 0.0
    last = min(length, (least - at_start) / slope) if slope < 0 else length
    columns = int(first * WALL_PIXELS_PER_METRE), int(last * WALL_PIXELS_PER_METRE)
    piece = wall[:, columns[0] : columns[1]]
    if piece.shape[1] < 2:
        return
    offset = columns[0] * scale
    plane = np.array(
        [
            [along[0] * scale, 0, start[0] + along[0] * offset],
            [along[1] * scale, 0, start[1] + along[1] * offset],
            [0, -scale, WALL_HEIGHT_METRES],
            [0, 0, 1.0],
        ]
    )
    inverse = np.linalg.inv(matrix @ plane)
    cv2.warpPerspective(
        piece, inverse, (WIDTH, HEIGHT), dst=image, flags=FLAGS, borderMode=cv2.BORDER_TRANSPARENT
    )
