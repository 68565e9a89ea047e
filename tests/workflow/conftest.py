"""A tiny league taken through the whole workflow once, for tests of its results and reruns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.dryrun import snakemake
from support.rerun_rows import TARGETS
from support.tiny import GAMES, tiny_config


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the tiny league has been run to its reel and evaluation.

    MATCHREEL_FINISHED names one that was kept, for work on the tests that only plan.
    """
    if given := os.environ.get("MATCHREEL_FINISHED"):
        return Path(given)
    folder = tmp_path_factory.mktemp("tiny league é")
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    done = snakemake(folder, *TARGETS, config=tiny_config())
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    (folder / "console.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    return folder
