"""temp"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spot:
    seconds: float
    label: str
    confidence: float


@dataclass(frozen=True)
class SpottedPart:
    game: str
    part: str
    events: tuple
    spots: tuple


D = {"loose": [5 * i for i in range(1, 13)], "tight": [1, 2, 3, 4, 5]}


def ap(parts, label, tol):
    n = sum(e.label == label for p in parts for e in p.events)
    if not n:
        return None
    rows = []
    for p in parts:
        ev = [e.position_seconds for e in p.events if e.label == label]
        used = set()
        for s in sorted([s for s in p.spots if s.label == label], key=lambda s: -s.confidence):
            c = [
                (abs(t - s.seconds), i)
                for i, t in enumerate(ev)
                if i not in used and abs(t - s.seconds) <= tol / 2
            ]
            if c:
                used.add(min(c)[1])
            rows.append((s.confidence, bool(c)))
    rows.sort(key=lambda r: -r[0])
    h = np.cumsum([r[1] for r in rows]) if rows else np.zeros(0)
    if not len(h):
        return 0.0
    prec = h / np.arange(1, len(h) + 1)
    rec = h / n
    return float(np.mean([max(prec[rec >= r], default=0) for r in np.linspace(0, 1, 11)]))


def average_map(parts, classes, metric):
    v = [np.mean([ap(parts, c, t) for t in D[metric]]) for c in classes if ap(parts, c, 1) is not None]
    return float(np.mean(v)) if v else float("nan")
