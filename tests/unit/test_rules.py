"""Each rule hands its step exactly the arguments that the step's function takes."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

from matchreel.step_settings import STEP_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
RULES = {
    match[1]: match[0]
    for path in sorted((ROOT / "rules").glob("*.smk"))
    for match in re.finditer(r"\nrule (\w+):.*?(?=\nrule |\Z)", path.read_text(encoding="utf-8"), re.DOTALL)
}


def function_of(step: str):
    text = (SCRIPTS / f"{step}.py").read_text(encoding="utf-8")
    module = re.search(rf"from (matchreel[\w.]*) import {step}\b", text)
    assert module, f"{step}.py does not import {step}"
    return getattr(importlib.import_module(module[1]), step)


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_calls_its_step_with_its_arguments(rule):
    sys.path.insert(0, str(SCRIPTS))
    parameters = set(inspect.signature(function_of(rule)).parameters)
    options = {name.replace("-", "_") for name in re.findall(r" --([a-z-]+)", RULES[rule])}
    call = re.search(r"settings=(.*?)\n    shell:", RULES[rule], re.DOTALL)
    added = set(re.findall(r"[(,]\s*(\w+)=", call[1])) - {"code", "folder", "parent"} if call else set()
    given = (options - {"settings", "log"}) | set(STEP_SETTINGS[rule]) | added
    assert given == parameters


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_rule_declares_what_it_needs(rule):
    for word in ("output:", "log:", "benchmark:", "threads:", "mem_mb=", "runtime=", "conda:", '"""'):
        # These two only remove, or only tell.
        assert word in RULES[rule] or (word == "output:" and rule in ("prunable", "prune")), (
            f"{rule} lacks {word}"
        )


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_second_try_gets_more_memory(rule):
    """SLURM and Kubernetes kill what takes too much: `growing` doubles it for the next try."""
    assert re.search(r"mem_mb=growing\(\d+\)", RULES[rule]), f"{rule}: write mem_mb=growing(...)"
    # Training goes on where it stopped: the same time again is more.
    assert re.search(r"runtime=(growing\(\d+\)|1440)", RULES[rule]), f"{rule}: write runtime=growing(...)"
