"""The undisturbed league that all faults are compared with; made once for all test processes."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from support.finished_steps import StepJob, finish_league, jobs_of, one_of_each_rule


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished league; MATCHREEL_REFERENCE names one that is there already."""
    if given := os.environ.get("MATCHREEL_REFERENCE"):
        return Path(given)
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder = shared / "reference-league"
    with (shared / "reference-league.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            finish_league(folder)
    return folder


@pytest.fixture(scope="session")
def jobs(reference: Path) -> dict[str, StepJob]:
    """One job of each rule, by its name."""
    return {job.rule: job for job in one_of_each_rule(jobs_of(reference))}
