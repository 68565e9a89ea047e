"""The director's desk: keeps the running time of a story and offers the moves that scenes are made of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from matchreel.synthetic.formation import nearest_player
from matchreel.synthetic.story import (
    PITCH_LENGTH_METRES,
    PITCH_WIDTH_METRES,
    Caption,
    Knot,
    Label,
    Sound,
    Story,
    View,
    goal_x,
    other,
)

LEAST_WIDE_SECONDS = 1.5


class Director:
    """Builds one Story from left to right. now_seconds is where the ball's path ends so far."""

    def __init__(self, duration_seconds: float, rng: np.random.Generator, difficulty: float) -> None:
        self.story = Story(duration_seconds)
        self.rng = rng
        self.difficulty = difficulty
        self.side = "home"
        self.now_seconds = 0.0
        self.x, self.y = PITCH_LENGTH_METRES / 2, PITCH_WIDTH_METRES / 2
        self.story.knots.append(Knot(0.0, self.x, self.y))

    def chance(self, easy: float, hard: float) -> bool:
        """True with a probability between that at difficulty 0 and that at difficulty 1."""
        return bool(self.rng.random() < easy + (hard - easy) * self.difficulty)

    def uniform(self, low: float, high: float) -> float:
        """A uniform draw."""
        return float(self.rng.uniform(low, high))

    def ball_to(
        self,
        x: float,
        y: float,
        seconds: float,
        *,
        z: float = 0.0,
        loft_metres: float = 0.0,
        ease: float = 1.5,
        player: int | None = None,
    ) -> None:
        """Send the ball to a place, arriving `seconds` from now; player None: whoever is nearest gets it."""
        if player is None:
            player = nearest_player(self.side, x, y)
        self.now_seconds += seconds
        self.x, self.y = float(x), float(y)
        self.story.knots.append(
            Knot(self.now_seconds, self.x, self.y, z, loft_metres, ease, self.side, player)
        )

    def rest(self, seconds: float) -> None:
        """The ball stays where it is, nobody's."""
        last = self.story.knots[-1]
        self.now_seconds += max(seconds, 0.0)
        self.story.knots.append(
            replace(last, seconds=self.now_seconds, loft_metres=0.0, ease=1.0, z=min(last.z, 0.1), player=-1)
        )

    def turn_over(self) -> None:
        """The other side has the ball."""
        self.side = other(self.side)

    def depth(self, metres: float) -> float:
        """The x that lies so many metres in front of the goal that the ball's side attacks."""
        goal = goal_x(self.side)
        return goal - metres if goal else metres

    def label(self, label: str, *, at: float | None = None, side: str | None = None) -> None:
        """Annotate a moment (now)."""
        hidden = label in ("Throw-in", "Clearance", "Indirect free-kick") and self.rng.random() < 0.3
        self.story.labels.append(
            Label(
                self.now_seconds if at is None else at,
                label,
                self.side if side is None else side,
                "not shown" if hidden else "visible",
            )
        )

    def sound(self, kind: str, at: float, duration_seconds: float, strength: float) -> None:
        """Something is heard."""
        self.story.sounds.append(Sound(kind, at, duration_seconds, strength))

    def view(self, view: View) -> float:
        """Leave the wide view for a while; returns when it ends. Dropped where another view holds already."""
        end = min(view.end_seconds, self.story.duration_seconds)
        taken = max((held.end_seconds for held in self.story.views), default=0.0)
        start = max(view.start_seconds, taken)
        if 0 < start - taken < LEAST_WIDE_SECONDS:
            start = taken
        if end - start > 0.8:
            self.story.views.append(replace(view, start_seconds=start, end_seconds=end))
        return end

    def caption(self, kind: str, start: float, duration_seconds: float, text: str) -> None:
        """Show a lower third or a banner."""
        end = min(start + duration_seconds, self.story.duration_seconds)
        if end - start > 1.5:
            self.story.captions.append(Caption(start, end, kind, text))

    def distractor(self, kind: str, at: float | None = None) -> None:
        """Note that something here looks or sounds like a highlight and is none."""
        self.story.distractors.append((self.now_seconds if at is None else at, kind))

    def finished(self) -> Story:
        """The story cut to its length, with wide views wherever no other was asked for."""
        story, end = self.story, self.story.duration_seconds
        if self.now_seconds < end:
            self.rest(end - self.now_seconds + 1.0)
        story.labels = sorted((e for e in story.labels if e.seconds < end - 0.2), key=lambda e: e.seconds)
        story.score_changes = [change for change in story.score_changes if change[0] < end]
        story.distractors = sorted(d for d in story.distractors if d[0] < end)
        story.views = _tiled([view for view in story.views if view.start_seconds < end], end)
        return story


def _tiled(views: list[View], end: float) -> list[View]:
    tiles, cursor = list[View](), 0.0
    for view in sorted(views, key=lambda view: view.start_seconds):
        if view.start_seconds > cursor:
            tiles.append(View(cursor, view.start_seconds, "wide"))
        tiles.append(view)
        cursor = view.end_seconds
    if cursor < end:
        tiles.append(View(cursor, end, "wide"))
    return tiles
