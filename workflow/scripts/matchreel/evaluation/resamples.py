"""Every figure on every resample of games, as one file: so that several leagues can be taken together."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from matchreel.checksums import check_archive
from matchreel.errors import DamagedError
from matchreel.evaluation.intervals import Sampled
from matchreel.provenance import written_whole
from matchreel.randomness import generator

_SEPARATOR = "|"  # stands in no scorer's and no figure's name
Figures = Mapping[str, Mapping[str, Sampled]]  # scorer -> figure -> its resamples


def save_resamples(path: Path, figures: Figures) -> None:
    """Write a .npz of names (F,), values (F,), n (F,) and samples (F, S); equal figures give equal bytes."""
    named = {
        f"{scorer}{_SEPARATOR}{name}": held for scorer, own in figures.items() for name, held in own.items()
    }
    with written_whole(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            allow_pickle=False,
            names=np.array(list(named), dtype=np.str_),
            values=np.array([held.value for held in named.values()], dtype=np.float64),
            n=np.array([held.n for held in named.values()], dtype=np.int64),
            samples=np.stack([held.samples for held in named.values()]),
        )


def load_resamples(path: Path) -> dict[str, dict[str, Sampled]]:
    """Scorer -> figure -> value and resamples, as save_resamples wrote them; InputError for another file."""
    figures: dict[str, dict[str, Sampled]] = {}
    try:
        check_archive(path)
        with np.load(path, allow_pickle=False) as held:
            rows = zip(held["names"], held["values"], held["n"], held["samples"], strict=True)
            for key, value, n, samples in rows:
                scorer, _, name = str(key).partition(_SEPARATOR)
                figures.setdefault(scorer, {})[name] = Sampled(float(value), samples, int(n))
    except FileNotFoundError:
        raise
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise DamagedError(f"this is not a file of resamples ({error})", path=path) from error
    return figures


def mean_over_leagues(leagues: Sequence[Sampled | None], *, seed: int) -> Sampled:
    """The mean of one figure (or of one difference) over leagues that each resampled games of its own.

    None or nan, a league where there was nothing to count, is left out. A league's resamples are shuffled,
    always alike, so that no two leagues draw together; what is to stay paired is subtracted before.
    """
    known = [
        Sampled(held.value, _shuffled(held, seed, index), held.n)
        for index, held in enumerate(leagues)
        if held and not np.isnan(held.value)
    ]
    if not known:
        return Sampled(float("nan"), np.full(1, np.nan), 0)
    samples = np.mean([held.samples for held in known], axis=0)
    value = float(np.mean([held.value for held in known]))
    return Sampled(value, samples, sum(held.n for held in known))


def _shuffled(held: Sampled, seed: int, index: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    order = generator(seed, "leagues", index).permutation(len(held.samples))
    return np.asarray(held.samples[order])
