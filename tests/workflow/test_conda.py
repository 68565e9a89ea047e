"""`--sdm conda` with a stand-in for conda, whose environments hold their pins and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.clone import clone_workflow
from support.dryrun import planned, snakemake
from support.tiny import tiny_config

pytestmark = pytest.mark.slow

STAND_IN = Path(__file__).resolve().parents[1] / "support/conda/bin"
GAMES = """game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds
tiny-conda\ttest\tdemo\t\tReds\tBlues\t\t1:2
"""
CONFIG = tiny_config(demo={"minutes": 0.4})
# One target of the environment without torch, one with.
TARGETS = ("results/scores/excitement/tiny-conda/1.npz", "results/features/demo/tiny-conda/1.safetensors")
CONDA = ("--sdm", "conda")


@dataclass(frozen=True)
class Run:
    """A copy of the workflow, and a folder in which it was run under conda."""

    workflow: Path
    folder: Path
    environment: dict[str, str]

    def prefixes(self) -> dict[str, Path]:
        """Name of each environment that was made -> its folder."""
        lines = Path(self.environment["STAND_IN_LOG"]).read_text(encoding="utf-8").splitlines()
        assert len({line.split()[0] for line in lines}) == len(lines), "an environment was made twice"
        return {line.split()[0]: Path(line.split()[1]) for line in lines}

    def planned(self) -> set[str]:
        """The rules that would run again."""
        options = {"config": CONFIG, "options": CONDA, "snakefile": self.workflow / "Snakefile"}
        return {job.rule for job in planned(self.folder, *TARGETS, **options)}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    folder = tmp_path_factory.mktemp("conda")
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    environment = {
        "PATH": f"{STAND_IN}:{os.environ['PATH']}",
        "STAND_IN_PYTHON": sys.executable,
        "STAND_IN_LOG": str(folder / "made.txt"),
    }
    held = Run(clone_workflow(tmp_path_factory.mktemp("workflow")), folder, environment)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        done = snakemake(
            folder, *TARGETS, config=CONFIG, options=CONDA, snakefile=held.workflow / "Snakefile"
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        yield held


def test_jobs_ran_in_the_environments_of_their_rules(run):
    assert set(run.prefixes()) == {"matchreel-media", "matchreel-torch"}
    assert all((run.folder / target).is_file() for target in TARGETS)


def test_an_environment_holds_no_more_than_its_pins(run):
    python = run.prefixes()["matchreel-media"] / "bin/python"
    done = subprocess.run([str(python), "-c", "import torch"], capture_output=True, text=True, check=False)
    assert "No module named 'torch'" in done.stderr
    assert not run.planned()


@pytest.mark.parametrize("env", ["download", "media", "torch", "workflow"])
def test_every_step_loads_in_its_environment(run, env, tmp_path):
    """All steps, also those that this tiny run has no job for."""
    prefix, steps = tmp_path / env, set()
    for path in (run.workflow / "rules").glob("*.smk"):
        for block in path.read_text(encoding="utf-8").split("\nrule ")[1:]:
            if f'"../envs/{env}.yaml"' in block:
                steps |= set(re.findall(r"python -m (\w+) ", block))
    assert steps
    made = [str(STAND_IN / "conda"), "env", "create", "--file", str(run.workflow / f"envs/{env}.yaml")]
    log = {"STAND_IN_LOG": str(tmp_path / "made.txt")}
    subprocess.run([*made, "--prefix", str(prefix)], check=True, env=os.environ | log)
    done = subprocess.run(
        [str(prefix / "bin/python"), "-c", f"import {', '.join(sorted(steps))}"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(run.workflow / "workflow/scripts")},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ("torch", {"cache_tensors"}),
        ("download", set()),
        # What is made anew takes along what is made from it.
        (
            "media",
            {
                "render_game",
                "probe_media",
                "extract_audio",
                "find_score_bug",
                "cache_cues",
                "score_excitement",
                "cache_tensors",
            },
        ),
    ],
)
def test_a_changed_environment_reruns_its_steps_only(run, env, expected):
    file = run.workflow / f"envs/{env}.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before + "      - tqdm==4.70.1\n", encoding="utf-8")
    try:
        assert run.planned() == expected
    finally:
        file.write_text(before, encoding="utf-8")
