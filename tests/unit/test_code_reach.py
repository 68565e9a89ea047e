"""An edited module changes the digests of exactly the steps whose process would load it."""

from __future__ import annotations

import ast
from pathlib import Path

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
