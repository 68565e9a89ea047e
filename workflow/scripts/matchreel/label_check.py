"""check_labels: which games' labels look shifted against sound and picture. It only reports."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from matchreel.alignment import (
    GROUP_SECONDS,
    MAX_CHANCE,
    MIN_GAMES,
    MIN_GROUPS,
    Alignment,
    CuedPart,
    TooFew,
    alignments,
)
from matchreel.cues import Cues
from matchreel.events import check_inside, load_events
from matchreel.excitement import CueConstants, rank_shares, step_cues
from matchreel.provenance import written_whole

log = logging.getLogger("matchreel")

CUES = ("loudness", "break", "slope")


@dataclass(frozen=True)
class LabelCheck:
    """A row of the report.

    num_events: those used. offset_seconds: how much too late the labels lie (negative: too early), None where
    nothing can be said. confidence: share of random placements of the events that fit sound and picture less
    well, in [0, 1). shifted: 1 where the labels look shifted by more than the config allows, else 0.
    """

    game: str
    part: str
    num_events: int
    offset_seconds: float | None
    confidence: float | None
    shifted: int
    note: str


def check_labels(
    *,
    cues_paths: list[Path],
    labels_paths: list[Path],
    table_path: Path,
    seed: int,
    max_label_shift_seconds: float,
    loudness_mean_seconds: float,
    break_before_seconds: float,
    break_after_seconds: float,
    slope_mean_seconds: float,
    wide_open_share: float,
    wide_body_share: float,
) -> None:
    """Write a CSV with a row per game and part (LabelCheck), and warn of each game that looks shifted.

    labels_paths has one file per game, in the order in which games first stand in cues_paths. Events that
    the broadcast does not show are not used. InputError where an event lies beyond its part.
    """
    constants = CueConstants(
        loudness_mean_seconds=loudness_mean_seconds,
        break_before_seconds=break_before_seconds,
        break_after_seconds=break_after_seconds,
        slope_mean_seconds=slope_mean_seconds,
        wide_open_share=wide_open_share,
        wide_body_share=wide_body_share,
    )
    all_cues = [Cues.load(path) for path in cues_paths]
    games = dict.fromkeys(cues.game for cues in all_cues)
    labels = dict(zip(games, labels_paths, strict=True))
    parts = [cued_part(cues, labels[cues.game], constants) for cues in all_cues]
    found = alignments(parts, allowed_seconds=max_label_shift_seconds, seed=seed)
    checks = [label_check(part, held) for part, held in zip(parts, found, strict=True)]
    write_checks(table_path, checks)
    for game, labels_path in labels.items():
        _warn([check for check in checks if check.game == game and check.shifted], labels_path)
    num_known = sum(check.offset_seconds is not None for check in checks)
    log.info("check_labels: %d of %d parts could be checked", num_known, len(checks))


def cued_part(cues: Cues, labels_path: Path, constants: CueConstants) -> CuedPart:
    """A part's cues as ranks, and its visible events."""
    said = step_cues(cues, constants)
    unknown = np.zeros(cues.grid.num_steps)
    events = load_events(labels_path, part=cues.part)
    check_inside(events, duration_seconds=cues.duration_seconds, labels_path=labels_path)
    shown = [event for event in events if event.visibility == "visible"]
    return CuedPart(
        game=cues.game,
        part=cues.part,
        ranks=np.array([rank_shares(said[cue]) - 0.5 if cue in said else unknown for cue in CUES]),
        grid=cues.grid,
        labels=tuple(event.label for event in shown),
        positions_seconds=tuple(event.position_seconds for event in shown),
    )


def label_check(part: CuedPart, held: Alignment | TooFew) -> LabelCheck:
    """The report's row of one part."""
    if isinstance(held, TooFew):
        return LabelCheck(part.game, part.part, held.num_events, None, None, 0, _why_unknown(held))
    return LabelCheck(
        part.game,
        part.part,
        held.num_events,
        round(held.offset_seconds, 2) + 0.0,  # no -0.0
        round(1 - held.chance, 4),
        int(held.is_shifted),
        _note(held),
    )


def write_checks(path: Path, checks: Sequence[LabelCheck]) -> None:
    """CSV with a column per field of LabelCheck; a cell is empty where nothing can be said."""
    with written_whole(path) as temporary:
        table = pd.DataFrame(
            [asdict(check) for check in checks], columns=[field.name for field in fields(LabelCheck)]
        )
        table.to_csv(temporary, index=False, lineterminator="\n")


def _why_unknown(held: TooFew) -> str:
    if not held.has_profiles:
        return f"nothing to compare with: {MIN_GAMES} games are needed, with common cues around their events"
    return f"too few events to say: {MIN_GROUPS} are needed, {GROUP_SECONDS:g} s apart"


def _note(held: Alignment) -> str:
    if held.is_shifted:
        return f"labels lie about {_late(held.offset_seconds)}"
    if held.chance > MAX_CHANCE and held.margin > 0:
        return "unclear: the best place fits no better than random ones"
    if held.margin > 0:
        return f"unclear: {_late(held.offset_seconds)} fits hardly better than an allowed shift"
    return "labels fit" if held.chance <= MAX_CHANCE else "no sign of a shift, but too little to be sure"


def _late(offset_seconds: float) -> str:
    return f"{abs(offset_seconds):.1f} s too {'late' if offset_seconds > 0 else 'early'}"


def _warn(shifted: Sequence[LabelCheck], labels_path: Path) -> None:
    """One line for a game whose labels look shifted in these parts."""
    if not shifted:
        return
    found = "; ".join(
        f"part {check.part}: {check.note} ({check.num_events} events, confidence {check.confidence})"
        for check in shifted
    )
    log.warning(
        "%s of %s: %s. Compare a few of these times with the recording; then correct the label file, or take "
        "the game's row out of games.tsv.",
        labels_path,
        shifted[0].game,
        found,
    )
