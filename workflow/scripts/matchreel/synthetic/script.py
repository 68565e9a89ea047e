"""Writes the story of one part: scheduled highlights with ordinary scenes between, kick-off to the end."""

from __future__ import annotations

import numpy as np

from matchreel.randomness import generator
from matchreel.synthetic.director import Director
from matchreel.synthetic.moments import stage
from matchreel.synthetic.scenes import SCENE_WEIGHTS, SCENES, passing
from matchreel.synthetic.schedule import BUILD_UP_SECONDS, moments
from matchreel.synthetic.story import Caption, Sound, Story, View
from matchreel.timeline import Interval

# SOURCE: banners shrank the picture for about a fifth of a measured World Cup match.
BANNER_SHARE = 0.19
# Seconds between cheers of no cause at difficulty 0 and 1.
CHEERS_APART_SECONDS = (37.0, 35.0)
KICK_OFF_SECONDS = 3.0
ATTACK_SECONDS = 5.0
SCENE_SECONDS = 13.0


def write_story(
    *, seed: int, game: str, difficulty: float, event_rate: float, minutes: float, with_highlights: bool
) -> Story:
    """All that happens in part 1 of a game; without highlights: ordinary play only."""
    rng = generator(seed, game, "story", with_highlights)
    duration_seconds = 60 * minutes
    d = Director(duration_seconds, rng, difficulty)
    _open(d)
    planned = moments(
        rng, duration_seconds=duration_seconds, event_rate=event_rate, first_seconds=KICK_OFF_SECONDS
    )
    for moment in planned if with_highlights else []:
        _fill(d, moment.seconds - ATTACK_SECONDS - BUILD_UP_SECONDS[moment.kind])
        stage(d, moment, event_rate=event_rate)
    _fill(d, duration_seconds)
    story = d.finished()
    _add_ambience(story, rng, difficulty)
    _add_banners(story, rng)
    return story


def _open(d: Director) -> None:
    """Line-up pictures, then the kick-off."""
    d.view(View(0.0, 1.6, "close_up", subject="home:9", backdrop="stand"))
    d.rest(KICK_OFF_SECONDS)
    d.label("Kick-off")
    d.sound("whistle", d.now_seconds - 0.2, 0.7, 0.9)
    d.ball_to(44, 34, 0.9)


def _fill(d: Director, until_seconds: float) -> None:
    names = list(SCENE_WEIGHTS)
    weights = np.array([SCENE_WEIGHTS[name] for name in names])
    while until_seconds - d.now_seconds > SCENE_SECONDS:
        SCENES[str(d.rng.choice(names, p=weights / weights.sum()))](d)
    if until_seconds - d.now_seconds > 1.5:
        passing(d, until_seconds - d.now_seconds)


def _add_ambience(story: Story, rng: np.random.Generator, difficulty: float) -> None:
    """Singing, clapping and lively talk that have nothing to do with what happens on the pitch."""
    apart = CHEERS_APART_SECONDS[0] + (CHEERS_APART_SECONDS[1] - CHEERS_APART_SECONDS[0]) * difficulty
    for at in np.sort(rng.uniform(0, story.duration_seconds, round(story.duration_seconds / apart))):
        kind = str(rng.choice(["chant", "swell", "applause", "chant"]))
        strength = float(rng.uniform(0.7, 1.0))
        story.sounds.append(Sound(kind, float(at), float(rng.uniform(4, 10)), strength))
        if rng.random() < 0.6:
            story.sounds.append(Sound("talk", float(at + rng.uniform(-2, 4)), 4.0, strength))


def _add_banners(story: Story, rng: np.random.Generator) -> None:
    """Stretches, apart from each other, in which a banner shrinks the picture."""
    wanted, taken = BANNER_SHARE * story.duration_seconds, list[Interval]()
    for _ in range(100):
        length = min(wanted, float(rng.uniform(12, 25)))
        start = float(rng.uniform(5, max(story.duration_seconds - length, 6)))
        stretch = Interval(start, start + length).clamped(story.duration_seconds)
        if wanted > 3 and not any(stretch.padded(2, 2).overlaps(other) for other in taken):
            taken.append(stretch)
            wanted -= length
    story.captions += [Caption(held.start_seconds, held.end_seconds, "banner", "") for held in sorted(taken)]
