"""Files that people bring along are told by what they are, not by their dates; folders by the files in them."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from matchreel.media.probe import probe_file
from support.dryrun import ROOT, planned, snakemake
from support.odd_media import remux
from support.recordings import record, save_labels
from support.tiny import tiny_config

# Each is a few runs of Snakemake.
pytestmark = pytest.mark.slow

# The cheapest reel: nothing is looked for, drawn or exported.
QUICK = {
    "reel": {
        "snap_seconds": 0, "replays": 0, "lower_third_seconds": 0, "title_card_seconds": 0, "exports": ["edl"],
        "encoder": "libx264", "preset": "ultrafast",
    }
}  # fmt: skip
WAV = "results/audio/tiny/full.wav"
YEAR_2001 = 1_000_000_000


def names(folder: Path, *targets: str, config: dict[str, Any]) -> list[str]:
    return sorted(job.name for job in planned(folder, *targets, config=config))


def made(folder: Path, *targets: str, config: dict[str, Any]) -> str:
    done = snakemake(folder, *targets, config=config)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-5000:]
    return said


def replace(path: Path, other: Path, *, dated: float) -> None:
    """Put another file in a file's place with a date of its own, as `cp -p` does."""
    os.utime(other, (dated, dated))
    other.replace(path)


def test_a_recording_replaced_by_an_older_one_is_another_recording(tmp_path):
    video, other = tmp_path / "resources/games/tiny/full.mkv", tmp_path / "other.mkv"
    record(video, flashes_seconds=(2,), seconds=3)
    record(other, flashes_seconds=(1,), seconds=5)
    made(tmp_path, WAV, config={})
    assert names(tmp_path, WAV, config={}) == []
    replace(video, other, dated=YEAR_2001)
    assert names(tmp_path, WAV, config={}) == ["extract_audio tiny full", "probe_media tiny full"]
    made(tmp_path, WAV, config={})
    assert json.loads((tmp_path / "results/media/tiny/full.json").read_text())["duration_seconds"] == 5
    assert names(tmp_path, WAV, config={}) == []
    # The same file at another date, by less than Snakemake compares by content, is the same recording.
    os.utime(video)
    assert names(tmp_path, WAV, config={}) == []


def test_what_a_job_made_may_go_once_it_has_been_used(tmp_path):
    """A download is not fetched again for results that are there."""
    config = tiny_config(demo={"minutes": 0.1, "event_rate": 20})
    (tmp_path / "games.tsv").write_text("game\tsplit\tsource\nd\ttest\tdemo\n")
    target = "results/clips/d/1/clips.csv"
    made(tmp_path, target, config=config)
    for path in (tmp_path / "resources/games/d").iterdir():
        path.unlink()
    assert names(tmp_path, target, config=config) == []


def test_labels_replaced_by_older_ones_are_other_labels(tmp_path):
    folder = tmp_path / "resources/games/tiny"
    record(folder / "full.mkv", flashes_seconds=(2,), seconds=3)
    save_labels(folder / "Labels-v2.json", [2.0])
    save_labels(tmp_path / "other.json", [1.0])
    target = "results/clips/tiny/full/clips.csv"
    made(tmp_path, target, config={})
    assert names(tmp_path, target, config={}) == []
    replace(folder / "Labels-v2.json", tmp_path / "other.json", dated=YEAR_2001)
    assert names(tmp_path, target, config={}) == ["slice_clips tiny full"]


@pytest.fixture(scope="module")
def reel(tmp_path_factory) -> Path:
    """A folder with the reel of a recording in three pieces, the second of which has no sound and a gap."""
    folder = tmp_path_factory.mktemp("reel")
    pieces = [folder / f"resources/games/tiny/full-{number}.mkv" for number in (1, 2, 3)]
    for number, path in enumerate(pieces):
        record(path, flashes_seconds=(2, 8), seconds=10 + number)
    made(folder, "results/highlights/tiny", config=QUICK)
    return folder


def test_pieces_are_one_recording_from_file_to_reel(reel):
    joined = reel / "results/recordings/tiny/full.mkv"
    assert probe_file(joined, game="tiny", part="full").duration_seconds == pytest.approx(33, abs=0.002)
    told = json.loads((reel / "results/highlights/tiny/highlights.json").read_text())
    assert {row["part"] for row in told["highlights"]} == {"full"}
    target = "results/highlights/tiny"
    assert names(reel, target, config=QUICK) == []
    piece, other = reel / "resources/games/tiny/full-2.mkv", reel / "other.mkv"
    before = piece.stat()
    whole = piece.read_bytes()
    record(other, flashes_seconds=(1,), seconds=11)
    replace(piece, other, dated=YEAR_2001)
    assert "join_pieces tiny full mkv" in names(reel, target, config=QUICK)
    piece.write_bytes(whole)
    os.utime(piece, ns=(before.st_atime_ns, before.st_mtime_ns))
    # The copy may go when there is no room: it is made again only when something needs it.
    aside = joined.rename(reel / "aside.mkv")
    try:
        assert names(reel, target, config=QUICK) == []
    finally:
        aside.rename(joined)


def test_a_reels_folder_is_made_again_where_a_file_in_it_is_not_whole(reel):
    """Its own date kept: Snakemake looks at no more. tests/unit/test_whole_folders.py has other damage."""
    target = "results/highlights/tiny"
    path, facts = reel / target / "reel.mp4", (reel / target).stat()
    content = path.read_bytes()
    path.unlink()
    os.utime(reel / target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    assert names(reel, target, config=QUICK) == ["cut_highlights tiny"]
    assert "reel.mp4 is missing, so it is made again" in made(reel, target, config=QUICK)
    assert path.read_bytes() == content
    assert names(reel, target, config=QUICK) == []


def test_notes_are_the_last_words_also_where_nothing_is_to_do(reel):
    """The recording has its sound and picture, but the pictures are not of play."""
    target = "results/highlights/tiny"
    said = made(reel, target, config=QUICK)
    assert "Nothing to be done" in said
    told = json.loads((reel / target / "highlights.json").read_text())["warnings"]
    assert told
    assert [line for line in said.splitlines() if line.startswith("note: ")] == [
        f"note: tiny: {text}" for text in told
    ]


def test_what_the_probe_finds_is_said_at_the_end_without_a_reel(tmp_path):
    video = tmp_path / "resources/games/tiny/full.mkv"
    record(video, flashes_seconds=(2,), seconds=3)
    remux(video, tmp_path / "silent.mkv", "-an").rename(video)
    said = made(tmp_path, "results/media/tiny/full.json", config={})
    assert said.rstrip().splitlines()[-1] == "note: tiny: part full: no sound"
    dry = snakemake(tmp_path, "results/media/tiny/full.json", config={}, options=["-n"])
    assert "note:" not in dry.stdout + dry.stderr


def test_a_recording_dated_in_the_future_is_said_so_and_the_remedy_helps(tmp_path):
    video = tmp_path / "resources/games/tiny/full.mkv"
    record(video, flashes_seconds=(2,), seconds=3)
    later = time.time() + 86_400
    os.utime(video, (later, later))
    target = "results/media/tiny/full.json"
    done = snakemake(tmp_path, target, config={})
    said = done.stdout + done.stderr
    assert done.returncode != 0 and "memory" not in said and "Traceback" not in said
    (line,) = [line for line in said.splitlines() if "its date is in the future" in line]
    assert line.startswith("resources/games/tiny/full.mkv: ")
    remedy = shlex.split(line.partition("(touch ")[2].partition(")")[0])
    subprocess.run(["touch", *remedy], cwd=tmp_path, check=True)
    made(tmp_path, target, config={})


def test_another_projects_edits_are_not_this_ones(tmp_path):
    """The workflow's own folder may have edits of a game of the same name."""
    clone = tmp_path / "clone"
    clone.mkdir()
    for name in ("rules", "workflow", "profiles", "envs"):
        (clone / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "Snakefile", clone)
    shutil.copytree(ROOT / "config", clone / "config")
    edits = clone / "config/edits/tiny.json"
    edits.parent.mkdir(exist_ok=True)
    edits.write_text(json.dumps({"version": 1, "game": "tiny", "highlights": []}))
    folder = tmp_path / "project"
    record(folder / "resources/games/tiny/full.mkv", flashes_seconds=(2,), seconds=3)
    target = "results/plans/excitement/tiny.json"
    done = snakemake(folder, target, config={}, snakefile=clone / "Snakefile", options=["-n", "-p"])
    said = done.stdout + done.stderr
    assert done.returncode == 0 and str(clone) in said, said[-3000:]
    assert "edits/tiny.json" not in said
    own = folder / "config/edits/tiny.json"
    own.parent.mkdir(parents=True)
    own.write_bytes(edits.read_bytes())
    done = snakemake(folder, target, config={}, snakefile=clone / "Snakefile", options=["-n", "-p"])
    assert "--edits-path config/edits/tiny.json" in done.stdout + done.stderr
