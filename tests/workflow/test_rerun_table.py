"""The rerun contract, row by row: a dry run for every config key, against the table written by hand."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import yaml

from support.dryrun import ROOT, Job, Plan, planned_many
from support.rerun_rows import (
    CONDITIONAL,
    FIXED,
    MADE_BESIDE,
    RESTRUCTURED,
    ROWS,
    SHORT_ROWS,
    TARGETS,
    UNMADE,
    changes_of,
    closure,
)
from support.tiers import quick_only
from support.tiny import GAMES, tiny_config

KEYS = quick_only(ROWS, SHORT_ROWS.__contains__)
README = runpy.run_path(str(ROOT / "workflow/commands/config_readme.py"))
BY_ANOTHER = re.compile(r"Input files updated by another job: [^;]*(; |$)")


def schema_key(key: str) -> str:
    """A key as the page writes it, with <name> or a model's kind where names are the user's."""
    key = re.sub(r"^models\.(demo_)?(clip_)?(\w+)\.", lambda m: f"models.<{_kind(m[3])}>.", key)
    return re.sub(r"^(feature_sets)\.\w+\.", r"\1.<name>.", "scorers" if key.startswith("scorers.") else key)


def _kind(name: str) -> str:
    return "spotter" if name == "spotter" else "clip_classifier"


def step_of(job: Job) -> str:
    if job.rule == "cache_tensors" and job.wildcards["feature_set"] != "demo":
        return "cache_tensors-other"
    return f"pack_model-{job.wildcards['model']}" if job.rule == "pack_model" else job.rule


@pytest.fixture(scope="session")
def recorded(
    finished: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, list[Job]]:
    """Key -> what its changed value would rerun; "" -> what an unchanged config would; "all" -> every job."""
    specs = [item.callspec for item in request.session.items if hasattr(item, "callspec")]
    wanted = {spec.params["key"] for spec in specs if "key" in spec.params}
    (finished / "same.tsv").write_text("# the same games\n" + GAMES, encoding="utf-8")
    plans = {"": Plan(TARGETS, tiny_config()), "all": Plan(TARGETS, tiny_config(), options=("--forceall",))}
    plans |= {key: Plan(TARGETS, tiny_config(**changes_of(key))) for key in ROWS if key in wanted}
    jobs = planned_many(finished, list(plans.values()), scratch=tmp_path_factory.mktemp("plans"))
    return dict(zip(plans, jobs, strict=True))


def test_every_key_has_a_row():
    schema = yaml.safe_load((ROOT / "config/schemas/config.schema.yaml").read_text(encoding="utf-8"))
    keys = {path for path, _entry in README["leaves"](schema)}
    assert keys == {schema_key(key) for key in ROWS} | FIXED


def test_an_unchanged_config_reruns_nothing(recorded):
    assert recorded[""] == []
    assert {step_of(job) for job in recorded["all"]} >= {"render_game", "check_labels", "export_spotting"}


@pytest.mark.parametrize("key", KEYS)
def test_a_changed_key_reruns_exactly_these(recorded, key):
    expected = closure(ROWS[key]) - UNMADE.get(key, set()) | MADE_BESIDE.get(key, set())
    assert {step_of(job) for job in recorded[key]} == expected
    if not any(word in key for word in RESTRUCTURED):
        whole = {job.name for job in recorded["all"] if step_of(job) in expected}
        assert {job.name for job in recorded[key]} == whole


@pytest.mark.parametrize("key", KEYS)
def test_the_page_names_what_a_key_touches_first(recorded, key):
    """config/README.md against the dry runs: who reruns for a reason of its own stands in the last column."""
    path, rules = schema_key(key), {job.rule for job in recorded["all"]}
    said = set(re.findall(r"\w+", README["steps_of"](path))) & {*rules, "download_weights"}
    first = {job.rule for job in recorded[key] if BY_ANOTHER.sub("", job.reason)}
    if ROWS[key]:
        reruns = {job.rule for job in recorded[key]}
        assert first <= closure(said) or path in CONDITIONAL, (first, said)
        assert said - CONDITIONAL.get(path, set()) <= reruns, (said, reruns)
        written = {step.split("-")[0] for step in ROWS[key]}
        assert said - CONDITIONAL.get(path, set()) <= written, "the page names a step that no one wrote down"
        assert written <= closure(said), "a step is missing in the page"
