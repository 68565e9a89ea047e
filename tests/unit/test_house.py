"""House rules as tests: import order, sizes, documented functions, nothing read behind Snakemake's back."""

from __future__ import annotations

import ast
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "workflow/scripts"
LIBRARY = SCRIPTS / "matchreel"
MODULES = sorted(LIBRARY.rglob("*.py"))

# Low to high. A module imports only what stands on an earlier line, or beside it in its own package.
ORDER = """
errors timeline provenance labels kinds failures reel_length notices fingerprints whole_folders
checksums run_notes languages web addresses
manifests
arrays background streams device_lease randomness step torch_shim
records edit_list knapsack
importance step_settings graphics reel_frames
budget gathering play
config games_table parts
games events replays
probability
media
recording_notices
importing clips synthetic soccernet pruning
preflight
camera_cuts scoreboard
weights logmel cues anysize
backbones
folding
features models
checkpoints spotter
augment dataset excitement random_scores kickoff spotting
clip_windows decoding scoring step_scoring packing
finding spotter_scores boundaries restarts strikes moment_rows
screen_goals untrained_events moment_inputs
untrained
edits moments
selection
evaluation alignment
operations
training label_check reel page ablation
stills exports highlight_tables vertical
highlights
"""
RANK = {name: rank for rank, line in enumerate(ORDER.strip().splitlines()) for name in line.split()}


def imported(path: Path) -> set[str]:
    """Top names of matchreel modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: write the whole module name"
            base = node.module or ""
            names |= {f"{base}.{alias.name}" for alias in node.names} if base == "matchreel" else {base}
    return {name.split(".")[1] for name in names if name.startswith("matchreel.")}


def top_name(path: Path) -> str:
    return path.relative_to(LIBRARY).parts[0].removesuffix(".py")


def functions(path: Path) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(LIBRARY).as_posix())
def test_imports_go_one_way(path):
    own = top_name(path)
    if own == "__init__":
        return
    assert own in RANK, f"add {own} to the order in this test"
    for name in imported(path) - {own, "__version__"}:
        assert RANK[name] < RANK[own], f"{path.name} imports {name}, which stands above or beside it"


def test_no_step_imports_the_config():
    scripts = list(SCRIPTS.glob("*.py"))
    assert scripts
    for path in [*scripts, *MODULES]:
        if path.name != "config.py":
            assert not {"config", "step_settings"} & imported(path), (
                f"{path} imports config: its table would rerun the step"
            )


@pytest.mark.parametrize(
    "name",
    [
        "config",
        "games",
        "provenance",
        "step",
        "media",
        "preflight",
        "failures",
        "budget",
        "selection",
        "highlights",
    ],
)
def test_no_torch_where_none_is_needed(name):
    code = f"import sys, matchreel.{name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_only_the_shim_imports_torchvision_and_torchaudio():
    for path in MODULES:
        if path.name == "torch_shim.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not {name.split(".")[0] for name in names} & {"torchvision", "torchaudio"}, path


def test_sizes():
    sizes = []
    for path in MODULES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path
        sizes += [(node.end_lineno or 0) - node.lineno + 1 for node in functions(path)]
    sizes.sort()
    assert sizes[-1] <= 60
    assert statistics.quantiles(sizes, n=10)[-1] <= 25
    assert statistics.median(sizes) <= 10


def test_scripts_are_thin():
    for path in SCRIPTS.glob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 30, path


def test_snakefile_is_short():
    assert len((ROOT / "Snakefile").read_text(encoding="utf-8").splitlines()) <= 80


@pytest.mark.parametrize("word", ["snakemake.config", "pickle.load", "shell=True", "os.system", " eval("])
def test_words_that_may_not_stand_in_the_code(word):
    for path in [*MODULES, *SCRIPTS.glob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert word not in text, f"{path}: {word}"


def test_no_print_in_the_library():
    for path in MODULES:
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        names = [node.func.id for node in calls if isinstance(node.func, ast.Name)]
        assert "print" not in names or path.name == "__main__.py", path
