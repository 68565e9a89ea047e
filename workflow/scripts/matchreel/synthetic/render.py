"""Renders one game: story, world, pictures and sound, encoded as they are drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from matchreel.provenance import write_json, written_whole
from matchreel.randomness import generator
from matchreel.synthetic.camera import Operator, operate, replay_camera
from matchreel.synthetic.encode import encode
from matchreel.synthetic.graphics import Graphics
from matchreel.synthetic.pitch_view import PitchView
from matchreel.synthetic.plates import Plates
from matchreel.synthetic.script import write_story
from matchreel.synthetic.sound import write_sound
from matchreel.synthetic.stadium import Image, Stadium, build_stadium
from matchreel.synthetic.story import RATE_FPS, Sound, Story, View
from matchreel.synthetic.truth import labels_document, truth_document
from matchreel.synthetic.world import World, build_world

log = logging.getLogger("matchreel")
INFORMATIVE = ("both", "audio", "video", "none")


def render_game(
    *,
    game: str,
    video_path: Path,
    labels_path: Path,
    truth_path: Path,
    league_seed: int,
    difficulty: float,
    event_rate: float,
    minutes: float,
    informative: str,
    ffmpeg: str,
    threads: int,
) -> None:
    """Render one synthetic part 1 in SoccerNet's layout: video with sound, Labels-v2.json, truth.json.

    difficulty 0..1: how noisy each single cue is. event_rate: highlights per time, 1 = SoccerNet's own.
    informative: both, audio (pictures of ordinary play only), video (sound of another game), none.
    The same arguments give the same bytes. Raises ToolError where ffmpeg fails.
    """
    assert informative in INFORMATIVE, informative
    cv2.setNumThreads(max(1, threads))
    facts = {"difficulty": difficulty, "event_rate": event_rate, "minutes": minutes}

    def story_of(name: str, *, with_highlights: bool) -> Story:
        return write_story(seed=league_seed, game=name, with_highlights=with_highlights, **facts)

    told = story_of(game, with_highlights=True)
    shown = shown_story(game=game, league_seed=league_seed, informative=informative, **facts)
    heard = told if informative in ("both", "audio") else story_of(f"{game} sound", with_highlights=True)
    broadcast = Broadcast(shown, seed=league_seed, game=game)
    with written_whole(video_path) as temporary:
        wav_path = temporary.with_suffix(".wav")
        sounds = heard.sounds
        write_sound(
            sounds,
            duration_seconds=told.duration_seconds,
            wav_path=wav_path,
            rng=generator(league_seed, game, "sound"),
        )
        encode(broadcast.frames(), wav_path=wav_path, video_path=temporary, ffmpeg=ffmpeg)
    write_json(labels_path, labels_document(told, game, broadcast.stadium))
    write_json(
        truth_path, truth_document(told, shown, broadcast.ball_track(), facts | {"informative": informative})
    )
    log.info("%s: rendered %.1f minutes, %d labels", game, minutes, len(told.labels))


def shown_story(
    *, game: str, league_seed: int, difficulty: float, event_rate: float, minutes: float, informative: str
) -> Story:
    """The story that the pictures show: the game's own, or ordinary play where they shall not tell."""
    is_own = informative in ("both", "video")
    return write_story(
        seed=league_seed,
        game=game if is_own else f"{game} pictures",
        difficulty=difficulty,
        event_rate=event_rate,
        minutes=minutes,
        with_highlights=is_own,
    )


class Broadcast:
    """The pictures of one story."""

    def __init__(self, story: Story, *, seed: int, game: str) -> None:
        self.story = story
        self.stadium: Stadium = build_stadium(generator(seed, game, "stadium"))
        self.world: World = build_world(story, generator(seed, game, "world"))
        self.operator: Operator = operate(story, self.world, generator(seed, game, "camera"))
        self.pitch = PitchView(self.stadium, self.world, story.nets)
        self.plates = Plates(self.stadium, seed, game)
        self.graphics = Graphics(self.stadium, story)

    def frames(self) -> Iterator[Image]:
        """I420 pictures, (H * 3 / 2, W) uint8, one after the other."""
        for frame in range(self.world.num_frames):
            yield np.ascontiguousarray(cv2.cvtColor(self.picture(frame), cv2.COLOR_BGR2YUV_I420))

    def picture(self, frame: int) -> Image:
        """(H, W, 3) uint8 BGR: one finished frame."""
        seconds = frame / RATE_FPS
        view = self.view_at(seconds)
        return self.graphics.apply(self._plain(view, frame, seconds), seconds)

    def _plain(self, view: View, frame: int, seconds: float) -> Image:
        if view.kind == "wide":
            return self.pitch.draw(self.operator.camera(frame), frame)
        if view.kind == "replay":
            past = (view.world_start_seconds + (seconds - view.start_seconds) * view.speed) * RATE_FPS
            past = min(past, self.world.num_frames - 1.0)
            return self.pitch.draw(replay_camera(view.angle, self.world, past, view.zoom), past)
        return self.plates.draw(view, seconds)

    def view_at(self, seconds: float) -> View:
        """The camera take on screen at a moment."""
        for view in self.story.views:
            if view.start_seconds <= seconds + 1e-9 < view.end_seconds:
                return view
        return self.story.views[-1]

    def ball_track(self) -> list[tuple[float, float, float]]:
        """(seconds, x, y) of the ball in pixels, every half second of the wide views that show it."""
        track = []
        for frame in range(0, self.world.num_frames, RATE_FPS // 2):
            if self.view_at(frame / RATE_FPS).kind != "wide":
                continue
            pixel = self.pitch.ball_pixel(self.operator.camera(frame), frame)
            if pixel:
                track.append((frame / RATE_FPS, round(pixel[0], 1), round(pixel[1], 1)))
        return track


__all__ = ["INFORMATIVE", "Broadcast", "Sound", "render_game", "shown_story"]
