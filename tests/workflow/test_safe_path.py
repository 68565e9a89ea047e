"""Files of the working folder are never imported: `python -m` would put that folder before installed modules."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from matchreel.ablation.leagues import League, league_command
from matchreel.training.spotter import launch
from support.dryrun import ROOT
from support.recordings import record

# As make_reel.py and demo.py do it.
PROGRAM = "import sys; from running import run_targets; sys.exit(run_targets(sys.argv[1:], cores=1))"
TRAPS = ("soundfile", "numpy", "av", "json", "snakemake", "yaml", "matchreel/__init__", "probe_media")
TARGET = "results/media/tiny/full.json"


@pytest.fixture
def trapped(tmp_path: Path) -> Path:
    """A working folder whose modules leave a file when they are imported."""
    folder = tmp_path / "work"
    for name in TRAPS:
        path = folder / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"open({str(folder / 'imported')!r}, 'a').write(__name__ + '\\n')\n", encoding="utf-8"
        )
    return folder


def test_the_traps_work(trapped):
    subprocess.run([sys.executable, "-m", "json"], cwd=trapped, capture_output=True, check=False)
    assert (trapped / "imported").is_file()


@pytest.mark.slow
def test_a_run_imports_nothing_of_its_working_folder(trapped, tmp_path):
    game = trapped / "resources/games/tiny"
    game.mkdir(parents=True)
    record(game / "full.mkv", flashes_seconds=(2,), seconds=4)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(program), TARGET],
        cwd=trapped,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow/commands")},
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stderr
    assert (trapped / TARGET).is_file() and not (trapped / "imported").exists()


def test_whatever_starts_a_python_keeps_the_working_folder_off_its_path(monkeypatch, tmp_path):
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    assert launch._environment()["PYTHONSAFEPATH"] == "1"
    assert league_command(League(0.5, 1, tmp_path, "spotter"), threads=1)[1:4] == ["-P", "-m", "snakemake"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"python( -P)? -m pip", makefile)) == {" -P"}
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^ENV .*\bPYTHONSAFEPATH=1\b", dockerfile, re.MULTILINE)


@pytest.mark.parametrize(
    "path", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda path: path.name
)
def test_commands_to_copy_are_safe_too(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines:
        if re.match(r"(    |\.venv/bin/|make setup && ).*python .*-m (matchreel|pip)", line):
            assert " -P -m " in line, line
