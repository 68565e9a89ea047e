"""Odd values in config.yaml: refused in one line that names the key, or the steps that get them end as they should.

More of them: python -m pytest tests/faults/test_bad_config.py --cases 200
"""

from __future__ import annotations

import importlib
import json
import re
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from matchreel.config import checked_config, step_settings
from matchreel.errors import MatchreelError
from matchreel.randomness import generator
from matchreel.step import CONSOLE_VARIABLE, run_step
from matchreel.step_settings import STEP_SETTINGS
from support.bad_inputs import ODD_VALUES, check, damaged_json, tried
from support.dryrun import Plan, tried_runs
from support.finished_steps import StepJob, redirected
from support.tiny import GAMES, merged, tiny_config

pytestmark = pytest.mark.faults

SECONDS = 60
# Numbers that no type forbids, and what people type by mistake.
EXTREMES = (
    0,
    1,
    -1,
    1e-300,
    0.001,
    0.999999,
    7,
    1e6,
    1e12,
    1e308,
    10**30,
    10**400,
    3.7,
    True,
    None,
    "",
    "best",
)
# Steps that end soon whatever they are told; what is asked of the others may take for ever.
STEPS = (
    "extract_audio", "slice_clips", "cache_cues", "score_excitement", "score_random", "find_kickoff", "find_moments",
    "find_cuts", "select_highlights", "cut_highlights", "check_labels", "export_spotting", "evaluate",
)  # fmt: skip
SLOW_STEPS = ("slice_clips", "find_cuts", "cut_highlights")
# Steps that read keys which models of one kind have.
KINDS = {
    "train_model": "clip_classifier", "score_windows": "clip_classifier",
    "train_spotter": "spotter", "score_spotter": "spotter",
}  # fmt: skip
# Names and paths that point out of the folder, and text that is no config; what each must be answered with.
OVERLAYS = (
    ("models: {'../../escaped': {kind: spotter}}", "models"),
    ("feature_sets: {'../escaped': {height: 64}}", "feature_sets"),
    ("feature_sets: {demo: {backbone: ../../escaped}}", "feature_sets.demo.backbone"),
    ("scorers: {demo: ../../escaped}", "scorers.demo"),
    ("evaluation: {compare: [../../escaped]}", "evaluation.compare"),
    ("evaluation: {split: ../../escaped}", "evaluation.split"),
    ("games_table: ..", ".."),
    ("games_table: /dev/null/games.tsv", "/dev/null/games.tsv"),
    ('games_table: "a\\0b"', "games_table"),
    ("games_table: /etc/shadow-of-nothing.tsv", "no table of games"),
    ("models: {demo_spotter: {checkpoint: ../../escaped}}", "escaped"),
    ('models: {demo_spotter: {checkpoint: "a\\0b"}}', "cannot be used as a path"),
    ("models: {demo_spotter: {checkpoint: $(touch escaped)}}", "touch escaped"),
    ("models: {demo_spotter: {checkpoint: 'a{b}c'}}", "cannot be used as a path"),
    ("ffmpeg: $(touch escaped)", "ffmpeg"),
    ("seed: 1.5", "config, seed"),
    ("seed: 1e400", "config, seed"),
    ("clips: []", "config, clips"),
    ("clips:", "config, clips"),
    ("reel: {exports: [../../escaped]}", "reel.exports"),
    ("!!python/object/apply:os.system ['touch escaped']", "not valid"),
    ("a: b: c", "not valid"),
    ("[1, 2]", "keys at top level"),
    ("\t", "not valid"),
    ("unknown: 1", "unknown key 'unknown'"),
    ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "unknown key"),
)


@pytest.fixture(scope="module")
def schema_path(root: Path) -> Path:
    return root / "config/schemas/config.schema.yaml"


@pytest.fixture(scope="module")
def shipped(root: Path) -> dict[str, Any]:
    held = yaml.safe_load((root / "config/config.yaml").read_text(encoding="utf-8"))
    return merged(held, tiny_config())


def all_settings(raw: Any, schema_path: Path) -> None:
    """What the Snakefile makes of a config: checked, and handed out to the steps of every model."""
    config = checked_config(raw, schema_path=schema_path)
    for model, facts in config["models"].items():
        others = {step for step, kind in KINDS.items() if kind != facts["kind"]}
        for step in STEP_SETTINGS.keys() - others:
            step_settings(config, step, model=model, feature_set=facts["feature_set"])


def test_values(
    shipped: dict[str, Any], schema_path: Path, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    held, outcomes = json.dumps(shipped).encode(), []
    for case in range(16 * pytestconfig.getoption("cases")):
        text = damaged_json(held, generator(5, "config", str(case)))
        try:
            raw = json.loads(text)
        except (ValueError, RecursionError):
            continue
        outcomes.append(tried(partial(all_settings, raw, schema_path), out_dir=tmp_path, seconds=SECONDS))
    check(outcomes, "config.yaml")


def test_overlays_through_the_workflow(tmp_path: Path) -> None:
    folder, scratch = tmp_path / "a/b/league", tmp_path / "scratch"
    folder.mkdir(parents=True)
    scratch.mkdir()
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    plan = Plan(("results/highlights/tiny-test",), tiny_config())
    runs = tried_runs(folder, plan, [text for text, _ in OVERLAYS], scratch=scratch)
    for (text, words), run in zip(OVERLAYS, runs, strict=True):
        assert "Traceback" not in run.said, (text, run.said)
        if run.status:
            lines = [line for line in run.said.splitlines() if words in line]
            assert lines, (text, run.said)
        assert all(re.match(r"(results|resources)/(?!.*\.\.)", path) for path in run.outputs), (
            text,
            run.outputs,
        )
    refused = sum(run.status != 0 for run in runs)
    print(f"overlays: {refused} of {len(runs)} refused")
    assert list(tmp_path.rglob("*escaped*")) == []


def accepted(config: dict[str, Any], key: str, value: Any, schema_path: Path) -> dict[str, Any] | None:
    """The config with a key of that value where the schema lets it pass."""
    raw: Any = value
    for word in reversed(key.split(".")):
        raw = {word: raw}
    try:
        return checked_config(merged(config, raw), schema_path=schema_path)
    except MatchreelError:
        return None


def odd_settings(
    rule: str, config: dict[str, Any], schema_path: Path, random: np.random.Generator
) -> tuple[str, dict[str, Any]]:
    """A key of a step that its schema lets have an odd value, and all its settings then."""
    keys = [path for path in STEP_SETTINGS[rule].values() if "{" not in path and "|" not in path]
    for _ in range(200):
        key = keys[int(random.integers(0, len(keys)))]
        values = (*EXTREMES, *ODD_VALUES)
        value = values[int(random.integers(0, len(values)))]
        changed = accepted(config, key, value, schema_path)
        if changed is not None:
            held = {name: path for name, path in STEP_SETTINGS[rule].items() if path == key}
            return f"{key}={value!r:.60}", {
                name: json.loads(step_settings(changed, rule))[name] for name in held
            }
    raise AssertionError(f"{rule}: no odd value passes")


@pytest.mark.parametrize("rule", STEPS)
def test_steps(
    rule: str, shipped: dict[str, Any], schema_path: Path, jobs: dict[str, StepJob], reference: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config,
) -> None:  # fmt: skip
    monkeypatch.chdir(reference)
    # A step that has begun tells of that, too: here only what went wrong counts.
    monkeypatch.setenv(CONSOLE_VARIABLE, "warning")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job, outcomes = jobs[rule], []
    function = getattr(importlib.import_module(rule), rule)
    cases = pytestconfig.getoption("cases")
    for case in range(max(1, cases // 4) if rule in SLOW_STEPS else cases):
        title, changes = odd_settings(rule, shipped, schema_path, generator(5, "settings", rule, str(case)))
        out_dir = tmp_path / str(case)
        out_dir.mkdir()
        words = redirected(job, out_dir, {})
        at = words.index("--settings") + 1
        words[at] = json.dumps(json.loads(words[at]) | changes)
        outcome = tried(partial(run_step, function, words), out_dir=tmp_path, seconds=SECONDS)
        outcomes.append(outcome.about(title))
    check(outcomes, f"{rule} with odd settings")
