"""The profiles say the same where they mean the same, and name rules that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILES = {
    path.parent.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / "profiles").glob("*/config.yaml"))
}
RULES = {
    name: "gpu=" in block
    for path in (ROOT / "rules").glob("*.smk")
    for name, block in re.findall(
        r"\nrule (\w+):(.*?)(?=\nrule |\Z)", path.read_text(encoding="utf-8"), re.DOTALL
    )
}
CLUSTERS = ("slurm", "slurm-gres", "kubernetes")


def test_there_are_these_profiles():
    assert set(PROFILES) == {"default", "gpu", *CLUSTERS}


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_a_profile_names_rules_that_exist(name):
    held = PROFILES[name]
    assert {*held.get("set-resources", {}), *held.get("set-threads", {})} <= set(RULES)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_what_every_run_needs_stands_in_every_profile(name):
    """--workflow-profile takes the place of profiles/default."""
    for key in ("max-checksum-file-size", "rerun-incomplete", "show-failed-logs", "printshellcmds"):
        assert PROFILES[name][key] == PROFILES["default"][key], key
    assert PROFILES[name]["resources"]["downloads"] == PROFILES["default"]["resources"]["downloads"]


def test_gres_differs_from_slurm_only_in_how_a_gpu_is_asked_for():
    slurm, gres = (
        {key: value for key, value in PROFILES[name].items() if key != "set-resources"}
        for name in CLUSTERS[:2]
    )
    assert slurm == gres
    for row in PROFILES["slurm-gres"]["set-resources"].values():
        assert row == {"gpu": 0, "gres": "gpu:1"}


@pytest.mark.parametrize("name", CLUSTERS)
def test_a_cluster_gives_a_gpu_to_every_step_that_can_use_one(name):
    # The ablation runs a workflow of its own; find_cuts is too short to wait for a GPU.
    able = {rule for rule, uses_gpu in RULES.items() if uses_gpu} - {"ablation", "find_cuts"}
    assert set(PROFILES[name]["set-resources"]) == able
