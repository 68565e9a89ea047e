"""Whether labels lie where sound and picture say: events against the usual cues around events like them.

The profile of a label is the mean rank of every cue around its events in all other games. Laid on a part at
its own events, and at every lag around them, profiles fit best where the labels should be. Random placements
of the same events say how well they fit by chance.

Measured on made-up leagues of six games with 24 events each, one game 6 s late (tests/support/shifted.py,
300 leagues for each clearness of the cues). Where the mean rank around events rises to 0.65 or more, 599 of
600 late games were found within 2 s, with no false alarm in 3000 other games; where it stays at 0.62 or
less, a quarter at most, with 7 false alarms in 3511. Not seen: a shift that most games share, and a clock
that drifts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from matchreel.errors import InputError
from matchreel.randomness import generator
from matchreel.records import Float64
from matchreel.timeline import FrameGrid

# Profiles reach so far to both sides of an event.
WINDOW_SECONDS = 20.0
# Lags of up to this much are tried, both ways.
SEARCH_SECONDS = 30.0
# ASSUME events nearer than this share their cues: they are placed together, and count as one.
GROUP_SECONDS = 10.0
# Fewer groups cannot tell a shift from chance, fewer games not which of them is shifted.
MIN_GROUPS = 6
MIN_GAMES = 3
NUM_PLACEMENTS = 2000
MAX_PASSES = 4
# Labels are shifted only where at most this share of random placements fits as well ...
MAX_CHANCE = 0.01
# ... and the best lag fits better than every allowed one by this many deviations of random fits.
MIN_MARGIN = 0.5
_TINY = 1e-9


@dataclass(frozen=True)
class CuedPart:
    """One part: per cue (C of them) its rank less 1/2 at each step, (C, T); label and time of its events."""

    game: str
    part: str
    ranks: Float64
    grid: FrameGrid
    labels: tuple[str, ...]
    positions_seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        assert self.ranks.shape[1:] == (self.grid.num_steps,), f"{self.ranks.shape} on {self.grid}"
        assert len(self.labels) == len(self.positions_seconds)

    def padded(self, num_steps: int) -> Float64:
        """(C, T + 2 * num_steps) ranks with 0, as of an unknown cue, beyond both ends."""
        return np.pad(self.ranks, ((0, 0), (num_steps, num_steps)))


@dataclass(frozen=True)
class Alignment:
    """Where a part's labels fit best.

    offset_seconds: how much too late they lie, negative: too early. chance: share of random placements that
    fit as well at some lag, in (0, 1]. margin: deviations of random fits by which the best lag beyond the
    allowed ones fits better than the best of those. num_events: those whose label has a profile.
    """

    offset_seconds: float
    chance: float
    margin: float
    num_events: int

    @property
    def is_shifted(self) -> bool:
        """Whether the labels lie elsewhere than they should by more than allowed, and not by chance."""
        return self.chance <= MAX_CHANCE and self.margin >= MIN_MARGIN


@dataclass(frozen=True)
class TooFew:
    """A part that nothing can be said of: too few events, or none whose label has a profile."""

    num_events: int
    has_profiles: bool


@dataclass(frozen=True)
class Sums:
    """Of the events of one label: their number, the sum (C, W) of their ranks and (C,) of the squares."""

    num_events: int
    total: Float64
    squares: Float64

    def plus(self, other: Sums, sign: int = 1) -> Sums:
        """Both together; with sign -1 this one without the other."""
        return Sums(
            self.num_events + sign * other.num_events,
            self.total + sign * other.total,
            self.squares + sign * other.squares,
        )

    def profile(self) -> Float64:
        """(C, W) mean ranks less their mean over time, shrunk by the share of their power that is noise."""
        n = self.num_events
        if n < 2:
            return np.zeros_like(self.total)
        mean = self.total / n
        noise = np.maximum(self.squares / n - (mean**2).sum(axis=1), 0) / (n - 1)
        mean = mean - mean.mean(axis=1, keepdims=True)
        power = (mean**2).sum(axis=1)
        share = np.divide(noise, power, out=np.ones_like(power), where=power > 0)
        shrunk: Float64 = mean * np.maximum(1 - share, 0)[:, None]
        return shrunk


def alignments(parts: Sequence[CuedPart], *, allowed_seconds: float, seed: int) -> list[Alignment | TooFew]:
    """One for each part, against the profiles of the other games.

    Further passes leave the games that the one before finds shifted out of the profiles. With fewer than
    MIN_GAMES games there are no profiles. InputError where the grids differ in rate.
    """
    if len({part.grid.rate_fps for part in parts}) > 1:
        raise InputError(
            "cues lie on grids of different rates",
            where=", ".join(sorted({part.game for part in parts})),
            remedy="Delete results/features/cues and run the same command again to make them anew",
        )
    games = list(dict.fromkeys(part.game for part in parts))
    sums = {game: label_sums(part for part in parts if part.game == game) for game in games}
    if len(games) < MIN_GAMES:
        return [TooFew(len(part.labels), has_profiles=False) for part in parts]

    def checked(left_out: set[str]) -> list[Alignment | TooFew]:
        total = _added(own for game, own in sums.items() if game not in left_out)
        profiles = {game: _profiles(total, {} if game in left_out else sums[game]) for game in games}
        return [
            alignment(
                part,
                profiles[part.game],
                allowed_seconds=allowed_seconds,
                random=generator(seed, part.game, part.part, "labels"),
            )
            for part in parts
        ]

    left_out = set[str]()
    found = checked(left_out)
    for _ in range(MAX_PASSES - 1):
        shifted = {part.game for part, held in zip(parts, found, strict=True) if _is_shifted(held)}
        # Where one game or none would stay, there is nothing better to compare with.
        if shifted == left_out or len(games) - len(shifted) < 2:
            break
        left_out, found = shifted, checked(shifted)
    return found


def label_sums(parts: Iterable[CuedPart]) -> dict[str, Sums]:
    """Label -> what its events in these parts add up to."""
    held: dict[str, Sums] = {}
    for part in parts:
        num_steps = part.grid.steps_in(WINDOW_SECONDS)
        padded = part.padded(num_steps)
        for label, seconds in zip(part.labels, part.positions_seconds, strict=True):
            first = part.grid.nearest_step(seconds)
            ranks = padded[:, first : first + 2 * num_steps + 1]
            own = Sums(1, ranks, (ranks**2).sum(axis=1))
            held[label] = held[label].plus(own) if label in held else own
    return held


def alignment(
    part: CuedPart, profiles: Mapping[str, Float64], *, allowed_seconds: float, random: np.random.Generator
) -> Alignment | TooFew:
    """Where one part's labels fit these profiles (label -> (C, W)) best."""
    num_events = sum(label in profiles for label in part.labels)
    fits = group_fits(part, profiles)
    if len(fits) < MIN_GROUPS:
        return TooFew(num_events if profiles else len(part.labels), bool(profiles))
    grid, num_lags = part.grid, part.grid.steps_in(SEARCH_SECONDS)
    lags_seconds = np.arange(-num_lags, num_lags + 1) * float(grid.step_seconds)
    is_allowed = np.abs(lags_seconds) <= allowed_seconds
    total = fits[:, np.arange(-num_lags, num_lags + 1) % grid.num_steps].sum(axis=0)
    drawn = random_fits(fits, num_lags=num_lags, random=random)
    chance = (1 + np.count_nonzero(drawn.max(axis=1) >= total.max())) / (1 + NUM_PLACEMENTS)
    margin = (total[~is_allowed].max(initial=-np.inf) - total[is_allowed].max()) / max(drawn.std(), _TINY)
    return Alignment(-float(lags_seconds[np.argmax(total)]), float(chance), float(margin), num_events)


def group_fits(part: CuedPart, profiles: Mapping[str, Float64]) -> Float64:
    """(M, T) how well each group of events fits when moved by 0 to T - 1 steps; the ends are joined."""
    num_steps = part.grid.steps_in(WINDOW_SECONDS)
    padded = part.padded(num_steps)
    tracks = {  # label -> (T,) how well its profile fits at each step
        label: np.sum([np.correlate(*pair) for pair in zip(padded, profiles[label], strict=True)], axis=0)
        for label in set(part.labels) & set(profiles)
    }
    groups = list[Float64]()
    last_seconds = -np.inf
    for label, seconds in sorted(zip(part.labels, part.positions_seconds, strict=True), key=lambda e: e[1]):
        if label not in tracks:
            continue
        if seconds - last_seconds >= GROUP_SECONDS:
            groups.append(np.zeros(part.grid.num_steps))
        groups[-1] += np.roll(tracks[label], -part.grid.nearest_step(seconds))
        last_seconds = seconds
    return np.array(groups).reshape(len(groups), part.grid.num_steps)


def random_fits(fits: Float64, *, num_lags: int, random: np.random.Generator) -> Float64:
    """(NUM_PLACEMENTS, 2 * num_lags + 1) what the groups add up to when each is put anywhere, at each lag."""
    M, T = fits.shape
    starts = random.integers(0, T, size=(NUM_PLACEMENTS, M))
    drawn = np.zeros((NUM_PLACEMENTS, 2 * num_lags + 1))
    for group, places in zip(fits, starts.T, strict=True):
        joined = np.take(group, np.arange(T + 2 * num_lags), mode="wrap")
        drawn += sliding_window_view(joined, 2 * num_lags + 1)[places]
    return drawn


def _added(games: Iterable[Mapping[str, Sums]]) -> dict[str, Sums]:
    held: dict[str, Sums] = {}
    for sums in games:
        for label, own in sums.items():
            held[label] = held[label].plus(own) if label in held else own
    return held


def _profiles(total: Mapping[str, Sums], own: Mapping[str, Sums]) -> dict[str, Float64]:
    """Label -> profile of all games but one's own, where there is more in it than noise."""
    others = {label: sums.plus(own[label], -1) if label in own else sums for label, sums in total.items()}
    profiles = {label: sums.profile() for label, sums in others.items()}
    return {label: profile for label, profile in profiles.items() if profile.any()}


def _is_shifted(held: Alignment | TooFew) -> bool:
    return isinstance(held, Alignment) and held.is_shifted
