"""The untrained moments of a rendered match through the real step, without and with what the screen says.

The pictures and the sound are rendered; the scoreboard is the one that a reader would write.
"""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
import soundfile

from matchreel.cues import Cues
from matchreel.cues.pictures import CONSTANTS
from matchreel.cues.sound import loudness_db
from matchreel.cues.step import HEIGHT, picture_curves
from matchreel.edit_list import EditList
from matchreel.excitement import score_excitement
from matchreel.moments import find_moments
from matchreel.randomness import generator
from matchreel.scoreboard import Scoreboard, ScoreChange
from matchreel.synthetic.render import Broadcast
from matchreel.synthetic.script import write_story
from matchreel.synthetic.sound import write_sound
from matchreel.synthetic.story import RATE_FPS
from matchreel.timeline import FrameGrid
from support.plans import FINDING
from support.strikes import CONSTANTS as CUES
from support.views import made_probe, saved

MINUTES, RATE, SEED = 3.0, 2, 5
SECONDS = 60 * MINUTES
WINDOWS = {"window_seconds": 15.0, "stride_seconds": 3.0}
FINDING = FINDING | {"wide_open_share": 0.6, "wide_body_share": 0.2, "max_share": 0.3}


def story_with_goal():
    """The first rendered story with a goal in its middle."""
    for index in range(50):
        story = write_story(
            seed=SEED, game=f"goal-{index}", difficulty=0.3, event_rate=4.0, minutes=MINUTES, with_highlights=True
        )  # fmt: skip
        goals = [label.seconds for label in story.labels if label.label == "Goal"]
        if len(goals) == 1 and 40 < goals[0] < 120 and len(story.score_changes) == 1:
            return f"goal-{index}", story
    raise AssertionError("no story with a goal")


@pytest.fixture(scope="module")
def match(tmp_path_factory):
    """Its folder with cues, scores, probe and scoreboard; the story."""
    folder = tmp_path_factory.mktemp("match")
    game, story = story_with_goal()
    broadcast = Broadcast(story, seed=SEED, game=game)
    grid = FrameGrid(Fraction(RATE), int(SECONDS * RATE))
    centres = grid.starts_seconds() + 0.5 / RATE
    small = [
        cv2.resize(broadcast.picture(int(at * RATE_FPS)), (128, HEIGHT), interpolation=cv2.INTER_AREA)
        for at in centres
    ]
    batch = np.stack([cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for picture in small])
    wav = folder / "sound.wav"
    rng = generator(SEED, game, "sound")
    write_sound(story.sounds, duration_seconds=SECONDS, wav_path=wav, rng=rng)
    stereo, rate_hz = soundfile.read(wav)
    soundfile.write(wav, stereo.mean(axis=1), rate_hz, subtype="PCM_16")
    curves = picture_curves([batch], grid, CONSTANTS) | {"loudness_db": loudness_db(wav, grid)}
    Cues(curves, grid, SECONDS, "cup", "1").save(folder / "cues.safetensors")
    score_excitement(
        cues_path=folder / "cues.safetensors",
        scores_path=folder / "scores.npz",
        **WINDOWS,
        **vars(CUES) | WIDE,
    )
    saved(made_probe(SECONDS), folder / "probe.json")
    shown, side = story.score_changes[0]
    score = (1, 0) if side == "home" else (0, 1)
    change = ScoreChange(shown - 2, shown, side, *score, None, 0.95)
    Scoreboard("cup", "1", SECONDS, first_score=(0, 0), changes=(change,)).save(folder / "board.json")
    return folder, story


WIDE = {"wide_open_share": 0.6, "wide_body_share": 0.2}


def moments(folder, boards):
    """The moments with these scoreboards."""
    find_moments(
        scores_paths=[folder / "scores.npz"], probe_paths=[folder / "probe.json"], game="cup",
        moments_path=folder / "moments.json",
        **FINDING | {"cues_paths": [folder / "cues.safetensors"], "scoreboard_paths": boards},
    )  # fmt: skip
    return EditList.load(folder / "moments.json").highlights


def held(rows, story):
    """The goals and shots of a story that are in the clips."""
    return {
        label.seconds
        for label in story.labels
        if label.label in ("Goal", "Penalty", "Shots on target", "Shots off target")
        and any(row.interval.contains(label.seconds) for row in rows)
    }


def test_reading_names_the_goal_and_loses_no_moment(match):
    folder, story = match
    (goal,) = [label.seconds for label in story.labels if label.label == "Goal"]
    without, with_screen = moments(folder, []), moments(folder, [folder / "board.json"])
    first = with_screen[0]
    side = story.score_changes[0][1]
    assert (first.label, first.side) == ("Goal", side) and first.event_seconds == pytest.approx(goal, abs=3)
    assert first.score_after == ("1-0" if side == "home" else "0-1")
    assert [row.label for row in with_screen].count("Goal") == 1
    assert held(without, story) <= held(with_screen, story) and goal in held(with_screen, story)


def test_without_the_screen_no_moment_is_a_goal_and_all_have_a_second_and_a_confidence(match):
    folder, _ = match
    rows = moments(folder, [])
    assert rows and {row.label for row in rows} <= {"Moment", "Chance"}
    assert all(row.event_seconds is not None and 0 < row.confidence < 1 for row in rows)
    assert all(row.side is None and row.score_after is None for row in rows)


def test_an_empty_scoreboard_changes_nothing(match):
    folder, _ = match
    Scoreboard("cup", "1", SECONDS).save(folder / "empty.json")
    moments(folder, [])
    before = (folder / "moments.json").read_bytes()
    moments(folder, [folder / "empty.json"])
    assert (folder / "moments.json").read_bytes() == before
