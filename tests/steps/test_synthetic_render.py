"""Rendered synthetic games: files, bytes, pixels, sound, what single cues give away, and interruptions."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.errors import ToolError
from matchreel.provenance import file_sha256
from matchreel.randomness import generator
from matchreel.synthetic import render_game
from matchreel.synthetic.render import Broadcast
from matchreel.synthetic.script import write_story
from matchreel.synthetic.sound import sound_blocks
from support import single_cues

pytestmark = pytest.mark.slow

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow/scripts"
SEED, MINUTES = 1, 1.2
# The highest event AUC that any single cue may reach, by itself, at any difficulty.
MOST_AUC = 0.85
# So many pixels of the score bug change by 60 grey levels when a digit does.
BUG_CHANGE = 6


def render(folder, *, game="game", seed=SEED, minutes=0.3, informative="both", ffmpeg="bundled", rate=5.0):
    render_game(
        game=game,
        video_path=folder / "1_224p.mkv",
        labels_path=folder / "Labels-v2.json",
        truth_path=folder / "truth.json",
        league_seed=seed,
        difficulty=0.5,
        event_rate=rate,
        minutes=minutes,
        informative=informative,
        ffmpeg=ffmpeg,
        threads=1,
    )
    return folder


def game_with_a_goal():
    """The first name whose short story shows a goal on the score bug."""
    for index in range(200):
        story = write_story(
            seed=SEED,
            game=f"goal-{index}",
            difficulty=0.5,
            event_rate=5.0,
            minutes=MINUTES,
            with_highlights=True,
        )
        if story.score_changes and story.score_changes[0][0] < 60 * MINUTES - 1:
            return f"goal-{index}"
    raise AssertionError("no goal in 200 games")


@pytest.fixture(scope="module")
def game(tmp_path_factory):
    """One rendered game with a goal."""
    return render(tmp_path_factory.mktemp("game"), game=game_with_a_goal(), minutes=MINUTES)


@pytest.fixture(scope="module")
def truth(game):
    return json.loads((game / "truth.json").read_text())


def test_it_is_a_soccernet_part(game, truth):
    with av.open(str(game / "1_224p.mkv")) as held:
        video, audio = held.streams.video[0], held.streams.audio[0]
        assert (video.width, video.height, video.average_rate) == (398, 224, 25)
        assert (video.codec.name, audio.codec.name) == ("h264", "aac")
        assert (audio.rate, audio.channels) == (48000, 2)
        assert sum(1 for _ in held.decode(video=0)) == round(60 * MINUTES * 25)
    labels = json.loads((game / "Labels-v2.json").read_text())
    keys = ["UrlLocal", "UrlYoutube", "annotations", "gameAwayTeam", "gameDate", "gameHomeTeam", "gameScore"]
    assert list(labels) == keys
    for row in labels["annotations"]:
        assert list(row) == ["gameTime", "label", "position", "team", "visibility"]
        seconds = int(row["position"]) / 1000
        assert 0 <= seconds < 60 * MINUTES
        minute, second = divmod(int(seconds), 60)
        assert row["gameTime"] == f"1 - {minute:02d}:{second:02d}"
    assert truth["duration_seconds"] == 60 * MINUTES
    assert not list(game.glob(".*"))


@pytest.mark.slow
def test_cuts_in_the_truth_are_cuts_in_the_picture(game, truth):
    """Wherever no wipe hides it, the frame at a cut differs much from the one before, and others do not."""
    wiped = {r[key] for r in truth["replays"] for key in ("start_seconds", "end_seconds")}
    cuts = {int(np.ceil(s * 25 - 1e-6)) for s in truth["cuts_seconds"] if s not in wiped}
    change, before = [0.0], None
    with av.open(str(game / "1_224p.mkv")) as held:
        for frame in held.decode(video=0):
            now = frame.to_ndarray(format="gray")[::4, ::4].astype(np.float32)
            if before is not None:
                change.append(float(np.abs(now - before).mean()))
            before = now
    assert cuts
    assert min(change[cut] for cut in cuts) > 12
    assert np.percentile(change, 90) < 12


def test_the_score_bug_changes_when_the_truth_says_and_late(game, truth):
    goals = [
        int(row["position"]) / 1000
        for row in json.loads((game / "Labels-v2.json").read_text())["annotations"]
        if row["label"] == "Goal"
    ]
    bugs = np.array(
        [picture[single_cues.BUG].mean(axis=2) for picture in single_cues.decoded(game / "1_224p.mkv")]
    )
    turned = (np.abs(np.diff(bugs, axis=0)) > 60).sum(axis=(1, 2))
    wiped = [r[key] for r in truth["replays"] for key in ("start_seconds", "end_seconds")]
    seen = [
        (index + 1) / single_cues.RATE_FPS
        for index in np.flatnonzero(turned > BUG_CHANGE)
        if min((abs((index + 1) / single_cues.RATE_FPS - at) for at in wiped), default=9) > 1.3
    ]
    shown = [change["seconds"] for change in truth["score_changes"]]
    for at in seen:
        assert min(abs(at - known) for known in shown) < 0.6
    assert seen
    for at in shown:
        assert at - max(goal for goal in goals if goal < at) >= 4


def test_the_ball_is_where_the_truth_says(game, truth):
    """A bright spot lies at the ball's pixel in nearly all wide views (players may hide it)."""
    shrunk = [(c["start_seconds"], c["end_seconds"]) for c in truth["captions"]]
    wiped = [r[key] for r in truth["replays"] for key in ("start_seconds", "end_seconds")]
    wanted = {
        round(ball["seconds"] * 25): ball
        for ball in truth["ball"]
        if not any(a - 1 <= ball["seconds"] < b + 1 for a, b in shrunk)
        and min((abs(ball["seconds"] - at) for at in wiped), default=9) > 1
    }
    found = []
    with av.open(str(game / "1_224p.mkv")) as held:
        for index, frame in enumerate(held.decode(video=0)):
            if index in wanted:
                x, y = int(wanted[index]["x"]), int(wanted[index]["y"])
                gray = frame.to_ndarray(format="gray")
                near = gray[max(0, y - 4) : y + 4, max(0, x - 4) : x + 4]
                found.append(near.max() > np.median(gray) + 50)
    assert len(found) > 20
    assert np.mean(found) > 0.85


def test_loudness_is_compressed_like_a_broadcast(game):
    loudness = single_cues.measure(game / "1_224p.mkv").loudness_db
    # SOURCE: median 21 and 99th percentile 27 on one dB scale at a measured match.
    assert 3.5 < np.percentile(loudness, 99) - np.median(loudness) < 9


def drawn(name, difficulty, minutes):
    """Curves of a game measured on what would be encoded, and its events: the shortcut of the table below."""
    story = write_story(
        seed=2, game=name, difficulty=difficulty, event_rate=5.0, minutes=minutes, with_highlights=True
    )
    broadcast, step = Broadcast(story, seed=2, game=name), round(25 / single_cues.RATE_FPS)
    pictures = (broadcast.picture(i) for i in range(step // 2, broadcast.world.num_frames, step))
    blocks = sound_blocks(story.sounds, duration_seconds=60 * minutes, rng=generator(2, name, "sound"))
    samples = np.concatenate([block.mean(axis=1) for block in blocks])
    events = np.array([e.seconds for e in story.labels if e.label in single_cues.HIGHLIGHT_LABELS])
    return single_cues.curves_of(pictures, samples, 48000), events


@pytest.mark.slow
@pytest.mark.slow
def test_no_single_cue_gives_the_events_away(capsys):
    table = {}
    for difficulty in (0.0, 0.5, 1.0):
        table[difficulty] = single_cues.cue_aucs([drawn(f"cue-{i}", difficulty, 3.0) for i in range(4)])
    with capsys.disabled():
        print("\nevent AUC of single cues     " + "  ".join(f"difficulty {d:g}" for d in table))
        for name in table[0.0]:
            print(f"{name:28s} " + "  ".join(f"{table[d][name]:12.2f}" for d in table))
    worst = max((value, name, d) for d, row in table.items() for name, value in row.items())
    assert worst[0] <= MOST_AUC, worst
    # The cues are worth something: the sound at all difficulties but the hardest.
    assert table[0.0]["loudness, peak"] > 0.6


def test_the_shortcut_measures_what_the_file_shows(game):
    """Curves drawn in memory agree with the decoded file's."""
    name = json.loads((game / "Labels-v2.json").read_text())["UrlLocal"].rstrip("/")
    story = write_story(
        seed=SEED, game=name, difficulty=0.5, event_rate=5.0, minutes=MINUTES, with_highlights=True
    )
    broadcast = Broadcast(story, seed=SEED, game=name)
    drawn_small = [broadcast.picture(i)[::4, ::4].mean() for i in range(5, broadcast.world.num_frames, 50)]
    seen = [picture[::4, ::4].mean() for picture in single_cues.decoded(game / "1_224p.mkv")][::5]
    assert np.corrcoef(drawn_small, seen)[0, 1] > 0.97


@pytest.fixture(scope="module")
def variants(tmp_path_factory):
    """The same short game: twice, of another league, and with cues taken away."""
    base = tmp_path_factory.mktemp("variants")
    wanted = {
        "first": {},
        "again": {},
        "other": {"seed": SEED + 1},
        "audio": {"informative": "audio"},
        "video": {"informative": "video"},
        "none": {"informative": "none"},
    }
    return {name: render(base / name, **changed) for name, changed in wanted.items()}


def streams(folder):
    """SHA-free digests: all pictures summed per frame, all samples."""
    with av.open(str(folder / "1_224p.mkv")) as held:
        pictures = [int(frame.to_ndarray(format="gray").sum()) for frame in held.decode(video=0)]
    with av.open(str(folder / "1_224p.mkv")) as held:
        samples = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in held.decode(audio=0)])
    return pictures, samples


def test_same_seed_same_bytes_and_other_seed_other_bytes(variants):
    for name in ("1_224p.mkv", "Labels-v2.json", "truth.json"):
        assert file_sha256(variants["first"] / name) == file_sha256(variants["again"] / name)
        assert file_sha256(variants["first"] / name) != file_sha256(variants["other"] / name)


@pytest.mark.slow
def test_taking_a_sense_away_changes_only_that_sense(variants):
    pictures, samples = streams(variants["first"])
    kept = {"audio": (False, True), "video": (True, False), "none": (False, False)}
    for name, (same_pictures, same_samples) in kept.items():
        got_pictures, got_samples = streams(variants[name])
        assert (got_pictures == pictures) is same_pictures, name
        assert np.array_equal(got_samples, samples) is same_samples, name
        assert file_sha256(variants[name] / "Labels-v2.json") == file_sha256(
            variants["first"] / "Labels-v2.json"
        )


def command(folder, minutes, games=1):
    return [
        sys.executable, "-m", "matchreel.synthetic", "--seed", "5", "--difficulty", "0.5", "--out", str(folder),
        "--games", str(games), "--minutes", str(minutes),
    ]  # fmt: skip


ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(SCRIPTS), str(SCRIPTS.parents[1] / "tests")])}


def peak_megabytes(folder, minutes):
    """Peak memory of a rendering process (not of its encoder)."""
    code = (
        "import runpy\n"
        "from support.memory import peak_megabytes\n"
        "runpy.run_module('matchreel.synthetic', run_name='__main__')\n"
        "print(peak_megabytes())"
    )
    arguments = [sys.executable, "-c", code, *command(folder, minutes)[3:]]
    done = subprocess.run(arguments, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return float(done.stdout)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_part_and_the_command_writes_a_league(tmp_path):
    short, long = peak_megabytes(tmp_path / "short", 0.1), peak_megabytes(tmp_path / "long", 0.6)
    assert long < 600
    # 750 frames more would be 200 MB if they were kept.
    assert long - short < 40
    lines = (tmp_path / "long/games.tsv").read_text().splitlines()
    assert lines == ["game\tsplit\tsource", "demo-final\ttest\tdemo"]
    for name in ("1_224p.mkv", "Labels-v2.json", "truth.json"):
        assert (tmp_path / "long/demo-final" / name).stat().st_size > 100


@pytest.mark.slow
def test_an_interrupted_render_leaves_no_file(tmp_path):
    process = subprocess.Popen(command(tmp_path, 5), env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    try:
        folder, waited = tmp_path / "demo-final", time.monotonic() + 60
        while not list(folder.glob(".*/1_224p.mkv")) and time.monotonic() < waited:
            time.sleep(0.1)
        assert list(folder.glob(".*/1_224p.mkv")), "it never began to encode"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 143
    finally:
        process.kill()
    assert not list(folder.iterdir())


def test_an_encoder_that_fails_is_one_line_and_leaves_no_file(tmp_path):
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho 'Unknown encoder libx264' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(ToolError, match="Unknown encoder libx264"):
        render(tmp_path / "out", ffmpeg=str(broken))
    assert not [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
