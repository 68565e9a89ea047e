"""Ordinary play: passing, attacks that end in nothing, fouls, throw-ins, corners, substitutions, pauses."""

from __future__ import annotations

from collections.abc import Callable

from matchreel.synthetic.director import Director
from matchreel.synthetic.story import SIDES, View, Zoom, other

# SOURCE: labels a half in SoccerNet-v2: ball out 31.8, throw-in 18.9, foul 11.7, clearance 7.9, corner 4.8,
# substitution 2.8, offside 2.1. Weights of the scenes that hold them, and of those without a label.
SCENE_WEIGHTS = {
    "throw_in": 14.0,
    "foul": 11.0,
    "lost_attack": 16.0,
    "corner": 4.0,
    "goal_kick": 4.0,
    "offside": 2.5,
    "substitution": 3.0,
    "pause": 5.0,
}


def passing(d: Director, seconds: float) -> None:
    """Passes in and around the middle third for about so long."""
    end = d.now_seconds + seconds
    while d.now_seconds < end - 1.0:
        if d.rng.random() < 0.14:
            d.turn_over()
        x = d.uniform(0.25, 0.75) * 60 + 0.4 * d.x
        y = min(max(d.y + d.uniform(-22, 22), 5), 63)
        d.ball_to(min(max(x, 22), 83), y, d.uniform(1.1, 2.1), loft_metres=float(d.rng.choice([0, 0, 0, 4])))
        if d.rng.random() < 0.6:
            d.ball_to(d.x + d.uniform(-5, 5), d.y + d.uniform(-4, 4), d.uniform(0.6, 1.5), ease=1.0)
    if d.rng.random() < 0.25:
        d.sound("talk", d.now_seconds - d.uniform(0, seconds), d.uniform(1.5, 4), d.uniform(0.3, 0.8))


def attack(d: Director, side: str, *, reach_metres: float, y: float) -> None:
    """The ball is carried from where it is to reach_metres before the goal, with two to four moves."""
    d.side = side
    num_moves = int(d.rng.integers(2, 4))
    x0, y0, x1 = d.x, d.y, d.depth(reach_metres)
    for move in range(1, num_moves + 1):
        part = move / num_moves
        sway = d.uniform(-12, 12) * (1 - part)
        away = abs(x1 - x0) / num_moves
        seconds = max(0.9, away / d.uniform(11, 17))
        d.ball_to(
            x0 + (x1 - x0) * part,
            min(max(y0 + (y - y0) * part + sway, 4), 64),
            seconds,
            loft_metres=float(d.rng.choice([0, 0, 3])),
        )
        if move < num_moves and d.rng.random() < 0.5:
            d.ball_to(d.x + (2.5 if x1 > x0 else -2.5), d.y + d.uniform(-2, 2), d.uniform(0.4, 0.9), ease=1.0)


def throw_in(d: Director) -> None:
    """Over the touchline and back into play."""
    passing(d, d.uniform(2, 6))
    line = 0.0 if d.rng.random() < 0.5 else 68.0
    d.ball_to(d.x + d.uniform(-6, 6), line - 1.5 if line == 0 else line + 1.5, d.uniform(0.9, 1.5), player=-1)
    d.label("Ball out of play", side="not applicable")
    out = d.now_seconds
    d.rest(d.uniform(4.5, 8))
    if d.rng.random() < 0.4:
        _look_away(d, out + d.uniform(0.8, 1.6), d.now_seconds - 1.0)
    d.turn_over()
    d.ball_to(d.x, abs(line - 0.5), 0.3)
    d.label("Throw-in")
    d.ball_to(d.x + d.uniform(-8, 8), abs(line - 9), 1.1, loft_metres=3)


def _look_away(d: Director, start: float, end: float) -> float:
    kind = str(d.rng.choice(["close_up", "close_up", "close_up", "bench", "crowd"]))
    subject = "coach" if kind == "bench" else f"{d.rng.choice(SIDES)}:{int(d.rng.integers(2, 12))}"
    backdrop = str(d.rng.choice(["stand", "stand", "grass"]))
    return d.view(View(start, min(end, start + d.uniform(2, 4.5)), kind, subject=subject, backdrop=backdrop))


def _noise(d: Director, at: float, seconds: float) -> None:
    """The crowd is loud for no shot: seldom a roar, mostly another sound as loud as one."""
    kind = "roar" if d.chance(0.03, 0.3) else str(d.rng.choice(["groan", "swell", "swell", "applause"]))
    d.sound(kind, at, seconds, d.uniform(0.6, 1.0))


def foul(d: Director) -> None:
    """A foul somewhere: whistle, noise, close-ups, often a replay, a free kick."""
    if d.rng.random() < 0.5:
        attack(d, d.side, reach_metres=d.uniform(12, 38), y=d.uniform(10, 58))
    else:
        passing(d, d.uniform(2, 6))
    at, side = d.now_seconds, other(d.side)
    d.label("Foul", side=side)
    d.sound("whistle", at + 0.3, d.uniform(0.4, 0.8), d.uniform(0.6, 1.0))
    d.distractor("foul")
    if d.chance(0.8, 0.9):
        _noise(d, at + 0.2, d.uniform(2, 6))
    if d.rng.random() < 0.5:
        d.sound("excited", at + 0.1, d.uniform(2, 5), d.uniform(0.4, 0.9))
    d.rest(d.uniform(7.5, 12))
    cut = at + d.uniform(1.6, 3.0)
    cut = d.view(_person(d, cut, d.uniform(2, 4), str(d.rng.choice([side, other(side), "referee"]))))
    if d.rng.random() < 0.7:
        cut = replay(d, cut + 0.2, at, before=3.0, after=1.2, speed=0.55, highlight=False)
    elif d.rng.random() < 0.5:
        cut = d.view(_person(d, cut, d.uniform(2, 3), other(side)))
    if d.rng.random() < 0.17:
        d.label("Yellow card", at=min(at + 6, d.now_seconds), side=side)
        d.caption("lower_third", at + 6.5, 4.0, "YELLOW CARD")
    if d.now_seconds < cut + 1.5:
        d.rest(cut + 1.5 - d.now_seconds)
    d.label("Indirect free-kick" if d.rng.random() < 0.8 else "Direct free-kick")
    d.ball_to(d.x + d.uniform(-15, 15), min(max(d.y + d.uniform(-15, 15), 5), 63), 1.4, loft_metres=4)


def _person(d: Director, start: float, seconds: float, side: str) -> View:
    subject = side if side == "referee" else f"{side}:{int(d.rng.integers(2, 12))}"
    backdrop = str(d.rng.choice(["stand", "grass", "boards"]))
    mood = str(d.rng.choice(["calm", "regret"]))
    return View(start, start + seconds, "close_up", subject=subject, mood=mood, backdrop=backdrop)


def replay(
    d: Director, start: float, moment: float, *, before: float, after: float, speed: float, highlight: bool
) -> float:
    """One slow-motion run of [moment - before, moment + after); returns its end."""
    world = max(0.0, moment - before)
    seconds = (moment + after - world) / speed
    angle = int(d.rng.integers(0, 4))
    if not highlight:
        d.distractor("replay of no shot", start)
    return d.view(
        View(start, start + seconds, "replay", angle=angle, world_start_seconds=world, speed=speed, zoom=1.0)
    )


def lost_attack(d: Director) -> None:
    """Build-up to the box that ends in nothing: tackled, headed away or gathered."""
    side = str(d.rng.choice(SIDES))
    attack(d, side, reach_metres=d.uniform(6, 18), y=d.uniform(16, 52))
    at = d.now_seconds
    if d.chance(0.2, 0.45):
        d.story.zooms.append(Zoom(at - 2, at + d.uniform(2, 3), d.uniform(1.2, 1.5)))
    d.distractor("lost attack")
    if d.chance(0.65, 0.85):
        _noise(d, at - 1.0, d.uniform(2, 5))
    if d.chance(0.4, 0.6):
        d.sound("excited", at - 2.0, d.uniform(2, 4), d.uniform(0.4, 0.9))
    if d.rng.random() < 0.3:
        d.turn_over()
        d.ball_to(d.depth(103.5), d.uniform(31, 37), d.uniform(0.8, 1.3), loft_metres=3, player=10)
        d.rest(d.uniform(1.5, 3))
    else:
        d.ball_to(d.x + d.uniform(-2, 2), d.y + d.uniform(-3, 3), 0.7)
        d.turn_over()
    if d.chance(0.3, 0.6):
        cut = _look_away(d, d.now_seconds + 0.5, d.now_seconds + 5)
        if d.rng.random() < 0.5:
            cut = replay(d, cut, at, before=2.5, after=1.0, speed=0.55, highlight=False)
        d.rest(cut - d.now_seconds)
    d.ball_to(d.depth(d.uniform(45, 65)), d.uniform(12, 56), d.uniform(1.6, 2.4), loft_metres=9)


def corner(d: Director) -> None:
    """Won, waited for, crossed and cleared."""
    attack(d, str(d.rng.choice(SIDES)), reach_metres=d.uniform(8, 16), y=float(d.rng.choice([8, 60])))
    line_y = 0.4 if d.y < 34 else 67.6
    d.ball_to(d.depth(-1.5), d.y + d.uniform(-4, 4), 0.7, player=-1)
    d.label("Ball out of play", side="not applicable")
    out = d.now_seconds
    d.rest(d.uniform(5, 8))
    if d.rng.random() < 0.5:
        _look_away(d, out + 1.0, d.now_seconds - 2.0)
    d.ball_to(d.depth(0.4), line_y, 0.3)
    d.rest(1.5)
    d.label("Corner")
    _noise(d, d.now_seconds - 2, d.uniform(3, 5))
    d.distractor("corner")
    d.ball_to(d.depth(d.uniform(7, 11)), d.uniform(30, 40), 1.5, loft_metres=6)
    d.turn_over()
    d.ball_to(d.depth(d.uniform(60, 75)), d.uniform(12, 56), 1.6, loft_metres=7)


def goal_kick(d: Director) -> None:
    """A ball over the goal line far from the goal, kicked out again (SoccerNet: Clearance)."""
    attack(d, d.side, reach_metres=d.uniform(10, 25), y=float(d.rng.choice([7, 61])))
    d.ball_to(d.depth(-2), d.y, 0.9, player=-1)
    d.label("Ball out of play", side="not applicable")
    out = d.now_seconds
    d.rest(d.uniform(5, 8))
    if d.rng.random() < 0.5:
        _look_away(d, out + 1.0, d.now_seconds - 1.5)
    kick_off_goal(d)


def kick_off_goal(d: Director) -> None:
    """The defending keeper's long kick."""
    d.turn_over()
    d.ball_to(d.depth(99.5), 34 + d.uniform(-5, 5), 0.5, player=10)
    d.label("Clearance")
    d.sound("kick", d.now_seconds, 0.1, 0.7)
    d.ball_to(d.depth(d.uniform(40, 55)), d.uniform(15, 53), 2.4, loft_metres=14)


def offside(d: Director) -> None:
    """A run stopped by the flag: whistle and groans near the box."""
    attack(d, str(d.rng.choice(SIDES)), reach_metres=d.uniform(10, 22), y=d.uniform(20, 48))
    d.label("Offside")
    d.sound("whistle", d.now_seconds + 0.5, 0.5, 0.9)
    d.sound("groan", d.now_seconds + 0.8, d.uniform(2, 4), d.uniform(0.5, 1.0))
    d.distractor("offside")
    at = d.now_seconds
    d.rest(d.uniform(5, 8))
    if d.rng.random() < 0.6:
        cut = d.view(_person(d, at + 1.5, d.uniform(2.5, 4), d.side))
        if d.rng.random() < 0.6:
            cut = replay(d, cut, at, before=2.5, after=0.8, speed=0.6, highlight=False)
        d.rest(cut + 1.0 - d.now_seconds)
    d.turn_over()
    d.label("Indirect free-kick")
    d.ball_to(d.depth(d.uniform(45, 60)), d.uniform(15, 53), 1.8, loft_metres=7)


def substitution(d: Director) -> None:
    """A change: bench, board, applause, caption."""
    passing(d, d.uniform(1.5, 3))
    side, at = str(d.rng.choice(SIDES)), d.now_seconds
    d.label("Substitution", side=side)
    d.distractor("substitution")
    d.rest(d.uniform(10, 14))
    cut = d.view(View(at - 0.5, at + d.uniform(3, 5), "bench", subject=side))
    cut = d.view(_person(d, cut, d.uniform(2.5, 4), side))
    if d.rng.random() < 0.6:
        d.view(View(cut, cut + d.uniform(2, 3), "crowd", mood="joy" if d.chance(0.3, 0.6) else "calm"))
    d.sound(str(d.rng.choice(["applause", "swell", "chant"])), at + 1, d.uniform(4, 9), d.uniform(0.7, 1.0))
    d.caption("lower_third", at + 1.5, 5.0, "SUBSTITUTION")
    passing(d, 2.0)


def pause(d: Director) -> None:
    """Crowd pictures and singing while the ball rolls about; a cheer without a shot."""
    passing(d, d.uniform(3, 5))
    at = d.now_seconds
    passing(d, d.uniform(6, 9))
    if d.chance(0.5, 0.8):
        kind = str(d.rng.choice(["crowd", "bench", "close_up"]))
        d.view(View(at, at + d.uniform(2.5, 4.5), kind, subject="coach" if kind == "bench" else "home:9"))
    d.sound(str(d.rng.choice(["chant", "swell", "applause"])), at - 1, d.uniform(4, 9), d.uniform(0.7, 1.0))
    d.distractor("cheer without a shot", at)


SCENES: dict[str, Callable[[Director], None]] = {
    "throw_in": throw_in,
    "foul": foul,
    "lost_attack": lost_attack,
    "corner": corner,
    "goal_kick": goal_kick,
    "offside": offside,
    "substitution": substitution,
    "pause": pause,
}
