"""kill -9 and SIGTERM in every step: nothing half-written stands, and the same command ends with the same bytes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from matchreel.randomness import generator
from support.finished_steps import StepJob, copied, differing, forget_outputs, kill_at_work, run

pytestmark = pytest.mark.faults

RULES = (
    *("render_game", "probe_media", "extract_audio", "slice_clips", "cache_tensors", "cache_cues"),
    *("train_model", "train_spotter", "pack_model", "score_windows", "score_spotter", "score_excitement"),
    *("score_random", "find_kickoff", "find_moments", "find_cuts", "select_highlights", "cut_highlights"),
    *("evaluate", "export_spotting", "check_labels"),
)


def test_every_rule_of_the_league_is_here(jobs: dict[str, StepJob]) -> None:
    assert sorted(jobs) == sorted(RULES)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
@pytest.mark.parametrize("rule", RULES)
def test_killed_at_work(
    rule: str, how: signal.Signals, jobs: dict[str, StepJob], reference: Path, tmp_path: Path
) -> None:
    job, folder = jobs[rule], copied(reference, tmp_path / "league")
    forget_outputs(job, folder)
    delay_seconds = float(generator(5, rule, how.name).uniform(0, 0.3))
    status = kill_at_work(job, folder, how=how, delay_seconds=delay_seconds)
    assert status in (0, -9, 143, -15), "it ended before, or by the signal"
    wrong = [path for path in differing(folder, reference) if (folder / path).exists()]
    wrong = [path for path in wrong if "/." not in path and "/resume." not in path]
    assert wrong == [], "a half-written output stands under its name"
    status, said = run(job, folder)
    assert (status, "Traceback" in said) == (0, False), said
    assert differing(folder, reference) == []
    print(rule, how.name, "left over:", [str(p) for p in folder.rglob(".*whole-*")])
    assert list(folder.rglob(".*.whole-*")) == []
