"""Records: the same arrays give the same bytes, shapes are checked, wrong files are one clear line."""

from fractions import Fraction

import numpy as np
import pytest

from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import InputError
from matchreel.notices import Notice
from matchreel.records import AudioStream, Features, Probe, Scores, VideoStream
from matchreel.timeline import FrameGrid

GRID = FrameGrid(Fraction(5), 10)


def features(**changes):
    held = {
        "frames": np.arange(40, dtype=np.float16).reshape(10, 4),
        "logmel": np.ones((200, 64), dtype=np.float16),
        "grid": GRID,
        "columns_per_step": 20,
        "duration_seconds": 2.0,
        "backbone": "resnet18",
    }
    return Features(**held | changes)


def scores(**changes):
    held = {
        "logits": np.array([[0.5], [-1.0]], dtype=np.float32),
        "times_seconds": np.array([7.5, 10.5]),
        "window_seconds": 15.0,
        "stride_seconds": 3.0,
        "classes": ("Moment",),
        "scorer": "excitement",
        "trained_on": (),
        "duration_seconds": 18.0,
        "event_offset_seconds": 10.0,
        "curves": {"loudness": np.array([0.1, 0.9], dtype=np.float32)},
    }
    return Scores(**held | changes)


def test_features_round_trip_by_memory_map(tmp_path):
    path, again = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    features().save(path)
    features().save(again)
    assert path.read_bytes() == again.read_bytes()
    held = Features.load(path)
    assert not held.frames.flags.owndata and not held.frames.flags.writeable
    np.testing.assert_array_equal(held.frames, features().frames)
    assert (held.grid, held.columns_per_step, held.backbone) == (GRID, 20, "resnet18")


@pytest.mark.parametrize("missing", ["frames", "logmel"])
def test_a_missing_modality_stays_missing(tmp_path, missing):
    features(**{missing: None}).save(tmp_path / "a.safetensors")
    assert getattr(Features.load(tmp_path / "a.safetensors"), missing) is None


@pytest.mark.parametrize(
    "wrong", [{"frames": np.zeros((9, 4), np.float16)}, {"logmel": np.zeros((199, 64), np.float16)}]
)
def test_wrong_shapes_are_refused(wrong):
    with pytest.raises(ValueError):
        features(**wrong)


def test_scores_round_trip(tmp_path):
    scores().save(tmp_path / "a.npz")
    scores().save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    held = Scores.load(tmp_path / "a.npz")
    np.testing.assert_array_equal(held.logits, scores().logits)
    np.testing.assert_array_equal(held.curves["loudness"], scores().curves["loudness"])
    assert (held.classes, held.trained_on, held.scorer) == (("Moment",), (), "excitement")
    with pytest.raises(ValueError):
        scores(times_seconds=np.zeros(3))


def test_probe_round_trip(tmp_path):
    video = VideoStream("h264", 398, 224, Fraction(1), Fraction(30000, 1001), 0.08, False, False, 0)
    probe = Probe("a", "1", "a.mkv", "matroska", 0.0, 9.5, video, AudioStream("aac", 48000, 2, 0.0), ("x",))
    probe.save(tmp_path / "1.json")
    assert Probe.load(tmp_path / "1.json") == probe
    assert probe.zero_seconds == 0.08


def test_edit_list_round_trip(tmp_path):
    row = PlannedHighlight(
        "1", 10.0, 25.0, 20.0, "Goal", 0.9, {"loudness": 1.0}, notes=(Notice("no_kick_off"),)
    )
    plan = EditList("a", "excitement", (), (Notice.of("no sound"), Notice("no_room", {"limit": "9"})), (row,))
    plan.save(tmp_path / "a.json")
    assert EditList.load(tmp_path / "a.json") == plan


@pytest.mark.parametrize("record", [Features, Scores, Probe, EditList])
@pytest.mark.parametrize("content", [b"", b"{}", b"PK\x03\x04", b"\x80\x04\x95pickle", b"[1]", bytes(64)])
def test_wrong_files_are_one_line(tmp_path, record, content):
    path = tmp_path / "wrong"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"wrong: .*Delete it") as error:
        record.load(path)
    assert "\n" not in str(error.value)


def test_silence_is_no_sound():
    assert features().has_sound
    assert not features(logmel=None).has_sound
    assert not features(logmel=np.full((200, 64), -80, dtype=np.float16)).has_sound
