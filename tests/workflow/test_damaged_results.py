"""A result that is cut or altered, its date kept: the step that reads it says so, and the same command makes it anew."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from matchreel.media.tools import ffmpeg_path
from support.dryrun import snakemake

pytestmark = pytest.mark.slow

SCORES = "results/scores/excitement/my-match/1.npz"


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> Path:
    """Twenty seconds of picture and sound, scored."""
    folder = tmp_path_factory.mktemp("scored")
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
    done = snakemake(folder, SCORES, config={})
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


def cut(held: bytes) -> bytes:
    return held[: len(held) // 4]


def one_bit(held: bytes) -> bytes:
    middle = len(held) // 2
    return held[:middle] + bytes([held[middle] ^ 1]) + held[middle + 1 :]


@pytest.mark.parametrize(
    ("name", "damage", "change"),
    [
        ("results/audio/my-match/1.wav", cut, {"excitement": {"grid_rate_fps": 4}}),
        (
            "results/features/cues/my-match/1.safetensors",
            one_bit,
            {"excitement": {"loudness_mean_seconds": 2}},
        ),
        ("results/media/my-match/1.json", one_bit, {"excitement": {"grid_rate_fps": 4}}),
    ],
)
def test_it_is_named_moved_aside_and_made_anew(scored, tmp_path, name, damage, change):
    undisturbed, folder = tmp_path / "undisturbed", tmp_path / "folder"
    for place in (undisturbed, folder):
        shutil.copytree(scored, place)
    assert snakemake(undisturbed, SCORES, config=change).returncode == 0
    path, whole = folder / name, (folder / name).read_bytes()
    dates = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(damage(whole))
    os.utime(path, ns=dates)
    done = snakemake(folder, SCORES, config=change)
    text = done.stdout + done.stderr
    assert done.returncode != 0 and f"{name}: it " in text and "run the same command again" in text
    assert "Traceback (most" not in text
    assert not path.exists() and path.with_name(f"{path.name}.damaged").read_bytes() == damage(whole)
    assert not (folder / SCORES).exists() or (folder / SCORES).read_bytes() == (scored / SCORES).read_bytes()
    again = snakemake(folder, SCORES, config=change)
    assert again.returncode == 0, again.stderr[-3000:]
    assert path.read_bytes() == whole
    assert (folder / SCORES).read_bytes() == (undisturbed / SCORES).read_bytes()
