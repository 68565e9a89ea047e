"""The rerun contract's rows for conda's files: what a changed envs/*.yaml reruns, with `--sdm conda` and without.

The tiny league is finished under the stand-in for conda by `--touch`: Snakemake then writes the records of a run in
these environments without running the steps again. test_conda.py runs some of them there for real.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.clone import clone_workflow
from support.dryrun import ROOT, Job, Plan, planned_many, snakemake
from support.rerun_rows import FEEDS, TARGETS, closure
from support.tiny import tiny_config

pytestmark = pytest.mark.slow

# The steps that run in an environment here, written by hand.
MEDIA = [
    "render_game",
    "probe_media",
    "extract_audio",
    "slice_clips",
    "find_score_bug",
    "cache_cues",
    "score_excitement",
    "score_random",
    "find_moments",
    "select_highlights",
    "cut_highlights",
    "evaluate",
    "export_spotting",
    "check_labels",
]
TORCH = [
    "cache_tensors",
    "train_model",
    "train_spotter",
    "pack_model",
    "score_windows",
    "score_spotter",
    "find_cuts",
]
# Changed files of envs/ -> their steps.
ROWS = {("media",): MEDIA, ("torch",): TORCH, ("download", "workflow"): []}
A_PIN, A_COMMENT = "      - tqdm==4.70.1\n", "# Why these.\n"
CHANGED = "Software environment definition has changed"
CONDA = ("--sdm", "conda")
STAND_IN = ROOT / "tests/support/conda/bin"


@pytest.fixture(scope="module")
def under_conda(finished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The finished league with the records of a run under `--sdm conda`."""
    folder = tmp_path_factory.mktemp("conda") / "league"
    shutil.copytree(finished, folder, symlinks=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{STAND_IN}:{os.environ['PATH']}")
        patch.setenv("STAND_IN_PYTHON", sys.executable)
        patch.setenv("STAND_IN_LOG", str(folder / "made.txt"))
        done = snakemake(folder, *TARGETS, config=tiny_config(), options=[*CONDA, "--touch"])
        assert done.returncode == 0, done.stderr[-3000:]
        yield folder


def changed(folder: Path, envs: tuple[str, ...], line: str) -> Path:
    """The Snakefile of a copy of the workflow in which these environment files end with one more line."""
    for env in envs:
        with (clone_workflow(folder) / f"envs/{env}.yaml").open("a", encoding="utf-8") as stream:
            stream.write(line)
    return folder / "Snakefile"


def steps_of(jobs: list[Job]) -> set[str]:
    return {f"pack_model-{job.wildcards['model']}" if job.rule == "pack_model" else job.rule for job in jobs}


def by_themselves(jobs: list[Job]) -> list[Plan]:
    """Plans of all these jobs, none of which makes an input of another of its plan: none hides another's reason."""
    feeds = {(a.split("-")[0], b.split("-")[0]) for a, held in FEEDS.items() for b in held.split()}
    groups = list[set[str]]()
    for rule in sorted({job.rule for job in jobs}):
        free = (held for held in groups if not any({(rule, b), (b, rule)} & feeds for b in held))
        group = next(free, None)
        groups.append({rule}) if group is None else group.add(rule)
    plans = []
    for group in groups:
        targets = tuple(path for job in jobs if job.rule in group for path in job.output)
        plans.append(Plan(targets, tiny_config(), options=(*CONDA, "--allowed-rules", *sorted(group))))
    return plans


def test_with_conda_a_changed_file_reruns_exactly_its_steps(under_conda, tmp_path):
    """And what is made from their results. Snakemake compares the file's bytes, so a comment counts."""
    rows = [(envs, A_PIN, steps) for envs, steps in ROWS.items()] + [(("torch",), A_COMMENT, TORCH)]
    files = [changed(tmp_path / f"{index}", envs, line) for index, (envs, line, _) in enumerate(rows)]
    plans = [Plan(TARGETS, tiny_config(), snakefile=file, options=CONDA) for file in files]
    plans += [Plan(TARGETS, tiny_config(), options=options) for options in (CONDA, (*CONDA, "--forceall"))]
    *found, same, whole = planned_many(under_conda, plans, scratch=tmp_path)
    assert same == []
    packed = {step for step in steps_of(whole) if step.startswith("pack_model-")}
    assert len(packed) == 2 and {job.rule for job in whole} == {*MEDIA, *TORCH}
    for (envs, line, steps), jobs in zip(rows, found, strict=True):
        expected = closure({*steps, *packed} - {"pack_model"} if "pack_model" in steps else steps)
        # All games' jobs of these steps, not some.
        assert {job.name for job in jobs} == {job.name for job in whole if steps_of([job]) <= expected}, envs
        assert line == A_PIN or jobs
    singles = by_themselves(whole)
    for file, steps in zip(files, (MEDIA, TORCH), strict=False):
        plans = [replace(plan, snakefile=file) for plan in singles]
        alone = [job for jobs in planned_many(under_conda, plans, scratch=tmp_path) for job in jobs]
        assert {job.name for job in alone} == {job.name for job in whole if job.rule in steps}
        assert all(CHANGED in job.reason for job in alone)


def test_without_conda_a_changed_file_reruns_nothing(finished, tmp_path):
    file = changed(tmp_path / "workflow", ("media", "torch", "download", "workflow"), A_PIN)
    (jobs,) = planned_many(finished, [Plan(TARGETS, tiny_config(), snakefile=file)], scratch=tmp_path)
    assert jobs == []


def test_conda_turned_on_or_off_or_moved_reruns_all(finished, under_conda, tmp_path):
    """The environments' place is part of what Snakemake compares, and the working folder moved moves them."""
    moved = tmp_path / "moved"
    shutil.copytree(under_conda, moved, symlinks=True)
    for folder, options in ((finished, CONDA), (under_conda, ()), (moved, CONDA)):
        (jobs,) = planned_many(folder, [Plan(TARGETS, tiny_config(), options=options)], scratch=tmp_path)
        assert {job.rule for job in jobs} == {*MEDIA, *TORCH}, (folder, options)
        assert {job.rule for job in jobs if CHANGED in job.reason} == {"render_game"}
