"""cut_vertical: 9:16, every frame, with sound, the ball in the crop; clear where there is nothing to show."""

from __future__ import annotations

import csv
import logging
from pathlib import Path

import av
import numpy as np
import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.media.loudness import measure_loudness
from matchreel.media.probe import probe_media
from matchreel.synthetic import render_game
from matchreel.synthetic.ball import track_ball
from matchreel.vertical import cut_vertical
from support.numbered import write_numbered
from support.odd_media import encode

pytestmark = pytest.mark.slow

SETTINGS = {
    "height": 320, "smoothing_seconds": 1.5, "crf": 30, "preset": "ultrafast", "audio_bitrate_kbps": 64,
    "fade_seconds": 0.05, "loudness_lufs": -23, "peak_dbtp": -1.5, "language": "ko", "ffmpeg": "bundled", "threads": 1,
}  # fmt: skip
GAME = {
    "game": "tiny", "league_seed": 4, "difficulty": 0.5, "event_rate": 5.0, "minutes": 0.35,
    "informative": "both",
}  # fmt: skip


def plan_of(*rows: tuple[str, float, float]) -> EditList:
    highlights = tuple(
        PlannedHighlight(part, start, end, None, "Moment", 0.5, {}) for part, start, end in rows
    )
    return EditList("tiny", "excitement", (), (), highlights)


def cut(folder: Path, videos: dict[str, Path], plan: EditList, **changes) -> Path:
    """Run the step; the folder it wrote."""
    folder.mkdir(exist_ok=True)
    plan.save(folder / "plan.json")
    probes = [folder / f"{part}.json" for part in videos]
    for probe_path, (part, video) in zip(probes, videos.items(), strict=True):
        probe_media(video_path=video, probe_path=probe_path, game="tiny", part=part)
    out_dir = folder / "out"
    cut_vertical(
        plan_path=folder / "plan.json", video_paths=list(videos.values()), probe_paths=probes, out_dir=out_dir,
        kickoff_paths=[], scoreboard_paths=[], facts={},
        **{**SETTINGS, **changes},
    )  # fmt: skip
    return out_dir


def streams(path: Path) -> tuple[tuple[int, int], int, bool]:
    """Size, number of frames, and whether any sound is heard."""
    with av.open(str(path)) as container:
        pictures = list(container.decode(video=0))
    with av.open(str(path)) as container:
        loudest = max(np.abs(frame.to_ndarray()).max() for frame in container.decode(audio=0))
    return (pictures[0].width, pictures[0].height), len(pictures), loudest > 0.001


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "crops.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered it's")
    video = folder / "1_224p.mkv"
    render_game(
        **GAME, video_path=video, labels_path=folder / "l.json", truth_path=folder / "t.json",
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    return video, cut(folder, {"1": video}, plan_of(("1", 1.0, 11.0), ("1", 12.0, 14.04)))


def test_clips_and_reel_are_upright_whole_and_heard(rendered):
    _, out = rendered
    assert {path.name for path in out.iterdir()} == {
        "clips",
        "crops.csv",
        "reel_vertical.mp4",
        "manifest.json",
    }
    clips = sorted((out / "clips").iterdir())
    assert [path.name for path in clips] == ["01_1_00m01s_moment.mp4", "02_1_00m12s_moment.mp4"]
    lengths = []
    for clip in clips:
        size, num_frames, is_heard = streams(clip)
        lengths.append(num_frames)
        assert size == (180, 320) and is_heard
    assert lengths == [250, 51]
    assert streams(out / "reel_vertical.mp4") == ((180, 320), 301, True)
    with av.open(str(out / "reel_vertical.mp4")) as container:
        titles = [chapter["metadata"]["title"] for chapter in container.chapters()]
    assert titles == ["주요 장면 00:01, 전반", "주요 장면 00:12, 전반"]
    loudness = measure_loudness(out / "reel_vertical.mp4", ffmpeg="bundled")
    assert loudness.integrated_lufs == pytest.approx(SETTINGS["loudness_lufs"], abs=0.3)


def test_the_crop_follows_the_ball_and_stays_in_the_picture(rendered):
    _, out = rendered
    rows, track = rows_of(out), track_ball(**GAME)
    assert len(rows) == 301 and rows[250]["seconds"] == "0.0"
    centres = np.array([float(row["centre_x"]) for row in rows])
    assert centres.min() >= 62.9 and centres.max() <= 398 - 62.9
    frames = np.array([round(float(row["part_seconds"]) * 25) for row in rows])
    seen = track.is_seen[frames]
    assert seen.mean() > 0.5
    assert np.mean(np.abs(track.x[frames] - centres)[seen] <= 63) >= 0.95


def test_a_camera_cut_resets_the_crop_at_its_very_frame(rendered):
    _, out = rendered
    resets = [round(float(row["part_seconds"]) * 25) for row in rows_of(out) if row["is_reset"] == "1"]
    wide = track_ball(**GAME).is_wide
    cuts = {int(at) + 1 for at in np.flatnonzero(wide[1:] != wide[:-1])}
    inside = {at for at in cuts if 25 < at < 275}
    assert inside <= set(resets) and len(resets) <= len(inside) + 2


def test_the_picture_is_the_recordings_at_the_place_that_crops_csv_names(rendered):
    video, out = rendered
    rows = rows_of(out)
    with av.open(str(video)) as container:
        source = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    with av.open(str(out / "clips" / rows[0]["clip"])) as container:
        shown = [frame.reformat(width=126, height=224, format="gray") for frame in container.decode(video=0)]
    for index in (0, 100, 200):
        left = round(float(rows[index]["centre_x"]) - 63)
        expected = source[round(float(rows[index]["part_seconds"]) * 25)][:, left : left + 126]
        difference = np.abs(shown[index].to_ndarray().astype(int) - expected)
        assert difference.mean() < 12
        elsewhere = np.abs(shown[index].to_ndarray().astype(int) - expected[:, ::-1])
        assert difference.mean() < 0.7 * elsewhere.mean()


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes(rendered, tmp_path):
    video, out = rendered
    again = cut(tmp_path, {"1": video}, plan_of(("1", 1.0, 11.0), ("1", 12.0, 14.04)), threads=2)
    for path in (path for path in out.rglob("*") if path.is_file()):
        assert (again / path.relative_to(out)).read_bytes() == path.read_bytes(), path.name


def test_zero_highlights_give_no_video_and_a_note(rendered, tmp_path, caplog):
    with caplog.at_level(logging.WARNING, logger="matchreel"):
        out = cut(tmp_path, {"1": rendered[0]}, plan_of())
    assert "no highlight to show, so there is no upright reel" in caplog.text
    assert not (out / "reel_vertical.mp4").exists() and rows_of(out) == []


def test_a_part_without_a_picture_is_left_out(tmp_path, caplog):
    sound = encode(tmp_path / "2.mka", picture=False, num_frames=100)
    seen = write_numbered(tmp_path / "1.mkv", rate_fps="25", num_frames=60)
    videos = {"1": seen, "2": sound}
    with caplog.at_level(logging.WARNING, logger="matchreel"):
        out = cut(tmp_path / "both", videos, plan_of(("1", 0.0, 1.0), ("2", 0.0, 2.0)))
        alone = cut(tmp_path / "alone", {"2": sound}, plan_of(("2", 0.0, 2.0)))
    assert "part 2 has no picture: its highlights are left out" in caplog.text
    assert streams(out / "reel_vertical.mp4")[1] == 25
    assert list((alone / "clips").iterdir()) == [] and not (alone / "reel_vertical.mp4").exists()


def test_an_upright_recording_gets_borders_and_no_crop(tmp_path):
    upright = encode(tmp_path / "1.mp4", options=("-vf", "scale=72:160,setsar=1"), num_frames=50)
    out = cut(tmp_path / "made", {"1": upright}, plan_of(("1", 0.0, 1.0)))
    assert streams(out / "reel_vertical.mp4")[:2] == ((180, 320), 25)
    assert rows_of(out) == []


def test_a_row_that_cannot_be_cut_is_named(rendered, tmp_path):
    with pytest.raises(InputError, match=r"highlight 1: 90\.0 s lies beyond the end of part 1"):
        cut(tmp_path, {"1": rendered[0]}, plan_of(("1", 90.0, 95.0)))
