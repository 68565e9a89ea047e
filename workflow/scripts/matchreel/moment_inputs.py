"""What find_moments reads: scores, probes, cues and scoreboards of a game's parts, each checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from matchreel.camera_cuts.bursts import Bursts
from matchreel.camera_cuts.replays import replays_between
from matchreel.camera_cuts.wipes import wipes_seconds
from matchreel.cues import Cues
from matchreel.errors import InputError
from matchreel.excitement import CueConstants
from matchreel.records import Probe, Scores
from matchreel.scoreboard import Scoreboard
from matchreel.strikes import Evidence, strike_evidence
from matchreel.timeline import Interval


@dataclass(frozen=True)
class MomentInputs:
    """All of them by part, in the order of the parts. boards: of the parts whose screen was read."""

    scores: Mapping[str, Scores]
    probes: Mapping[str, Probe]
    cues: Mapping[str, Cues]
    boards: Mapping[str, Scoreboard]
    bursts_paths: Mapping[str, Path]

    @classmethod
    def load(
        cls,
        scores_paths: list[Path],
        probe_paths: list[Path],
        cues_paths: list[Path],
        scoreboard_paths: list[Path],
        bursts_paths: list[Path],
    ) -> MomentInputs:
        """Read them; InputError where they do not belong together."""
        parts = matched(scores_paths, probe_paths)
        probes = {probe.part: probe for _, probe in parts}
        cues, boards = cues_of(cues_paths, probes), boards_of(scoreboard_paths, probes)
        names = [Probe.load(path).part for path in probe_paths]
        bursts = dict(zip(names, bursts_paths, strict=False))
        return cls({probe.part: own for own, probe in parts}, probes, cues, boards, bursts)

    def evidence(self, constants: CueConstants) -> dict[str, Evidence]:
        """What speaks for a strike in each part, and its replays."""
        return {part: strike_evidence(own, constants, self._replays(part)) for part, own in self.cues.items()}

    def _replays(self, part: str) -> list[Interval]:
        path = self.bursts_paths.get(part)
        if path is None:
            return []
        bursts = Bursts.load(path)
        if bursts.grid is None:
            return []
        self.probes[part].check_duration(float(bursts.grid.duration_seconds), path)
        return replays_between(wipes_seconds(bursts))

    @property
    def first(self) -> Scores:
        """The first part's scores, whose scorer is that of all."""
        return next(iter(self.scores.values()))

    @property
    def durations_seconds(self) -> dict[str, float]:
        """By part."""
        return {part: probe.duration_seconds for part, probe in self.probes.items()}


def matched(scores_paths: list[Path], probe_paths: list[Path]) -> list[tuple[Scores, Probe]]:
    """The parts in order; InputError where the files are not of the same parts or one scorer."""
    remedy = "Delete the scores and run the same command again"
    if not scores_paths or len(scores_paths) != len(probe_paths):
        what = f"{len(scores_paths)} score files for {len(probe_paths)} parts"
        raise InputError(what, where="find_moments", remedy="Give one of each per part, in the same order")
    parts = list[tuple[Scores, Probe]]()
    for scores_path, probe_path in zip(scores_paths, probe_paths, strict=True):
        scores, probe = Scores.load(scores_path), Probe.load(probe_path)
        probe.check_duration(scores.duration_seconds, scores_path)
        if parts and scores.scorer != parts[0][0].scorer:
            what = f"made by {scores.scorer!r}, the first part's by {parts[0][0].scorer!r}"
            raise InputError(what, where=scores_path, remedy=remedy)
        parts.append((scores, probe))
    return parts


def cues_of(paths: Iterable[Path], probes: Mapping[str, Probe]) -> dict[str, Cues]:
    """The cues by part."""
    held = dict[str, Cues]()
    for path in paths:
        cues = Cues.load(path)
        probes[cues.part].check_duration(cues.duration_seconds, path)
        held[cues.part] = cues
    return held


def boards_of(paths: Iterable[Path], probes: Mapping[str, Probe]) -> dict[str, Scoreboard]:
    """The scoreboards by part."""
    held = dict[str, Scoreboard]()
    for path in paths:
        board = Scoreboard.load(path)
        probes[board.part].check_duration(board.duration_seconds, path)
        held[board.part] = board
    return held
