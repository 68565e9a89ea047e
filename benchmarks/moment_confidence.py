"""How sure an untrained moment is: fit on some rendered matches, judged on others.

    python benchmarks/rendered_matches.py --seeds 201 225 --out matches --unread
    python benchmarks/moment_confidence.py --matches matches --fit-below 300 --plot confidence.png

A moment is right if a goal, penalty or shot is in its clip. Fitted are the constants of
matchreel/untrained_events.py, on every moment that the windows of matches of seeds below --fit-below make.
For the other matches it prints the expected calibration error (bins of a tenth, gaps weighted by their
moments) of all moments that their windows make and of those that find_moments offers, how often a Chance and
a Moment is right, how far event seconds are from the kick, and how many moments are in a replay.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from rendered_matches import Match  # noqa: E402

from matchreel.edit_list import EditList  # noqa: E402
from matchreel.excitement import CueConstants, score_excitement  # noqa: E402
from matchreel.labels import CHANCE, MOMENT  # noqa: E402
from matchreel.moment_inputs import MomentInputs  # noqa: E402
from matchreel.moments import find_moments  # noqa: E402
from matchreel.records import Float64  # noqa: E402
from matchreel.step_settings import STEP_SETTINGS  # noqa: E402
from matchreel.strikes import Evidence  # noqa: E402
from matchreel.timeline import Interval, window_starts  # noqa: E402
from matchreel.untrained_events import INTERCEPTS, WEIGHTS, confidence_at, event_in, is_chance  # noqa: E402

NAMES, LABELS = tuple(WEIGHTS), tuple(INTERCEPTS)
NUM_BINS, RIDGE, NUM_STEPS = 10, 1.0, 50


@dataclass(frozen=True)
class Judged:
    """A moment of a match: whether it is right, how far its second is from the kick, whether in a replay.

    is_offered: whether find_moments gives it.
    """

    event_seconds: float
    label: str
    evidence: Evidence
    is_offered: bool
    is_right: bool
    off_seconds: float | None
    in_replay: bool

    @property
    def features(self) -> Float64:
        """The ranks less a half, 0 where not measured, then 1 for its label and 0 for others."""
        step = self.evidence.step_of(self.event_seconds)
        known = self.evidence.ranks
        ranks = [known[name][step] - 0.5 if name in known else 0.0 for name in NAMES]
        return np.array([*ranks, *(float(self.label == label) for label in LABELS)])

    @property
    def shipped(self) -> float:
        """Its confidence as find_moments has it."""
        return confidence_at(self.evidence, self.event_seconds, self.label)


def settings_of(step: str) -> dict[str, object]:
    """A step's settings as the shipped config has them."""
    config = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))
    held = dict[str, object]()
    for name, key in STEP_SETTINGS[step].items():
        section, value = key.split(".")
        held[name] = config[section][value]
    return held


def moments_of(folder: Path, *, is_read: bool = False, has_cues: bool = True) -> EditList:
    """The untrained moments of a match, without or with its scoreboard; without cues they are windows."""
    with tempfile.TemporaryDirectory() as made:
        scores, moments = Path(made) / "scores.npz", Path(made) / "moments.json"
        cues = folder / "cues.safetensors"
        score_excitement(cues_path=cues, scores_path=scores, **settings_of("score_excitement"))  # type: ignore[arg-type]
        find_moments(
            scores_paths=[scores],
            probe_paths=[folder / "probe.json"],
            cues_paths=[cues] if has_cues else [],
            scoreboard_paths=[folder / "scoreboard.json"] if is_read else [],
            bursts_paths=[folder / "bursts.safetensors"],
            moments_path=moments,
            game=folder.name,
            **settings_of("find_moments"),  # type: ignore[arg-type]
        )
        return EditList.load(moments)


def evidence_of(folder: Path) -> Evidence:
    """The evidence that find_moments sees."""
    known = settings_of("score_excitement")
    constants = CueConstants(**{name: known[name] for name in CueConstants.__annotations__})  # type: ignore[arg-type]
    with tempfile.TemporaryDirectory() as made:
        scores = Path(made) / "scores.npz"
        score_excitement(cues_path=folder / "cues.safetensors", scores_path=scores, **known)  # type: ignore[arg-type]
        seen = MomentInputs.load(
            [scores],
            [folder / "probe.json"],
            [folder / "cues.safetensors"],
            [],
            [folder / "bursts.safetensors"],
        )
        return seen.evidence(constants)["1"]


def judged(match: Match) -> list[Judged]:
    """All moments that a match's windows make."""
    evidence, found = evidence_of(match.folder), list[Judged]()
    offered = {row.event_seconds for row in moments_of(match.folder).highlights}
    clip = settings_of("find_moments")
    for at in sorted(events_of(evidence)):
        around = Interval(at, at).padded(
            float(clip["spot_before_seconds"]), float(clip["spot_after_seconds"])
        )  # type: ignore[arg-type]
        off = [
            at - event.position_seconds for event in match.events if around.contains(event.position_seconds)
        ]
        found.append(
            Judged(
                event_seconds=at,
                label=CHANCE if is_chance(evidence, at) else MOMENT,
                evidence=evidence,
                is_offered=round(at, 3) in offered,
                is_right=bool(off),
                off_seconds=min(off, key=abs, default=None),
                in_replay=any(replay.contains(at) for replay in match.replays),
            )
        )
    return found


def events_of(evidence: Evidence) -> set[float]:
    """The events of all windows of a part."""
    known = settings_of("score_excitement")
    length, stride = float(known["window_seconds"]), float(known["stride_seconds"])  # type: ignore[arg-type]
    duration = float(evidence.grid.duration_seconds)
    starts = window_starts(duration_seconds=duration, window_seconds=length, stride_seconds=stride)
    found = (event_in(Interval(start, start + length), evidence) for start in starts)
    return {at for at in found if at is not None}


def fitted(rows: list[Judged]) -> Float64:
    """Logistic weights of the features, by Newton's method with a ridge on the ranks' weights."""
    x, y = np.array([row.features for row in rows]), np.array([float(row.is_right) for row in rows])
    ridge = np.diag([RIDGE] * len(NAMES) + [1e-6] * len(LABELS))
    weights = np.zeros(x.shape[1])
    for _ in range(NUM_STEPS):
        share = 1 / (1 + np.exp(-x @ weights))
        curvature = x.T @ (x * (share * (1 - share))[:, None]) + ridge
        weights += np.linalg.solve(curvature, x.T @ (y - share) - ridge @ weights)
    return weights


def calibration_error(shares: Float64, right: Float64) -> float:
    """Expected calibration error over bins of a tenth."""
    bins = np.minimum((shares * NUM_BINS).astype(int), NUM_BINS - 1)
    gaps = [abs((shares - right)[bins == index].sum()) for index in range(NUM_BINS)]
    return float(np.sum(gaps) / len(shares))


def draw(path: Path, shares: Float64, right: Float64, error: float) -> None:
    """How often moments are right against how sure they are."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.6, 4.0), layout="constrained")
    axes = figure.subplots()
    bins = np.minimum((shares * NUM_BINS).astype(int), NUM_BINS - 1)
    axes.plot([0, 1], [0, 1], color="0.6", linewidth=1)
    for index in range(NUM_BINS):
        own = bins == index
        if own.any():
            axes.scatter(shares[own].mean(), right[own].mean(), s=4 * own.sum() + 8, color="tab:blue")
            axes.annotate(f" {own.sum()}", (shares[own].mean(), right[own].mean()), fontsize=8)
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="confidence", ylabel="share that holds a goal, penalty or shot")
    axes.set_title(f"{len(shares)} moments of unseen matches, error {error:.3f}", fontsize=10)
    figure.savefig(path, dpi=110)


def report(seen: list[Judged], unseen: list[Judged], plot: Path | None) -> None:
    """Print everything."""
    weights = fitted(seen)
    for name, value in zip((*NAMES, *LABELS), weights, strict=True):
        print(f"  {name}: {value:.2f}")
    base = float(np.mean([row.is_right for row in seen]))
    offered = [row for row in unseen if row.is_offered]
    for what, rows in (("all", unseen), ("offered", offered)):
        right = np.array([float(row.is_right) for row in rows])
        new = 1 / (1 + np.exp(-np.array([row.features for row in rows]) @ weights))
        shipped = np.array([row.shipped for row in rows])
        for name, shares in (("fitted", new), ("shipped", shipped), ("mean", np.full(len(right), base))):
            error, brier = calibration_error(shares, right), float(np.mean((shares - right) ** 2))
            print(f"{what} {len(rows)}, {name}: calibration error {error:.3f}, Brier score {brier:.3f}")
    for label in LABELS:
        own = [row.is_right for row in offered if row.label == label]
        print(f"{label}: {sum(own)} of {len(own)} offered hold a goal, penalty or shot")
    off = np.array([row.off_seconds for row in offered if row.off_seconds is not None])
    print(f"event seconds: {np.mean(np.abs(off) <= 3):.3f} of {len(off)} within 3 s of the kick")
    print(f"in a replay: {sum(row.in_replay for row in unseen)} of {len(unseen)}")
    if plot:
        right, shipped = (
            np.array([getattr(row, name) for row in unseen], float) for name in ("is_right", "shipped")
        )
        draw(plot, shipped, right, calibration_error(shipped, right))


def main() -> None:
    """Read the arguments, judge all matches, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--matches", type=Path, required=True, help="folder of rendered_matches.py")
    parser.add_argument("--fit-below", type=int, required=True, help="seeds below it are fitted on")
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    seen, unseen = list[Judged](), list[Judged]()
    for folder in sorted(options.matches.glob("match-*")):
        if (folder / "done").exists():
            is_seen = int(folder.name.removeprefix("match-")) < options.fit_below
            (seen if is_seen else unseen).extend(judged(Match(folder)))
    print(f"{len(seen)} moments to fit on, {len(unseen)} of unseen matches")
    report(seen, unseen, options.plot)


if __name__ == "__main__":
    main()
