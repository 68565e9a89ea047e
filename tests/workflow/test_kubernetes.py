"""The Kubernetes profile as far as it goes without a cluster: a real bucket server, the executor's real jobs.

Jobs are run as processes with nothing of this folder but what the executor sent to the bucket.
"""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from support.clone import clone_workflow
from support.dryrun import ROOT
from support.kube_api import KubeApi
from support.recordings import record
from support.tiny import SPOTTER, tiny_config

pytestmark = [pytest.mark.kubernetes, pytest.mark.slow]

PLUGINS = Path(sys.prefix) / "kubernetes"
BUCKET = "league"
GAMES = """game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds
tiny-train\ttrain\tdemo\t\tReds\tBlues\t\t1:2
tiny-valid\tvalid\tdemo\t\tReds\tGreens\t\t1:2
"""
CONFIG = tiny_config(
    games_table="config/tiny.tsv",
    demo={"minutes": 2 / 3, "event_rate": 30},
    models={"demo_spotter": SPOTTER | {"epochs": 1}},
)
FEATURES = "results/features/demo/tiny-valid/1.safetensors"
REEL = "results/highlights/tiny-valid"


@dataclass(frozen=True)
class Place:
    """A clone of the workflow and the variables that lead to the bucket."""

    folder: Path
    variables: dict[str, str]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Snakemake in the clone."""
        command = [sys.executable, "-m", "snakemake", "--configfile", "config/tiny.yaml", *words]
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )


def clone(folder: Path) -> None:
    """The workflow under git: the executor sends to the pods what git lists."""
    clone_workflow(folder)
    (folder / "config/tiny.tsv").write_text(GAMES, encoding="utf-8")
    (folder / "config/tiny.yaml").write_text(yaml.safe_dump(CONFIG), encoding="utf-8")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)


def image(folder: Path) -> dict[str, str]:
    """Variables as in the image: its Python first, plugins found, and `pip` with nothing left to install."""
    (folder / "bin").mkdir()
    pip = folder / "bin/pip"
    pip.write_text(f'#!/bin/sh\necho "$@" >>{folder}/pip.txt\n', encoding="utf-8")
    pip.chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "PYTHONPATH": str(PLUGINS), "OMP_NUM_THREADS": "1", "POD": "1"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = os.environ | {
        "PYTHONPATH": str(PLUGINS),
        "AWS_DEFAULT_REGION": "us-east-1",
        "SNAKEMAKE_STORAGE_S3_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "SNAKEMAKE_STORAGE_S3_ACCESS_KEY": "test",
        "SNAKEMAKE_STORAGE_S3_SECRET_KEY": "test",
    }
    script = ROOT / "tests/support/s3_server.py"
    with subprocess.Popen(
        [sys.executable, str(script), str(port), BUCKET],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        assert server.stdout.readline() == "up\n"
        folder = tmp_path_factory.mktemp("clone")
        clone(folder)
        yield Place(folder, variables)
        server.terminate()


@pytest.fixture(scope="module")
def api(place: Place, tmp_path_factory: pytest.TempPathFactory) -> KubeApi:
    """The pods that made one part's features, from nothing."""
    folder = tmp_path_factory.mktemp("pods")
    api = KubeApi(folder, image(folder))
    place.variables["KUBECONFIG"] = str(api.write_config())
    words = ["--workflow-profile", "profiles/kubernetes", "--container-image", "matchreel:tiny"]
    words += ["--default-storage-prefix", f"s3://{BUCKET}", "--seconds-between-status-checks", "1"]
    done = place.run(*words, "--retries", "0", "--latency-wait", "5", "--", FEATURES)
    logs = "".join(path.read_text(encoding="utf-8")[-3000:] for path in folder.glob("*.log"))
    assert done.returncode == 0, done.stderr[-4000:] + logs
    return api


def specs(api: KubeApi) -> dict[str, dict]:
    """Rule -> the pod that was asked for."""
    found = {}
    for body in api.jobs.values():
        pod = body["spec"]["template"]["spec"]
        rule = re.search(r"--target-jobs '(\w+):", pod["containers"][0]["args"][-1])
        assert rule
        found[rule[1]] = pod
    return found


def test_pods_make_features_from_nothing_but_the_bucket(api, place):
    assert set(specs(api)) == {"render_game", "probe_media", "extract_audio", "cache_tensors"}
    assert set(api.exits.values()) == {0}
    assert not (place.folder / "results").exists() or not list(
        (place.folder / "results").rglob("*.safetensors")
    )


def test_a_pod_asks_for_what_its_rule_declares(api):
    for rule, pod in specs(api).items():
        (container,) = pod["containers"]
        is_gpu_job = rule == "cache_tensors"
        asked = container["resources"]
        assert container["image"] == "matchreel:tiny"
        # Kubernetes takes GPUs from limits only.
        assert asked["limits"].get("nvidia.com/gpu", "0") == ("1" if is_gpu_job else "0"), rule
        assert asked["limits"]["memory"] == {"render_game": "1500M", "cache_tensors": "3000M"}.get(
            rule, "1000M"
        )
        assert asked["limits"]["ephemeral-storage"].endswith("M")
        assert asked["limits"]["cpu"] == ("4000m" if is_gpu_job else "1000m")
        assert bool(pod.get("tolerations")) == is_gpu_job, rule


def test_the_keys_to_the_bucket_are_in_a_secret_and_in_no_command(api):
    assert api.secrets["snakemake_storage_s3_secret_key"] == "test"
    for pod in specs(api).values():
        assert "SECRET_KEY" not in pod["containers"][0]["args"][-1]
        assert "SNAKEMAKE_STORAGE_S3_SECRET_KEY" in {entry["name"] for entry in pod["containers"][0]["env"]}


def test_the_reel_lands_in_the_bucket_and_nothing_is_left_to_do(api, place):
    """The rest without pods: training, whose files lie beside each other, and a folder as a result."""
    assert api.exits
    usage = ["persistence", "software-deployment", "sources", "source-cache", "storage-local-copies"]
    words = ["--workflow-profile", "none", "--cores", "2", "--shared-fs-usage", *usage]
    words += ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{BUCKET}"]
    done = place.run(*words, "--", REEL)
    assert done.returncode == 0, done.stderr[-6000:]
    assert "Storing in storage: s3://league/results/highlights/tiny-valid" in done.stderr
    again = place.run(*words, "-n", "--", REEL)
    assert "Nothing to be done" in again.stderr + again.stdout


def test_a_recording_replaced_in_the_bucket_is_known_by_its_etag(place, tmp_path):
    usage = ["persistence", "software-deployment", "sources", "source-cache", "storage-local-copies"]
    words = ["--workflow-profile", "none", "--cores", "2", "--shared-fs-usage", *usage]
    words += ["--default-storage-provider", "s3", "--default-storage-prefix", f"s3://{BUCKET}/given"]
    folder = place.folder / "resources/games/cup"
    record(folder / "full.mkv", flashes_seconds=(1,), seconds=3)
    record(tmp_path / "other.mkv", flashes_seconds=(2,), seconds=3)
    target = "results/media/cup/full.json"
    put_in_bucket(place, folder / "full.mkv", "given/resources/games/cup/full.mkv")
    done = place.run(*words, "--", target)
    assert done.returncode == 0, done.stderr[-6000:]
    again = place.run(*words, "-n", "--", target)
    assert "Nothing to be done" in again.stderr + again.stdout, again.stderr[-3000:]
    put_in_bucket(place, tmp_path / "other.mkv", "given/resources/games/cup/full.mkv")
    again = place.run(*words, "-n", "--", target)
    assert "rule probe_media:" in again.stderr + again.stdout, again.stderr[-3000:]
    # An object that is put there is always newer. What tells it in a copied bucket: what was kept of the first one.
    etag = hashlib.md5((folder / "full.mkv").read_bytes()).hexdigest()
    kept = [path.read_text(encoding="utf-8") for path in (place.folder / ".snakemake/metadata").iterdir()]
    assert any(etag in text and "given resources/games/cup/full.mkv" in text for text in kept)


def put_in_bucket(place: Place, path: Path, key: str) -> None:
    """By boto3, in a process of its own: it is in the plugins' folder only."""
    program = (
        "import boto3, os, sys\n"
        "s3 = boto3.client('s3', endpoint_url=os.environ['SNAKEMAKE_STORAGE_S3_ENDPOINT_URL'],"
        " aws_access_key_id='test', aws_secret_access_key='test')\n"
        f"s3.upload_file(sys.argv[1], '{BUCKET}', sys.argv[2])\n"
    )
    subprocess.run([sys.executable, "-c", program, str(path), key], env=place.variables, check=True)
