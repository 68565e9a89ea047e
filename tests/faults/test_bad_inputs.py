"""Damaged inputs of every step and command: success or one line, never a traceback, a hang, code run, an escape.

More of them: python -m pytest tests/faults/test_bad_inputs.py --cases 200
"""

from __future__ import annotations

import importlib
import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml

from matchreel.ablation.variants import load_variants
from matchreel.config import checked_config
from matchreel.evaluation.spotting_files import label_rows
from matchreel.events import load_events
from matchreel.games import load_games
from matchreel.randomness import generator
from matchreel.step import CONSOLE_VARIABLE, run_step
from support.bad_inputs import check, damaged_bytes, damaged_json, damaged_table, tried
from support.finished_steps import StepJob, redirected

pytestmark = pytest.mark.faults

SECONDS = 60
# Steps by rule, and which of their inputs is damaged: by how its path ends.
STEP_INPUTS = (
    ("slice_clips", "Labels-v2.json"), ("slice_clips", "media/"), ("cache_tensors", ".wav"), ("cache_cues", "media/"),
    ("find_score_bug", "media/"), ("cache_cues", "score_bug/"), ("read_scoreboard", "strips/"),
    ("pack_model", "best.safetensors"), ("train_spotter", "features/"), ("train_spotter", "truth.json"),
    ("score_spotter", "features/"), ("score_spotter", "model.safetensors"), ("score_windows", "model.safetensors"),
    ("score_excitement", "cues/"), ("find_kickoff", "cues/"), ("find_moments", "scores/"), ("find_moments", "media/"),
    ("find_cuts", "moments/"), ("find_cuts", "bursts/"), ("select_highlights", "moments/"), ("select_highlights", "cuts/"),
    ("cut_highlights", "plans/"), ("evaluate", "scores/"), ("evaluate", "Labels-v2.json"), ("check_labels", "cues/"),
    ("export_spotting", "scores/"),
)  # fmt: skip


def damage(path: Path, held: bytes, random: np.random.Generator) -> bytes:
    """The damage that suits a kind of file."""
    if path.suffix == ".json":
        return damaged_json(held, random)
    if path.suffix in (".tsv", ".csv"):
        return damaged_table(held, random, separator="\t" if path.suffix == ".tsv" else ",")
    return damaged_bytes(held, random)


@pytest.mark.parametrize(("rule", "part"), STEP_INPUTS, ids=lambda word: word.replace("/", ""))
def test_steps(
    rule: str, part: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    job = jobs[rule]
    name = next(path for path in job.inputs if part in path)
    function = getattr(importlib.import_module(rule), rule)
    held = (reference / name).read_bytes()
    monkeypatch.chdir(reference)
    monkeypatch.setenv(CONSOLE_VARIABLE, "warning")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    outcomes = []
    for case in range(pytestconfig.getoption("cases")):
        out_dir = tmp_path / str(case)
        out_dir.mkdir()
        bad = out_dir / Path(name).name
        bad.write_bytes(damage(bad, held, generator(5, rule, part, str(case))))
        words = redirected(job, out_dir, {name: str(bad)})
        outcomes.append(tried(partial(run_step, function, words), out_dir=tmp_path, seconds=SECONDS))
        shutil.rmtree(out_dir)
    check(outcomes, f"{rule} with a bad {part}")


def _files(root: Path, reference: Path) -> dict[str, tuple[Path, Callable[[Path], object]]]:
    schemas = root / "config/schemas"

    def games(path: Path) -> object:
        return load_games(
            table_path=path, schema_path=schemas / "games.schema.yaml", games_dir=reference / "resources/games",
            resolution="224p",
        )  # fmt: skip

    def config(path: Path) -> object:
        return checked_config(yaml.safe_load(path.read_bytes()), schema_path=schemas / "config.schema.yaml")

    return {
        "games.tsv": (reference / "games.tsv", games),
        "labels": (
            root / "tests/data/soccernet_labels_sample.json",
            lambda path: load_events(path, part="1"),
        ),
        "label rows": (root / "tests/data/soccernet_labels_sample.json", label_rows),
        "ablation": (root / "config/ablation.yaml", load_variants),
    }


@pytest.mark.parametrize("kind", ["games.tsv", "labels", "label rows", "ablation"])
def test_files(kind: str, root: Path, reference: Path, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    source, read = _files(root, reference)[kind]
    held, outcomes = source.read_bytes(), []
    for case in range(4 * pytestconfig.getoption("cases")):
        bad = tmp_path / source.name
        random = generator(5, kind, str(case))
        if source.suffix == ".yaml":
            damaged = damaged_json(yaml_as_json(held), random)
        else:
            damaged = damage(bad, held, random)
        bad.write_bytes(damaged)
        outcomes.append(tried(partial(read, bad), out_dir=tmp_path, seconds=SECONDS))
    check(outcomes, kind)


def yaml_as_json(held: bytes) -> bytes:
    """JSON is YAML too, and easier to damage."""
    return json.dumps(yaml.safe_load(held)).encode()
