"""SIGTERM and kill -9 in every step: nothing half-written stands, and the same command ends with the same bytes."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from matchreel.randomness import generator
from support.finished_steps import StepJob, copied, differing, forget_outputs, kill_at_work, run

pytestmark = pytest.mark.faults

RULES = (
    *(
        "render_game",
        "probe_media",
        "extract_audio",
        "slice_clips",
        "cache_tensors",
        "find_score_bug",
        "cache_cues",
    ),
    *("train_model", "train_spotter", "pack_model", "score_windows", "score_spotter", "score_excitement"),
    *("score_random", "find_kickoff", "find_moments", "find_cuts", "select_highlights", "cut_highlights"),
    *("evaluate", "export_spotting", "check_labels"),
)


def test_every_rule_of_the_league_is_here(jobs: dict[str, StepJob]) -> None:
    assert sorted(jobs) == sorted(RULES)


def left_over(folder: Path) -> list[Path]:
    """Temporary outputs, whole or not."""
    return list(folder.rglob(".*.whole-*"))


@pytest.mark.parametrize("rule", RULES)
def test_killed_at_work(rule: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path) -> None:
    """First by SIGTERM, then, at work again, by kill -9; then it may end."""
    job, folder = jobs[rule], copied(reference, tmp_path / "league")
    for how in (signal.SIGTERM, signal.SIGKILL):
        forget_outputs(job, folder)
        delay_seconds = float(generator(5, rule, how.name).uniform(0, 0.05))
        status, said = kill_at_work(job, folder, how=how, delay_seconds=delay_seconds)
        # -15: Python itself, on its way out, has put the step's own answer to SIGTERM aside.
        assert status in (0, -9, 143, -15), f"neither ended before nor by the signal: {said}"
        print(rule, how.name, "status", status, "left over:", len(left_over(folder)))
        wrong = [path for path in differing(folder, reference) if (folder / path).exists()]
        wrong = [path for path in wrong if "/." not in path and "/resume." not in path]
        assert wrong == [], "a half-written output stands under its name"
        if how == signal.SIGTERM:
            assert left_over(folder) == [], "a step takes its temporary files with it"
    forget_outputs(job, folder)
    status, said = run(job, folder)
    assert (status, "Traceback" in said) == (0, False), said
    assert differing(folder, reference) == []
    assert left_over(folder) == []
