"""The Dockerfile as far as it can be checked without an engine: its copies, its commands, a dry run of what it holds."""

from __future__ import annotations

import fnmatch
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.dryrun import ROOT, snakemake

LINES = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
STEPS = [tuple(line.split(maxsplit=1)) for line in LINES if line.strip() and not line.startswith("#")]
RULES = [
    line
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def of_kind(kind: str) -> list[str]:
    return [text for word, text in STEPS if word == kind]


def is_sent(name: str) -> bool:
    """Whether a path is part of the build context: the last line that matches it or a folder above it decides."""
    parts, sent = name.split("/"), True
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for rule in RULES:
        pattern = rule.removeprefix("!")
        plain = pattern.removeprefix("**/")
        names = parts if pattern.startswith("**/") else above
        if any(fnmatch.fnmatchcase(held, plain) for held in names if "/" in plain or "/" not in held):
            sent = rule.startswith("!")
    return sent


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the last COPY puts into the image, from what git lists."""
    folder = tmp_path_factory.mktemp("image")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.splitlines():
        if is_sent(name):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def test_the_context_leaves_out_what_is_not_the_workflow():
    assert is_sent("rules/common.smk")
    assert is_sent("workflow/scripts/matchreel/step.py")
    for name in (
        ".venv/bin/python",
        ".git/config",
        "results/highlights/a/reel.mp4",
        "resources/games/a/1.mp4",
        "tests/conftest.py",
        "config/edits/a.json",
        "workflow/scripts/matchreel/__pycache__/step.cpython-311.pyc",
    ):
        assert not is_sent(name), name


def test_copies_name_files_of_the_context(image):
    for text in of_kind("COPY"):
        source = text.split()[0]
        assert source == "." or (image / source).exists(), source


def test_commands_are_sound_and_the_set_up_is_the_one_of_the_makefile(image):
    for text in of_kind("RUN"):
        subprocess.run(["bash", "-n", "-c", text], check=True)
    (setup,) = (text for text in of_kind("RUN") if "make setup" in text)
    for lock in re.findall(r"envs/[\w.-]+", setup):
        assert (image / lock).is_file()
    planned = subprocess.run(["make", "-n", "setup"], cwd=image, capture_output=True, text=True, check=True)
    assert "envs/setup_venv.py .venv envs/lock-base.txt" in planned.stdout


def test_the_wheel_that_pods_ask_for_is_pinned():
    (text,) = (text for text in of_kind("RUN") if "pip download" in text)
    (command,) = re.findall(r"\$\((.*?)\)", text)
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"snakemake-storage-plugin-s3==[\d.]+\n", done.stdout)


def test_the_python_is_the_one_of_the_locks_under_a_whole_tag():
    (base,) = of_kind("FROM")
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm(@sha256:[0-9a-f]{64})?", base)


def test_it_does_not_run_as_root():
    (user,) = of_kind("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    kinds = [word for word, _ in STEPS]
    assert kinds.index("USER") > max(index for index, kind in enumerate(kinds) if kind in ("RUN", "COPY"))


@pytest.mark.slow
def test_the_workflow_of_the_image_plans_a_league(image, tmp_path):
    (tmp_path / "games.tsv").write_text(
        "game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds\na\ttest\tdemo\t\tA\tB\t\t\n"
    )
    config = {"games_table": "games.tsv", "scorers": {"demo": "excitement"}}
    done = snakemake(
        tmp_path,
        "results/highlights/a",
        config=config,
        options=["-n"],
        snakefile=image / "Snakefile",
        environment={"PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stderr
    assert "cut_highlights" in done.stdout + done.stderr


def test_the_licences_of_what_is_installed_are_named():
    text = (ROOT / "THIRD_PARTY.md").read_text(encoding="utf-8")
    for name in (
        "EfficientNet-Lite0",
        "TransNetV2",
        "torchvision",
        "imageio-ffmpeg",
        "NotoSans-Bold",
        "CC BY-NC",
    ):
        assert name in text, name
    fonts = ROOT / "workflow/scripts/matchreel/graphics/fonts"
    assert {path.name for path in fonts.glob("Noto*")} == set(re.findall(r"fonts/(Noto[\w.-]+)`", text))
