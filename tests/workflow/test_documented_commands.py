"""Every overlay, profile and command that the documents name is run: at least as a dry run, so none is stale."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from matchreel.config import checked_config, with_defaults
from matchreel.errors import ConfigError
from support.clone import clone_workflow
from support.dryrun import Plan, planned_many
from support.tiers import quick_only
from support.tiny import GAMES

ROOT = Path(__file__).resolve().parents[2]
SOCCERNET_ROWS = """sn-a\ttrain\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley\t\t\t\t
sn-b\tvalid\tsoccernet\tengland_epl/2014-2015/2015-02-21 - 18-00 Crystal Palace 1 - 2 Arsenal\t\t\t\t
sn-c\ttest\tsoccernet\tspain_laliga/2014-2015/2015-02-14 - 20-00 Real Madrid 1 - 0 Other\t\t\t\t
"""
DOCUMENTS = ("README.md", "README.ko.md", "CONTRIBUTING.md", *sorted(
    path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")
))  # fmt: skip
# Run by tests of their own, or what nobody but the user's machine can run.
ELSEWHERE = {
    "docker": "tests/workflow/test_container.py", "apptainer": "tests/workflow/test_container.py",
    "pip": "an installation", "export": "a variable", "unzip": "no command of ours", "bash": ".ci/run runs itself",
}  # fmt: skip
OVERLAYS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "config").glob("*.yaml")
    if path.name not in ("config.yaml", "ablation.yaml")
)
PROFILES = sorted(path.parent.name for path in (ROOT / "profiles").glob("*/config.yaml"))


def commands() -> dict[str, str]:
    """Command -> the document that names it: lines of code blocks, and what is between backticks in a text."""
    found: dict[str, str] = {}
    for document in DOCUMENTS:
        text = (ROOT / document).read_text(encoding="utf-8")
        blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
        lines += re.findall(r"^    ((?:\.venv/bin/)?(?:snakemake|python|make) .*)$", text, re.MULTILINE)
        lines += re.findall(r"`((?:\.venv/bin/)?(?:snakemake|python|make) [^`\n]*)`", text)
        for line in lines:
            for part in line.split("  #")[0].split(" #")[0].split(" && "):
                words = part.split()
                if words and re.fullmatch(
                    r"(\.venv/bin/)?(snakemake|make|python)|" + "|".join(ELSEWHERE), words[0]
                ):
                    found.setdefault(" ".join(words), document)
    return found


COMMANDS = commands()
# Shapes of commands, an installation, and those for pods and images, which tests of their own run.
NOT_RUN = r"\.\.\.|TARGET|<step>|/opt/matchreel|profiles/kubernetes|-m pip|-m pytest|device_lease N|config_readme|--directory$"
SNAKEMAKE = sorted(
    command
    for command in COMMANDS
    if command.removeprefix(".venv/bin/").startswith("snakemake") and not re.search(NOT_RUN, command)
)
PYTHON = sorted(
    command
    for command in COMMANDS
    if command.removeprefix(".venv/bin/").startswith("python") and not re.search(NOT_RUN, command)
)
MAKE = sorted(command for command in COMMANDS if command.startswith("make"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A working folder with a clone of the workflow, as a user has it, and two recordings."""
    folder = clone_workflow(tmp_path_factory.mktemp("user"))
    (folder / "config/games.tsv").write_text(GAMES + SOCCERNET_ROWS, encoding="utf-8")
    for game in ("cup-final", "my-match"):
        (folder / "resources/games" / game).mkdir(parents=True)
        (folder / "resources/games" / game / "1.mp4").write_bytes(b"video")
    return folder


def test_the_documents_are_read():
    """Nothing that looks like a command is passed over without a reason."""
    assert {"make demo", "snakemake --cores 8 results/highlights/cup-final"} <= set(COMMANDS)
    assert len(SNAKEMAKE) >= 12 and len(PYTHON) >= 4 and len(MAKE) >= 6
    for command in set(COMMANDS) - {*SNAKEMAKE, *PYTHON, *MAKE}:
        assert command.split()[0] in ELSEWHERE or re.search(NOT_RUN, command), command


def planned_jobs(folder, scratch, monkeypatch, plans):
    """Their jobs, with the plugins that `make` puts into a folder of their own, and the stand-in for conda."""
    monkeypatch.setenv("PYTHONPATH", str(Path(sys.prefix) / "slurm"))
    monkeypatch.setenv("PATH", f"{ROOT / 'tests/support/conda/bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("STAND_IN_PYTHON", sys.executable)
    monkeypatch.setenv("STAND_IN_LOG", str(scratch / "made.txt"))
    return planned_many(folder, plans, scratch=scratch)


@pytest.mark.slow
def test_every_snakemake_command_plans_what_it_names(folder, tmp_path, monkeypatch):
    plans = []
    for command in SNAKEMAKE:
        words = shlex.split(command.replace("<game>", "my-match"))[1:]
        words = [word for word in words if word not in ("-n", "--cores") and not word.isdigit()]
        targets = [word for word in words if word.startswith("results/") or word in ("prunable", "prune")]
        options = [str(folder / word) if word.startswith("profiles/") else word for word in words]
        options = [word for word in options if word not in targets]
        plans.append(Plan(tuple(targets), {}, folder / "Snakefile", tuple(options)))
    for plan, jobs in zip(plans, planned_jobs(folder, tmp_path, monkeypatch, plans), strict=True):
        outputs = {output for job in jobs for output in job.output}
        names = {job.rule for job in jobs}
        assert jobs and all(target in outputs | names for target in plan.targets), plan


@pytest.mark.parametrize("command", quick_only(PYTHON, lambda command: "-m matchreel" in command))
def test_every_python_command_knows_its_options(folder, command):
    """Its own help names each option that the document gives it."""
    words = [word for word in shlex.split(command)[1:] if word != "-P"]
    start = words[:2] if words[0] == "-m" else [str(ROOT / words[0])]
    options = [word for word in words if word.startswith("--")]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow/scripts")}
    done = subprocess.run(
        [sys.executable, *start, "--help"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert all(option in done.stdout for option in options)


@pytest.mark.parametrize("command", MAKE)
def test_every_make_command_has_its_recipe(command):
    done = subprocess.run(
        ["make", "-n", "--no-print-directory", *shlex.split(command)[1:]],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", OVERLAYS)
def test_every_overlay_is_a_whole_config(name):
    overlay = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    config = with_defaults(overlay, defaults_path=ROOT / "config/config.yaml")
    checked_config(config, schema_path=ROOT / "config/schemas/config.schema.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_names_options_that_snakemake_has(profile):
    held = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text(encoding="utf-8"))
    help_text = _help()
    for key in held:
        assert f"--{key}" in help_text, f"profiles/{profile}: {key}"


_HELD: list[str] = []


def _help() -> str:
    if not _HELD:
        done = subprocess.run(
            [sys.executable, "-m", "snakemake", "--help"], capture_output=True, text=True, check=True
        )
        _HELD.append(done.stdout)
    return _HELD[0]


@pytest.mark.slow
def test_every_profile_plans_with_every_overlay(folder, tmp_path, monkeypatch):
    """What the user's own system would do: download, train and judge. Pods are tested with their cluster."""
    plans, trains = [], []
    for profile in [name for name in PROFILES if name != "kubernetes"]:
        for overlay in [None, *OVERLAYS]:
            model = "seed" if overlay == "config/seed.yaml" else "spotter"
            config = yaml.safe_load((ROOT / overlay).read_text(encoding="utf-8")) if overlay else {}
            options = ("--workflow-profile", str(folder / "profiles" / profile))
            target = f"results/evaluation/{model}/metrics.json"
            plans.append(Plan((target,), config, folder / "Snakefile", options))
            trains.append("train_model" if model == "seed" else "train_spotter")
    for train, jobs in zip(trains, planned_jobs(folder, tmp_path, monkeypatch, plans), strict=True):
        assert {"download_game", "cache_tensors", train, "evaluate"} <= {job.rule for job in jobs}


def test_a_model_and_a_feature_set_of_one_name_are_refused_at_the_top():
    """They would share a folder of features: Snakemake finds a cycle, far from the cause."""
    overlay = {"feature_sets": {"spotter": {}}, "models": {"spotter": {"feature_set": "spotter"}}}
    config = with_defaults(overlay, defaults_path=ROOT / "config/config.yaml")
    config["feature_sets"]["spotter"] = dict(config["feature_sets"]["default"])
    with pytest.raises(ConfigError, match="a model and a feature set are both named 'spotter'") as caught:
        checked_config(config, schema_path=ROOT / "config/schemas/config.schema.yaml")
    assert "models.spotter and feature_sets.spotter" in str(caught.value)
