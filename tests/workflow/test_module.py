"""Used by another workflow as a module, and from folders whose names mean something to Snakemake or a shell."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from matchreel.media.tools import ffmpeg_path
from support.clone import clone_workflow
from support.dryrun import snakemake

pytestmark = pytest.mark.slow

IMPORTER = """
module matchreel:
    snakefile: {snakefile!r}
{config}
use rule * from matchreel as matchreel_*

rule all:
    default_target: True
    input: "results/scores/excitement/my-match/1.npz", "copied.json"

rule copy_probe:
    input: "results/media/my-match/1.json"
    output: "copied.json"
    shell: "cp {{input}} {{output}}"
"""
ODD_NAMES = ["{game}", "a 'b\" {x} 한국", "100% $HOME {{y}}"]
SCORES = "results/scores/excitement/my-match/1.npz"


def put_recording(folder: Path) -> None:
    """Ten seconds with sound."""
    place = folder / "resources/games/my-match"
    place.mkdir(parents=True)
    command = [
        ffmpeg_path("bundled"),
        "-loglevel",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=96x54:r=10:d=20",
    ]
    command += [
        "-f",
        "lavfi",
        "-i",
        "sine=f=300:beep_factor=4:d=20",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    ]
    subprocess.run([*command, str(place / "1.mkv")], check=True)


def said_by(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout[-3000:] + done.stderr[-5000:]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_it_runs_from_a_folder_of_any_name(tmp_path, name):
    """The clone and the working folder both."""
    clone = clone_workflow(tmp_path / name / "matchreel")
    folder = tmp_path / name / "work"
    put_recording(folder)
    done = snakemake(folder, SCORES, snakefile=clone / "Snakefile", environment=without_library())
    assert done.returncode == 0, said_by(done)
    assert (folder / SCORES).exists()
    done = snakemake(
        folder,
        "results/highlights/my-match",
        "results/ablation/table.csv",
        snakefile=clone / "Snakefile",
        options=["-n"],
    )
    assert done.returncode == 0, said_by(done)


@pytest.mark.parametrize("name", ["plain", ODD_NAMES[1]])
def test_another_workflow_uses_it_as_a_module(tmp_path, name):
    """With a few keys of the config of its own, and rules of its own beside."""
    clone = clone_workflow(tmp_path / name / "matchreel")
    folder = tmp_path / "importer"
    put_recording(folder)
    config = '    config: {"excitement": {"loudness_mean_seconds": 3}}\n'
    importer = IMPORTER.format(snakefile=str(clone / "Snakefile"), config=config)
    (folder / "workflow").mkdir()
    (folder / "workflow/Snakefile").write_text(importer, encoding="utf-8")
    done = snakemake(folder, snakefile=folder / "workflow/Snakefile", environment=without_library())
    assert done.returncode == 0, said_by(done)
    assert (folder / SCORES).exists() and (folder / "copied.json").exists()
    assert '"loudness_mean_seconds": 3' in (
        folder / "results/manifests/score_excitement/my-match-1.json"
    ).read_text(encoding="utf-8")
    reel = snakemake(
        folder,
        "results/highlights/my-match",
        "results/ablation/table.csv",
        snakefile=folder / "workflow/Snakefile",
        options=["-n"],
    )
    assert reel.returncode == 0 and "matchreel_cut_highlights" in reel.stdout + reel.stderr, said_by(reel)


def test_without_a_config_of_its_own_the_shipped_one_serves(tmp_path):
    clone = clone_workflow(tmp_path / "matchreel")
    folder = tmp_path / "importer"
    (folder / "resources/games/my-match").mkdir(parents=True)
    (folder / "resources/games/my-match/1.mkv").write_bytes(b"video")
    importer = IMPORTER.format(snakefile=str(clone / "Snakefile"), config="")
    (folder / "Snakefile").write_text(importer, encoding="utf-8")
    done = snakemake(folder, snakefile=folder / "Snakefile", options=["-n"])
    assert done.returncode == 0 and "matchreel_score_excitement" in done.stdout + done.stderr, said_by(done)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ('    prefix: "there"\n', "leave the prefix out"),
        ('    config: {"excitment": {}}\n', "unknown key 'excitment'"),
    ],
)
def test_what_a_module_statement_cannot_say_is_one_line(tmp_path, config, words):
    clone = clone_workflow(tmp_path / "matchreel")
    (tmp_path / "Snakefile").write_text(
        IMPORTER.format(snakefile=str(clone / "Snakefile"), config=config), encoding="utf-8"
    )
    done = snakemake(tmp_path, snakefile=tmp_path / "Snakefile", options=["-n"])
    text = done.stdout + done.stderr
    assert done.returncode != 0 and words in text and "Traceback (most" not in text


def without_library() -> dict[str, str]:
    """The steps must come from the clone, not from the path of the tests."""
    return {"PYTHONPATH": ""}
