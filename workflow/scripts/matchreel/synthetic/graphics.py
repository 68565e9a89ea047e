"""What broadcasters lay over the picture: score bug with clock, lower thirds, banners, the replay wipe."""

from __future__ import annotations

import math

import cv2
import numpy as np

from matchreel.synthetic.camera import HEIGHT, WIDTH
from matchreel.synthetic.stadium import Image, Stadium
from matchreel.synthetic.story import Caption, Story
from matchreel.timeline import clock_text

WIPE_SECONDS = 0.8
SHRINK_SECONDS = 0.6
SHRUNK = 0.84
BUG_BOX = (12, 9, 136, 15)  # x, y, width, height
SHARP = 4


class Graphics:
    """Draws over the picture of one game."""

    def __init__(self, stadium: Stadium, story: Story) -> None:
        self.stadium, self.story = stadium, story
        self.changes = sorted(story.score_changes)
        self.wipes = [
            edge for v in story.views if v.kind == "replay" for edge in (v.start_seconds, v.end_seconds)
        ]
        self.bug: tuple[str, Image] | None = None
        self.cards: dict[str, Image] = {}

    def apply(self, image: Image, seconds: float) -> Image:
        """The finished picture at a moment."""
        for caption in self.story.captions:
            if caption.start_seconds <= seconds < caption.end_seconds:
                image = self._caption(image, caption, seconds)
        self._score_bug(image, seconds)
        for at in self.wipes:
            if abs(seconds - at) < WIPE_SECONDS / 2:
                self._wipe(image, (seconds - at) / WIPE_SECONDS + 0.5)
        return image

    def score_at(self, seconds: float) -> tuple[int, int]:
        """Goals of home and away that the score bug shows."""
        shown = [side for at, side in self.changes if at <= seconds]
        return shown.count("home"), shown.count("away")

    def picture_width_at(self, seconds: float) -> int:
        """Width in pixels of the camera's picture, which banners push into the upper left corner."""
        width = WIDTH
        for caption in self.story.captions:
            if caption.kind == "banner" and caption.start_seconds <= seconds < caption.end_seconds:
                width = _shrunk_size(_shown_share(caption, seconds))[0]
        return width

    def _score_bug(self, image: Image, seconds: float) -> None:
        home, away = self.score_at(seconds)
        names = [self.stadium.names[side][:3].upper() for side in ("home", "away")]
        text = f"{names[0]} {home}-{away} {names[1]}|{clock_text(seconds)}"
        if self.bug is None or self.bug[0] != text:
            self.bug = (text, self._bug_picture(*text.split("|")))
        x, y, width, height = BUG_BOX
        image[y : y + height, x : x + width] = self.bug[1]

    def _bug_picture(self, score: str, clock: str) -> Image:
        _, _, width, height = BUG_BOX
        big = np.full((height * SHARP, width * SHARP, 3), (70, 30, 20), dtype=np.uint8)
        cv2.rectangle(big, (94 * SHARP, 0), (width * SHARP, height * SHARP), (235, 235, 235), -1)
        cv2.rectangle(big, (0, 0), (3 * SHARP, height * SHARP), self.stadium.shirts["home"], -1)
        cv2.rectangle(big, (91 * SHARP, 0), (94 * SHARP, height * SHARP), self.stadium.shirts["away"], -1)
        cv2.putText(big, score, (26, 45), cv2.FONT_HERSHEY_DUPLEX, 1.15, (250, 250, 250), 3, cv2.LINE_AA)
        cv2.putText(big, clock, (396, 45), cv2.FONT_HERSHEY_DUPLEX, 1.15, (30, 30, 30), 3, cv2.LINE_AA)
        return np.asarray(cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def _caption(self, image: Image, caption: Caption, seconds: float) -> Image:
        shown = _shown_share(caption, seconds)
        if caption.kind == "banner":
            return self._shrink(image, shown)
        card = self._card(caption.text)
        height = card.shape[0]
        width = max(2, int(card.shape[1] * shown))
        top, x = HEIGHT - 42, 60
        image[top : top + height, x : x + width] = card[:, :width]
        return image

    def _card(self, text: str) -> Image:
        if text not in self.cards:
            words = text
            for side in ("home", "away"):
                words = words.replace(side, self.stadium.names[side].upper())
            big = np.full((20 * SHARP, 240 * SHARP, 3), (90, 40, 25), dtype=np.uint8)
            cv2.rectangle(big, (0, 0), (16, 80), (60, 200, 240), -1)
            cv2.putText(big, words, (40, 56), cv2.FONT_HERSHEY_DUPLEX, 1.3, (245, 245, 245), 3, cv2.LINE_AA)
            small = cv2.resize(big, (240, 20), interpolation=cv2.INTER_AREA)
            self.cards[text] = np.asarray(small, dtype=np.uint8)
        return self.cards[text]

    def _shrink(self, image: Image, shown: float) -> Image:
        width, height = _shrunk_size(shown)
        frame = self._banner().copy()
        frame[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
        return frame

    def _banner(self) -> Image:
        if "banner" not in self.cards:
            frame = np.full((HEIGHT, WIDTH, 3), (120, 60, 20), dtype=np.uint8)
            frame[int(HEIGHT * SHRUNK) :] = (140, 80, 30)
            for row, word in (
                (HEIGHT - 18, "MATCHREEL LIVE CENTRE  TABLE AND RESULTS"),
                (HEIGHT - 5, "TONIGHT 20:45"),
            ):
                cv2.putText(
                    frame, word, (14, row), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (240, 240, 240), 1, cv2.LINE_AA
                )
            self.cards["banner"] = frame
        return self.cards["banner"]

    def _wipe(self, image: Image, progress: float) -> None:
        """A slanted band with the logo that sweeps from left to right; the cut happens behind it."""
        middle = -220 + progress * (WIDTH + 440)
        half, slant = 150, 60
        for offset, colour in (
            (0, (120, 50, 20)),
            (-half * 0.82, (60, 200, 240)),
            (half * 0.82, (60, 200, 240)),
        ):
            wide = half if not offset else 12
            points = [
                (middle + offset - wide + slant, 0), (middle + offset + wide + slant, 0),
                (middle + offset + wide - slant, HEIGHT), (middle + offset - wide - slant, HEIGHT),
            ]  # fmt: skip
            cv2.fillConvexPoly(image, np.round(points).astype(np.int32), colour, cv2.LINE_AA)
        centre = (int(middle), HEIGHT // 2)
        cv2.circle(image, centre, 38, (245, 245, 245), -1, cv2.LINE_AA)
        cv2.putText(
            image,
            "MR",
            (centre[0] - 27, centre[1] + 13),
            cv2.FONT_HERSHEY_DUPLEX,
            1.2,
            (120, 50, 20),
            3,
            cv2.LINE_AA,
        )


def _shown_share(caption: Caption, seconds: float) -> float:
    """How far a caption has come in: 0 to 1."""
    left, right = seconds - caption.start_seconds, caption.end_seconds - seconds
    shown = min(1.0, left / SHRINK_SECONDS, right / SHRINK_SECONDS)
    return 0.5 - 0.5 * math.cos(math.pi * max(shown, 0.0))


def _shrunk_size(shown: float) -> tuple[int, int]:
    """(width, height) of the picture beside a banner that has come in so far."""
    factor = 1 - (1 - SHRUNK) * shown
    return round(WIDTH * factor), round(HEIGHT * factor)
