"""The highlights: a shot saved, a shot wide, a goal, a penalty, and what broadcasters make of them."""

from __future__ import annotations

from matchreel.synthetic.director import Director
from matchreel.synthetic.scenes import attack, kick_off_goal, replay
from matchreel.synthetic.schedule import GOAL_HAS_SHOT_LABEL, PENALTY_SCORED, Moment
from matchreel.synthetic.story import NUM_OUTFIELD, Dive, Gather, View, Zoom, goal_x, other

# SOURCE: 24 of 30 shots of a measured World Cup match had a replay.
REPLAY_SHARE = 0.8
# SOURCE: the first replay of a goal lasts 25-40 s at real broadcasts; shortened where events are denser.
GOAL_REPLAY_SECONDS = (25.0, 40.0)
GRAPHICS_DELAY_SECONDS = (5.0, 9.0)


def stage(d: Director, moment: Moment, *, event_rate: float) -> None:
    """Play one highlight, its build-up and its aftermath."""
    if moment.kind == "penalty":
        _penalty(d, moment.side, event_rate)
        return
    reach = d.uniform(9, 17) if moment.kind != "wide" else d.uniform(10, 22)
    attack(d, moment.side, reach_metres=reach, y=d.uniform(24, 44))
    _shoot(d, moment.kind, event_rate)


def _shoot(d: Director, kind: str, event_rate: float) -> None:
    kick = d.now_seconds
    _close_in(d, kick)
    _voices(d, kick, kind)
    d.sound("kick", kick, 0.1, 1.0)
    flight = d.uniform(0.5, 0.9)
    if kind == "wide":
        _wide(d, kick, flight)
    elif kind == "saved":
        _saved(d, kick, flight)
    else:
        if d.rng.random() < GOAL_HAS_SHOT_LABEL:
            d.label("Shots on target", at=kick)
        _scored(d, kick, flight, event_rate)


def _close_in(d: Director, kick: float) -> None:
    if d.chance(0.95, 0.6):
        start = kick - d.uniform(1.5, 3)
        d.story.zooms.append(Zoom(start, kick + d.uniform(2, 3), d.uniform(1.25, 1.6)))


def _voices(d: Director, kick: float, kind: str) -> None:
    """The crowd's and the commentator's answer: most of the time, by difficulty."""
    big = kind in ("goal", "scored")
    strength = d.uniform(0.8, 1.0) if big else d.uniform(0.6, 1.0)
    if d.chance(0.97, 0.9 if big else 0.6):
        late = 0.5 if big else 0.1
        d.sound("roar", kick + late, d.uniform(7, 12) if big else d.uniform(2.5, 5), strength)
    if kind == "wide" and d.chance(0.7, 0.5):
        d.sound("groan", kick + d.uniform(0.7, 1.2), d.uniform(1.5, 3), d.uniform(0.5, 1))
    if d.chance(0.9, 0.65):
        d.sound("excited", kick - d.uniform(0.5, 2), d.uniform(3, 6) + 4 * big, d.uniform(0.7, 1))


def _wide(d: Director, kick: float, flight: float) -> None:
    d.label("Shots off target", at=kick)
    over = d.rng.random() < 0.4
    sign = 1 if d.rng.random() < 0.5 else -1
    y = 34 + sign * (d.uniform(0, 3) if over else d.uniform(4.6, 8))
    z = d.uniform(3.0, 4.5) if over else d.uniform(0.2, 2.0)
    _keeper_dives(d, kick + flight * 0.6, 34 + sign * 2.2, 0.8, 0.6)
    d.ball_to(d.depth(-3), y, flight, z=z, ease=1.0, player=-1)
    d.label("Ball out of play", at=kick + flight + 0.3, side="not applicable")
    _aftermath(d, kick, "regret")
    kick_off_goal(d)


def _saved(d: Director, kick: float, flight: float) -> None:
    d.label("Shots on target", at=kick)
    y, z = 34 + d.uniform(-3, 3), d.uniform(0.3, 2)
    _keeper_dives(d, kick + flight * 0.7, y, z, 1.0)
    d.ball_to(d.depth(1.0), y, flight, z=z, ease=1.0, player=-1)
    if d.rng.random() < 0.5:
        d.turn_over()
        d.ball_to(d.depth(103), y, 0.6, player=10)
    else:
        d.ball_to(d.depth(-2), y + (9 if y > 34 else -9), 0.9, loft_metres=1.5, player=-1)
        d.label("Ball out of play", side="not applicable")
    _aftermath(d, kick, "regret")
    kick_off_goal(d)


def _keeper_dives(d: Director, at: float, y: float, z: float, easy: float) -> None:
    if d.chance(easy, easy * 0.8):
        d.story.dives.append(Dive(at, other(d.side), y, z))


def _aftermath(d: Director, kick: float, mood: str) -> None:
    """After a shot: close-up of shooter, keeper or coach, and a replay most of the time."""
    cut = kick + d.uniform(2.0, 3.5)
    if d.chance(0.92, 0.7):
        cut = d.view(_face(d, cut, d.uniform(2, 4), mood))
        if d.rng.random() < 0.4:
            cut = d.view(_face(d, cut, d.uniform(1.5, 3), mood))
    if d.rng.random() < REPLAY_SHARE:
        cut = replay(d, cut + 0.3, kick, before=2.2, after=1.3, speed=d.uniform(0.45, 0.6), highlight=True)
    d.rest(max(cut + 1.0 - d.now_seconds, 0.5))


def _face(d: Director, start: float, seconds: float, mood: str) -> View:
    last = next(knot for knot in reversed(d.story.knots) if 0 <= knot.player < NUM_OUTFIELD)
    shooter = f"{last.side}:{last.player + 2}"
    subject = str(d.rng.choice([shooter, f"{other(d.side)}:keeper", shooter]))
    backdrop = "net" if d.chance(0.75, 0.4) else str(d.rng.choice(["stand", "boards", "grass"]))
    return View(start, start + seconds, "close_up", subject=subject, mood=mood, backdrop=backdrop)


def _scored(d: Director, kick: float, flight: float, event_rate: float) -> None:
    y, z = 34 + d.uniform(-3.2, 3.2), d.uniform(0.2, 2.1)
    missed = 34 - (y - 34) * 0.5 if d.rng.random() < 0.4 else y + (0.9 if y < 34 else -0.9)
    _keeper_dives(d, kick + flight * 0.7, missed, z, 1.0)
    d.ball_to(d.depth(-1.6), y, flight, z=z, ease=1.0, player=-1)
    goal = d.now_seconds
    d.label("Goal", at=goal - 0.2)
    d.story.nets.append((goal - 0.1, goal_x(d.side), y, z))
    d.ball_to(d.depth(-1.2), y, 0.8, player=-1)
    _celebrate(d, goal, event_rate)


def _celebrate(d: Director, goal: float, event_rate: float) -> None:
    scale = max(0.4, event_rate**-0.5)
    side = d.side
    spot_x, spot_y = d.depth(6), float(d.rng.choice([6.0, 60.0]))
    places = {(side, i): (spot_x + (i % 4) - 2, spot_y + (i // 4) * 1.2) for i in range(3, 10)}
    d.story.gathers.append(Gather(goal + 1.5, goal + 14 * scale + 8, places))
    cut = goal + d.uniform(2.5, 4)
    for _ in range(int(d.rng.integers(2, 4))):
        kind = "crowd" if d.rng.random() < 0.35 else "close_up"
        subject = f"{side}:{int(d.rng.integers(7, 12))}"
        seconds = d.uniform(2.5, 5) * (0.4 + 0.6 * scale)
        cut = d.view(View(cut, cut + seconds, kind, subject=subject, mood="joy", backdrop="stand"))
    length = d.uniform(*GOAL_REPLAY_SECONDS) * scale
    while length > 2.5:
        piece = min(length, d.uniform(5, 8))
        cut = replay(d, cut, goal, before=piece * 0.3, after=piece * 0.18, speed=0.48, highlight=True)
        length -= piece
    bug = goal + max(d.uniform(*GRAPHICS_DELAY_SECONDS), 4.6)
    d.story.score_changes.append((bug, side))
    d.caption("lower_third", cut + 0.5, 5.0, f"GOAL {side}")
    d.rest(max(cut - d.now_seconds, 1.0))
    d.turn_over()
    d.ball_to(52.5, 34, 0.2, player=9)
    d.rest(d.uniform(2, 3))
    d.label("Kick-off")
    d.sound("whistle", d.now_seconds, 0.6, 0.8)
    d.ball_to(d.depth(62), 34 + d.uniform(-6, 6), 1.0)


def _penalty(d: Director, side: str, event_rate: float) -> None:
    """Foul in the box, whistle, line-up, kick."""
    attack(d, side, reach_metres=d.uniform(7, 14), y=d.uniform(26, 42))
    at = d.now_seconds
    d.label("Foul", side=other(side))
    d.sound("whistle", at + 0.4, 0.9, 1.0)
    d.sound("swell", at + 0.4, d.uniform(3, 6), d.uniform(0.6, 1))
    kick = at + d.uniform(12, 16)
    d.view(View(at + 2.5, at + d.uniform(5, 6.5), "close_up", subject="referee", backdrop="grass"))
    spot_x = d.depth(11)
    back = d.depth(17.5)
    places = {
        (s, i): (
            back + (0.7 if back > spot_x else -0.7) * (i % 3),
            19 + 3.0 * i + (1.5 if s == "away" else 0),
        )
        for s in ("home", "away")
        for i in range(10)
    }
    kicker = int(d.rng.integers(6, 10))
    places[side, kicker] = (d.depth(14), 35.5)
    d.story.gathers.append(Gather(at + 3, kick - 1.0, places))
    waiting = {key: place for key, place in places.items() if key != (side, kicker)}
    d.story.gathers.append(Gather(kick - 1.0, kick + 0.6, waiting))
    d.ball_to(spot_x, 34, 3.0, player=-1)
    d.rest(kick - 1.2 - d.now_seconds)
    d.ball_to(spot_x, 34, kick - d.now_seconds, player=kicker)
    d.label("Penalty")
    if d.rng.random() < PENALTY_SCORED:
        _close_in(d, kick)
        _voices(d, kick, "scored")
        d.sound("kick", kick, 0.1, 1.0)
        d.label("Shots on target", at=kick + 0.1)
        _scored(d, kick, d.uniform(0.4, 0.55), event_rate)
    else:
        _shoot(d, str(d.rng.choice(["saved", "saved", "wide"])), event_rate)
