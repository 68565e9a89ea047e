"""Checkpoints and weights that run code when they are unpickled: refused in one line, and nothing has run."""

from __future__ import annotations

import importlib
import shutil
import tempfile
from functools import partial
from pathlib import Path

import pytest

from matchreel.packing import pack_model
from matchreel.step import run_step
from support.bad_inputs import tried
from support.dryrun import snakemake
from support.finished_steps import StepJob, copied, differing, forget_outputs, run
from support.pickles import FORMATS, load_as_careless_people_do, write_evil
from support.tiny import GAMES, tiny_config

pytestmark = pytest.mark.faults

SECONDS = 60
SUFFIXES = ("pth", "pt", "safetensors")


@pytest.mark.parametrize("kind", FORMATS)
def test_the_files_are_as_evil_as_they_seem(kind: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    path = write_evil(tmp_path / "evil.pth", marker=marker, kind=kind)
    tried(partial(load_as_careless_people_do, path), out_dir=tmp_path, seconds=SECONDS)
    assert marker.exists()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_checkpoint(kind: str, suffix: str, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    path = write_evil(tmp_path / f"evil.{suffix}", marker=marker, kind=kind)
    words = ["--checkpoint-path", path, "--checkpoint", path, "--model-name", "demo_spotter"]
    words += ["--model-path", tmp_path / "model.safetensors"]
    outcome = tried(partial(run_step, pack_model, list(map(str, words))), out_dir=tmp_path, seconds=SECONDS)
    assert outcome.kind == "refused", outcome
    assert (
        "not a safetensors file" in outcome.said and ".safetensors checkpoint that matchreel" in outcome.said
    )
    assert not marker.exists() and not (tmp_path / "model.safetensors").exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_weights(
    kind: str, jobs: dict[str, StepJob], reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(reference)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    marker, target = tmp_path / "marker", tmp_path / "1.safetensors"
    path = write_evil(tmp_path / "resnet18.pth", marker=marker, kind=kind)
    job = jobs["cache_tensors"]
    settings = job.arguments[job.arguments.index("--settings") + 1]
    changed = settings.replace("efficientnet_lite0", "resnet18")
    replaced = {settings: changed, job.outputs[0]: str(target)}
    words = [replaced.get(word, word) for word in job.arguments]
    words[words.index("--log") + 1] = str(tmp_path / "log")
    at = words.index("--weights-path") + 1
    words[at:at] = [str(path)]
    step = partial(run_step, importlib.import_module("cache_tensors").cache_tensors, words)
    outcome = tried(step, out_dir=tmp_path, seconds=SECONDS)
    assert outcome.kind == "refused", outcome
    assert "resnet18.pth: this is not a file of plain weights" in outcome.said
    assert not marker.exists() and not target.exists()


def test_through_the_workflow(tmp_path: Path) -> None:
    """As a user meets it: named in the config, and lying where weights are looked for."""
    (tmp_path / "games.tsv").write_text(GAMES, encoding="utf-8")
    marker = tmp_path / "marker"
    write_evil(tmp_path / "from the web.pt", marker=marker, kind="torch")
    models = {"demo_spotter": {"checkpoint": "from the web.pt"}}
    done = snakemake(
        tmp_path, "results/models/demo_spotter/model.safetensors", config=tiny_config(models=models)
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "from the web.pt: " in line]
    assert done.returncode != 0
    assert said and all("this is not a safetensors file" in line for line in said), done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not marker.exists() and not (tmp_path / "results/models/demo_spotter/model.safetensors").exists()


def test_training_that_was_interrupted(jobs: dict[str, StepJob], reference: Path, tmp_path: Path) -> None:
    """A resume file is read by torch too: an evil one is set aside, and the training ends as ever."""
    job, folder = jobs["train_spotter"], copied(reference, tmp_path / "league")
    forget_outputs(job, folder)
    marker = tmp_path / "marker"
    resume = folder / job.outputs[0]
    resume = write_evil(resume.with_name("resume.pt"), marker=marker, kind="torch")
    status, said = run(job, folder)
    assert (status, "Traceback" in said) == (0, False), said
    assert "training starts anew" in said
    assert not marker.exists()
    shutil.move(resume.with_name("resume.pt.stale"), tmp_path)
    assert differing(folder, reference) == []
