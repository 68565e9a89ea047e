"""An edited module changes the digests of exactly the steps whose process would load it."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path

import pytest

from matchreel.provenance import code_digest

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
    seen, todo = set[str](), [script]
    while todo:
        for name in imported(todo.pop()):
            for length in range(1, name.count(".") + 2):
                base = SCRIPTS.joinpath(*name.split(".")[:length])
                for path in (base.with_suffix(".py"), base / "__init__.py"):
                    relative = path.relative_to(SCRIPTS).as_posix()
                    if path.is_file() and relative not in seen:
                        seen.add(relative)
                        todo.append(path)
    return seen


@pytest.fixture(scope="module")
def scripts(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("scripts") / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def digests(scripts: Path) -> dict[str, str]:
    return {step: code_digest(scripts / f"{step}.py") for step in STEPS}


def test_each_module_reruns_the_steps_that_reach_it(scripts):
    before = digests(scripts)
    reach = {step: reached(SCRIPTS / f"{step}.py") for step in STEPS}
    modules = sorted(path.relative_to(scripts).as_posix() for path in (scripts / "matchreel").rglob("*.py"))
    assert len(modules) > 100
    for module in modules:
        path = scripts / module
        text = path.read_text(encoding="utf-8")
        path.write_text(text + "\n# a comment\n", encoding="utf-8")
        assert digests(scripts) == before, f"a comment in {module}"
        path.write_text(text + "\n\nADDED = 1\n", encoding="utf-8")
        after = digests(scripts)
        path.write_text(text, encoding="utf-8")
        assert {step for step in STEPS if after[step] != before[step]} == {
            step for step in STEPS if module in reach[step]
        }, module
