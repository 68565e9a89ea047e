"""config/seed.yaml for real: its backbone fetched, its features cached, its network trained, a reel cut."""

from __future__ import annotations

import hashlib
import io
import json

import pytest
import torch
import yaml

from matchreel.checkpoints import ModelFile
from matchreel.records import Features
from matchreel.torch_shim import import_torchvision
from support.dryrun import ROOT, snakemake
from support.hub_server import hub_server
from support.tiny import merged

pytestmark = pytest.mark.slow

GAMES = """game\tsplit\tsource\tsoccernet_path\thome\taway\tdate\tkickoff_seconds
tiny-train\ttrain\tdemo\t\tReds\tBlues\t\t
tiny-valid\tvalid\tdemo\t\tReds\tGreens\t\t
tiny-test\ttest\tdemo\t\tReds\tBlues\t\t1:2
"""
REEL = "results/highlights/tiny-test"


def random_resnet50() -> bytes:
    """Weights as torchvision's file holds them, of no training: 102 MB."""
    torch.manual_seed(0)
    buffer = io.BytesIO()
    torch.save(import_torchvision().models.get_model("resnet50", weights=None).state_dict(), buffer)
    return buffer.getvalue()


def test_the_seeds_own_way_ends_in_a_reel(tmp_path):
    """On rendered games instead of SoccerNet's, for one epoch instead of 20; all else is the overlay's."""
    (tmp_path / "games.tsv").write_text(GAMES, encoding="utf-8")
    seed = yaml.safe_load((ROOT / "config/seed.yaml").read_text(encoding="utf-8"))
    weights = random_resnet50()
    with hub_server() as server:
        name = f"/resnet50-{hashlib.sha256(weights).hexdigest()[:8]}.pth"
        server.files[name] = weights
        changes = {
            "games_table": "games.tsv",
            "scorers": {"demo": "seed"},
            "demo": {"minutes": 1, "event_rate": 10},
            "models": {"seed": {"trains_on": ["demo"], "epochs": 1}},
            "clips": {"open_play_per_positive": 1, "labelled_every": 1},
            "selection": {"threshold": 0.01, "max_share": 0.9},
            "download": {"weights_url": server.url + name},
        }
        done = snakemake(tmp_path, REEL, config=merged(seed, changes))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    shard = Features.load(tmp_path / "results/features/seed_features/tiny-test/1.safetensors")
    assert shard.backbone == "resnet50_logits" and shard.frames is not None and shard.frames.shape[1] == 1000
    model = ModelFile.load(tmp_path / "results/models/seed/model.safetensors")
    assert model.shape["video_hidden"] == 512 and model.trained_on == ("tiny-train", "tiny-valid")
    reel = json.loads((tmp_path / REEL / "highlights.json").read_text(encoding="utf-8"))
    assert reel["scorer"] == "seed" and reel["highlights"]
