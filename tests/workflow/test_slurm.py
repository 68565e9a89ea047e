"""A tiny league through a SLURM of one node with one pretend GPU: see tests/support/slurm_node.sh."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.slurm import SlurmJob, SlurmNode, accounting, slurm_node, submit
from support.tiny import SPOTTER, tiny_config

pytestmark = [pytest.mark.slurm, pytest.mark.slow]

# Two games of one part of 40 s.
GAMES = """game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds
tiny-train\ttrain\tdemo\t\tReds\tBlues\t\t1:2
tiny-valid\tvalid\tdemo\t\tReds\tGreens\t\t1:2
"""
CONFIG = tiny_config(
    demo={"minutes": 2 / 3, "event_rate": 30}, models={"demo_spotter": SPOTTER | {"epochs": 1}}
)
REEL = "results/highlights/tiny-valid"
MODEL = "results/models/demo_spotter/model.safetensors"
FEATURES = "results/features/demo/tiny-valid/1.safetensors"
# What the profiles give a GPU.
ON_GPU = {"cache_tensors", "train_model", "train_spotter", "score_windows", "score_spotter"}


@dataclass(frozen=True)
class League:
    """The tiny league's folder and its node."""

    folder: Path
    node: SlurmNode

    def submitted(
        self, *targets: str, profile: str = "slurm", options: tuple[str, ...] = ()
    ) -> list[SlurmJob]:
        """Run to the targets; the jobs that this made."""
        before = len(self.node.jobs())
        done = submit(self.folder, *targets, profile=profile, config=CONFIG, options=options)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
        return self.node.jobs()[before:]

    def log_of(self, job: SlurmJob) -> str:
        """What the job wrote."""
        (path,) = self.folder.glob(f".snakemake/slurm_logs/**/{job.job_id}.log")
        return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def league(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[League]:
    folder = tmp_path_factory.mktemp("league")
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    with slurm_node(tmp_path_factory.mktemp("node")) as node:
        yield League(folder, node)
        with request.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(f"\n{accounting(node.jobs())}")


@pytest.fixture(scope="module")
def finished_jobs(league: League) -> list[SlurmJob]:
    """The jobs that made the reel."""
    return league.submitted(REEL)


def assert_only_these_had_gpus(league: League, jobs: list[SlurmJob], asked_as: str) -> None:
    for job in jobs:
        is_gpu_job = job.rule in ON_GPU
        assert job.gpu_option == (asked_as if is_gpu_job else ""), job
        assert job.visible_devices == {"0" if is_gpu_job else "none"}, job
        # The step was told to use a device, and took the one that SLURM gave it.
        assert ("matchreel: GPU 0 given by SLURM" in league.log_of(job)) == is_gpu_job, job


def test_a_league_runs_to_its_reel(league, finished_jobs):
    assert {job.state for job in finished_jobs} == {"COMPLETED"}
    rules = [job.rule for job in finished_jobs]
    assert {
        "render_game",
        "probe_media",
        "extract_audio",
        "find_cuts",
        *ON_GPU,
        "pack_model",
        "cut_highlights",
    } - set(rules) == {"train_model", "score_windows"}
    assert rules.count("render_game") == rules.count("cache_tensors") == 2
    reel = json.loads((league.folder / REEL / "highlights.json").read_text(encoding="utf-8"))
    assert reel["trained_on"] == ["tiny-train", "tiny-valid"]
    assert (league.folder / REEL / "index.html").is_file()


def test_training_got_its_gpu_and_others_none(league, finished_jobs):
    assert_only_these_had_gpus(league, finished_jobs, asked_as="gpus")


def test_a_second_submission_does_nothing(league, finished_jobs):
    assert finished_jobs
    assert league.submitted(REEL) == []


def test_a_job_that_slurm_killed_is_retried_with_more_memory(league, finished_jobs):
    """500 MB hold no torch beside two Snakemakes; the second try gets what the rule needs."""
    assert finished_jobs
    options = ("-R", "cache_tensors", "--set-resources", "cache_tensors:mem_mb=500 * attempt ** 2")
    first, second = league.submitted(FEATURES, options=options)
    assert "exceeded memory limit" in league.log_of(first)
    assert (first.rule, first.state, first.mem_mb) == ("cache_tensors", "FAILED", 500)
    assert (second.rule, second.state, second.mem_mb) == ("cache_tensors", "COMPLETED", 2000)


def test_a_cluster_that_knows_only_gres(league, finished_jobs):
    assert finished_jobs
    jobs = league.submitted(MODEL, profile="slurm-gres", options=("-R", "train_spotter"))
    assert {job.state for job in jobs} == {"COMPLETED"}
    assert [job.rule for job in jobs] == ["train_spotter", "pack_model"]
    assert_only_these_had_gpus(league, jobs, asked_as="gres")
