"""find_cuts finds the very picture at which the camera changes, and looks only where an end could move."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from matchreel.arrays import save_arrays
from matchreel.camera_cuts import step
from matchreel.camera_cuts.bursts import Burst, Bursts
from matchreel.camera_cuts.record import CameraCuts
from matchreel.camera_cuts.step import find_cuts
from matchreel.cues import cache_cues
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.media.probe import probe_media
from matchreel.timeline import FrameGrid, Interval
from support.odd_media import encode
from support.scenes import takes, write_pictures

NTSC = Fraction(30000, 1001)


def write_moments(path, *intervals, part="1", action=(0, 0)):
    rows = [
        PlannedHighlight(part, start, end, None, "Goal", 0.9, {}, start + action[0], end - action[1])
        for start, end in intervals
    ]
    EditList("tiny", "excitement", (), (), tuple(rows)).save(path)
    return path


def write_bursts(video_path, probe_path):
    """Beside the probe, as cache_cues makes them."""
    folder = probe_path.parent
    soundfile.write(folder / "none.wav", np.zeros(0), 8000, subtype="PCM_16")
    cache_cues(
        video_path=video_path, wav_path=folder / "none.wav", probe_path=probe_path,
        cues_path=folder / "cues.safetensors", bursts_path=folder / "bursts.safetensors",
        score_bug_path=None, strips_path=folder / "strips.safetensors", grid_rate_fps=2, ffmpeg="bundled", hwaccel="none", threads=1,
    )  # fmt: skip


def found_in(video_path, tmp_path, *intervals, replays=0, snap_seconds=2.0, search_seconds=1e6, **action):
    probe_path, cuts_path = tmp_path / "probe.json", tmp_path / "cuts.json"
    probe_media(video_path=video_path, probe_path=probe_path, game="tiny", part="1")
    if not (tmp_path / "bursts.safetensors").exists():
        write_bursts(video_path, probe_path)
    find_cuts(
        moments_path=write_moments(tmp_path / "moments.json", *intervals, **action),
        video_path=video_path,
        probe_path=probe_path,
        bursts_path=tmp_path / "bursts.safetensors",
        cuts_path=cuts_path,
        snap_seconds=snap_seconds,
        search_seconds=search_seconds,
        replays=replays,
        ffmpeg="bundled",
        threads=1,
        gpu=0,
    )
    return CameraCuts.load(cuts_path)


@pytest.mark.parametrize(
    ("rate", "start", "lengths", "replays"),
    [
        (Fraction(25), Fraction(0), (40, 77, 90, 43), 1),
        (NTSC, Fraction(7, 5), (40, 77, 90, 43), 0),
        pytest.param(Fraction(50), Fraction(0), (80, 151, 180, 89), 1, marks=pytest.mark.slow),
    ],
    ids=["25", "29.97, not from zero", "50"],
)
def test_every_cut_is_found_at_its_picture(tmp_path, rate, start, lengths, replays):
    pictures = takes(lengths, seed=1)
    moments = [start + index / rate for index in range(len(pictures))]
    video_path = write_pictures(tmp_path / "a.mkv", pictures, moments, rate)
    duration = float(len(pictures) / rate)
    found = found_in(
        video_path, tmp_path, (duration / 2 - 0.5, duration / 2 + 0.5), replays=replays, snap_seconds=30
    )
    expected = [float(step / rate) for step in np.cumsum(lengths)[:-1]]
    assert found.cuts_seconds == pytest.approx(expected, abs=1e-3)
    assert found.gradual == () and found.replays == ()


@pytest.mark.slow
def test_cuts_at_a_variable_rate_are_where_the_container_says(tmp_path):
    rate, lengths = Fraction(25), (40, 70, 80, 40)
    pictures = takes(lengths, seed=2)
    # Of every three pictures one stays twice as long.
    steps = np.cumsum([0] + [2 if index % 3 == 0 else 1 for index in range(len(pictures) - 1)])
    moments = [Fraction(3, 2) + int(step) / rate for step in steps]
    video_path = write_pictures(tmp_path / "a.mkv", pictures, moments, rate)
    found = found_in(video_path, tmp_path, (5.0, 6.0), snap_seconds=30)
    expected = [float(moments[index] - moments[0]) for index in np.cumsum(lengths)[:-1]]
    assert found.cuts_seconds == pytest.approx(expected, abs=1e-3)


@pytest.mark.slow
def test_a_fade_is_one_change_that_takes_time(tmp_path):
    pictures = takes((60, 70, 60), seed=3, fade_pictures=12)
    moments = [index / Fraction(25) for index in range(len(pictures))]
    video_path = write_pictures(tmp_path / "a.mp4", pictures, moments, Fraction(25))
    found = found_in(video_path, tmp_path, (2.5, 5.0), snap_seconds=30)
    assert len(found.cuts_seconds) == len(found.gradual) == 2
    for cut, change, end in zip(found.cuts_seconds, found.gradual, (60 / 25, 130 / 25), strict=True):
        assert end - 0.6 <= change.start_seconds < cut < change.end_seconds <= end + 0.1
        assert change.duration_seconds >= 0.2


@pytest.mark.slow
def test_only_where_an_end_could_move_is_searched(tmp_path):
    pictures = takes((50, 50, 50, 50, 50), seed=4)  # cuts at 2, 4, 6, 8 s
    moments = [index / Fraction(25) for index in range(len(pictures))]
    video_path = write_pictures(tmp_path / "a.mp4", pictures, moments, Fraction(25))
    found = found_in(video_path, tmp_path, (3.0, 9.0), snap_seconds=1.2)
    assert found.searched == (Interval(1.3, 3.5), Interval(8.5, 10.0))
    assert found.cuts_seconds == pytest.approx((2.0,))
    wider = found_in(video_path, tmp_path, (3.0, 9.0), snap_seconds=1.2, action=(1.1, 1.1))
    assert wider.cuts_seconds == pytest.approx((2.0, 4.0, 8.0))


@pytest.mark.slow
def test_only_as_much_action_is_searched_around_as_asked_for(tmp_path):
    pictures = takes((50, 50, 50, 50, 50), seed=4)  # cuts at 2, 4, 6, 8 s
    moments = [index / Fraction(25) for index in range(len(pictures))]
    video_path = write_pictures(tmp_path / "a.mp4", pictures, moments, Fraction(25))
    moments = [(1.0, 2.5), (5.0, 6.5), (8.2, 9.7)]
    found = [
        found_in(video_path, tmp_path, *moments, snap_seconds=0.5, search_seconds=seconds)
        .searched[-1]
        .end_seconds
        for seconds in (1.0, 3.1, 4.6)
    ]
    assert found == pytest.approx([3.5, 7.5, 10.0])


@pytest.mark.parametrize(
    ("picture", "intervals"), [(True, ()), (False, ((1.0, 2.0),))], ids=["no moment", "no picture"]
)
def test_where_there_is_nothing_to_look_at_no_torch_is_loaded(tmp_path, picture, intervals):
    video_path = encode(tmp_path / "a.mkv", num_frames=80, picture=picture)
    probe_media(video_path=video_path, probe_path=tmp_path / "probe.json", game="tiny", part="1")
    moments_path = write_moments(tmp_path / "moments.json", *intervals)
    Bursts(None).save(tmp_path / "b")
    code = (
        "import sys; from pathlib import Path; from matchreel.camera_cuts.step import find_cuts\n"
        f"find_cuts(moments_path=Path({str(moments_path)!r}), video_path=Path({str(video_path)!r}),"
        f" probe_path=Path({str(tmp_path / 'probe.json')!r}), bursts_path=Path({str(tmp_path / 'b')!r}), cuts_path=Path({str(tmp_path / 'cuts.json')!r}),"
        " snap_seconds=3, search_seconds=60, replays=1, ffmpeg='bundled', threads=1, gpu=0)\n"
        "sys.exit('torch' in sys.modules)"
    )
    scripts = Path(step.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, env=os.environ | {"PYTHONPATH": str(scripts)}
    )
    assert done.returncode == 0
    assert CameraCuts.load(tmp_path / "cuts.json") == CameraCuts("1")


def with_wipes(lengths, *, rate):
    """Views of so many pictures; after each but the last a graphic sweeps across, in a second at 25 fps."""
    rng = np.random.default_rng(5)
    logo, num_mixed = rng.integers(0, 256, (72, 160, 3), dtype=np.uint8), rate // 25 * 20
    pictures, middles = [], []
    for length in lengths:
        if pictures:
            middles.append(len(pictures) + num_mixed / 2)
            for at in range(num_mixed):
                shown, left = pictures[-1 - at].copy(), round(-160 + (at + 0.5) * (128 + 160) / num_mixed)
                first, last = max(left, 0), min(left + 160, 128)
                shown[:, first:last] = logo[:, first - left : last - left]
                pictures.append(shown)
        pictures += [np.full((72, 128, 3), rng.integers(0, 256, 3), dtype=np.uint8)] * length
    return pictures, [middle / rate for middle in middles]


@pytest.mark.parametrize("rate", [25, pytest.param(50, marks=pytest.mark.slow)])
def test_what_lies_between_two_wipes_is_a_replay_where_replays_are_wanted(tmp_path, rate):
    lengths = [rate * seconds for seconds in (12, 4, 13, 5, 16, 4, 18, 3)]
    pictures, wipes = with_wipes(lengths, rate=rate)
    moments = [index / Fraction(rate) for index in range(len(pictures))]
    video_path = write_pictures(tmp_path / "a.mkv", pictures, moments, Fraction(rate))
    found = found_in(video_path, tmp_path, (8.0, 14.0), replays=1)
    assert [row.start_seconds for row in found.replays] == pytest.approx(wipes[::2][:3], abs=0.2)
    assert [row.end_seconds for row in found.replays] == pytest.approx(wipes[1::2], abs=0.2)
    assert min(abs(cut - wipes[0]) for cut in found.cuts_seconds) < 0.2
    assert found_in(video_path, tmp_path, (8.0, 14.0), replays=0).replays == ()


def test_bursts_survive_their_file(tmp_path):
    rng, grid = np.random.default_rng(6), FrameGrid(NTSC, 900)
    held = [
        Burst(step, strong, rng.integers(0, 256, (19, 14 * 24, 3), dtype=np.uint8))
        for step, strong in ((40, True), (300, False))
    ]
    for index, bursts in enumerate((Bursts(grid, held), Bursts(grid), Bursts(None))):
        path = tmp_path / f"{index}.safetensors"
        bursts.save(path)
        read = Bursts.load(path)
        assert read.grid == bursts.grid and len(read.bursts) == len(bursts.bursts)
        for ours, own in zip(read.bursts, bursts.bursts, strict=True):
            assert (ours.step_index, ours.is_strong) == (own.step_index, own.is_strong)
            assert (ours.pictures == own.pictures).all()


@pytest.mark.parametrize(
    "changed",
    [
        {"pictures": None},
        {"pictures": np.zeros((2, 19, 14 * 24, 3), dtype=np.float32)},
        {"pictures": np.zeros((2, 18, 14 * 24, 3), dtype=np.uint8)},
        {"is_strong": np.zeros(3, dtype=np.uint8)},
        {"steps": np.array([5, 900], dtype=np.int64)},
        {"steps": np.array([-1, 5], dtype=np.int64)},
        {"steps": np.array([5, 4], dtype=np.int64)},
    ],
    ids=["absent", "no levels", "too few", "too many", "after the end", "before the start", "out of order"],
)
def test_a_file_that_holds_no_bursts_says_so(tmp_path, changed):
    arrays = {
        "steps": np.array([5, 9], dtype=np.int64),
        "is_strong": np.zeros(2, dtype=np.uint8),
        "pictures": np.zeros((2, 19, 14 * 24, 3), dtype=np.uint8),
    }
    held = {name: array for name, array in (arrays | changed).items() if array is not None}
    save_arrays(tmp_path / "a.safetensors", held, {"rate_fps": "25", "num_steps": "800"})
    with pytest.raises(InputError, match=r"not a file of bursts.*Delete it"):
        Bursts.load(tmp_path / "a.safetensors")


def test_a_file_that_is_none_says_so(tmp_path):
    path = tmp_path / "cuts.json"
    path.write_text('{"part": "1", "cuts_seconds": [[1, 2]]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"not a file of camera cuts.*Delete it"):
        CameraCuts.load(path)
    held = CameraCuts("2", (Interval(1, 2),), (1.5, 3.04), (Interval(1.4, 1.6),), (Interval(5, 9),))
    held.save(path)
    assert CameraCuts.load(path) == held
    assert held.changes == (Interval(1.4, 1.6), Interval(3.04, 3.04))
