"""A record that was cut or altered after it was written is noticed by its reader, whatever it is."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from matchreel.camera_cuts.bursts import Bursts
from matchreel.camera_cuts.record import CameraCuts
from matchreel.checkpoints import ModelFile
from matchreel.checksums import check_in_folder, read_record, seal_folder
from matchreel.cues import Cues
from matchreel.edit_list import EditList, PlannedHighlight
from matchreel.errors import DamagedError, InputError
from matchreel.evaluation.intervals import Sampled
from matchreel.evaluation.resamples import load_resamples, save_resamples
from matchreel.kickoff import find_kickoff, known_kickoffs
from matchreel.media.audio import check_sound, extract_audio
from matchreel.packing import pack_model
from matchreel.records import AudioStream, Features, Probe, Scores, VideoStream
from matchreel.sound_damage import SoundDamage
from matchreel.step import run_step
from matchreel.timeline import FrameGrid, Interval
from matchreel.training.resume import load_resume, save_resume

ROOT = Path(__file__).resolve().parents[2]
GRID = FrameGrid(Fraction(2), 40)
PROBE = Probe(
    game="g", part="1", path="1.mkv", container="matroska", container_start_seconds=0.0, duration_seconds=20.0,
    video=VideoStream("h264", 64, 36, Fraction(1), Fraction(25), 0.0, False, False, 0), audio=None, problems=(),
)  # fmt: skip
ROW = PlannedHighlight("1", 3.0, 9.5, 7.0, "Goal", 0.75, {"video": 0.5})
FEATURES = Features(
    np.arange(160, dtype=np.float16).reshape(40, 4), np.ones((320, 8), np.float16), GRID, 8, 20.0, "resnet18"
)
CUES = Cues({"loudness_db": np.linspace(-60, -3, 40, dtype=np.float32)}, GRID, 20.0, "g", "1")
SCORES = Scores(
    np.linspace(-3, 3, 40, dtype=np.float32)[:, None], np.arange(40) / 2 + 0.25, 0.5, 0.5, ("Goal",), "tiny",
    ("t",), 20.0, 0.25, {}, is_stepwise=True,
)  # fmt: skip
MODEL = ModelFile(
    model_name="tiny", kind="spotter", classes=("Goal",), thresholds=(0.5,), shape={"hidden": 2}, feature_set={},
    window_before_seconds=10, window_after_seconds=5, splits={"t": "train"}, epoch=1, settings={}, versions={},
    state={"head.weight": torch.arange(600.0).reshape(20, 30)},
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """A kind of record: how it is written, and how it is read again, to something that can be compared."""

    name: str
    write: Callable[[Path], object]
    read: Callable[[Path], object]


def record(name: str, value) -> Kind:
    """Of a class with save and load: read, it is what saving it again writes."""

    def again(path: Path) -> bytes:
        type(value).load(path).save(path.with_name("again"))
        return path.with_name("again").read_bytes()

    return Kind(name, value.save, again)


def write_kickoff(path: Path) -> None:
    CUES.save(path.with_name("cues"))
    find_kickoff(
        cues_path=path.with_name("cues"), kickoff_path=path, wide_open_share=0.6, wide_body_share=0.2
    )


RESAMPLES = {"tiny": {"recall": Sampled(0.5, np.linspace(0, 1, 300), 4)}}
KINDS = [
    record("1.json", PROBE),
    record("plan.json", EditList("g", "tiny", ("t",), (), (ROW,), budget_seconds=60.0)),
    record("cuts.json", CameraCuts("1", (Interval(0.0, 9.0),), (3.25, 4.5))),
    record("damage.json", SoundDamage("1", (Interval(3.25, 4.5),))),
    record("features.safetensors", FEATURES),
    record("cues.safetensors", CUES),
    record("bursts.safetensors", Bursts(GRID)),
    record("model.safetensors", MODEL),
    record("scores.npz", SCORES),
    Kind("kickoff.json", write_kickoff, lambda path: known_kickoffs({}, [path])),
    Kind(
        "resamples.npz",
        lambda path: save_resamples(path, RESAMPLES),
        lambda path: load_resamples(path)["tiny"]["recall"].samples.tolist(),
    ),
]


def cut(held: bytes) -> bytes:
    return held[: len(held) // 4]


def zeroed_tail(held: bytes) -> bytes:
    return held[: len(held) // 2] + bytes(len(held) - len(held) // 2)


def flipped(at: int) -> Callable[[bytes], bytes]:
    def damage(held: bytes) -> bytes:
        return held[:at] + bytes([held[at] ^ 4]) + held[at + 1 :]

    return damage


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize("damage", [cut, zeroed_tail])
def test_a_cut_or_zeroed_record_is_named(tmp_path, kind, damage):
    path = tmp_path / kind.name
    kind.write(path)
    kind.read(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DamagedError) as caught:
        kind.read(path)
    assert str(caught.value).startswith(f"{path}: ") and "\n" not in str(caught.value)
    assert caught.value.aside == path


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_one_flipped_bit_is_noticed_wherever_it_is(tmp_path, kind):
    """Or it changes nothing that is read: the words of the mark, and what zip files say beside their members."""
    path = tmp_path / kind.name
    kind.write(path)
    whole, expected = path.read_bytes(), kind.read(path)
    noticed = 0
    places = sorted({len(whole) * index // 60 for index in range(60)} | {len(whole) // 2})
    for at in places:
        path.write_bytes(flipped(at)(whole))
        try:
            found = kind.read(path)
        except InputError as error:
            assert isinstance(error, DamagedError) and error.path == path
            noticed += 1
        else:
            assert found == expected, f"byte {at} of {len(whole)}"
    assert noticed > len(places) // 2


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_equal_records_have_equal_bytes(tmp_path, kind):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        kind.write(tmp_path / name / kind.name)
    assert (tmp_path / "a" / kind.name).read_bytes() == (tmp_path / "b" / kind.name).read_bytes()


def test_a_record_says_its_length_and_one_that_a_person_wrote_needs_no_mark(tmp_path):
    PROBE.save(tmp_path / "1.json")
    held = json.loads((tmp_path / "1.json").read_text())
    assert next(iter(held)) == "checksum" and held["checksum"].endswith(
        f"bytes={(tmp_path / '1.json').stat().st_size:016d}"
    )
    del held["checksum"]
    (tmp_path / "own.json").write_text(json.dumps(held | {"duration_seconds": 12.0}))
    assert Probe.load(tmp_path / "own.json").duration_seconds == 12.0
    assert "checksum" not in read_record(tmp_path / "1.json")


def with_sound(folder: Path, seconds: int) -> tuple[Path, Probe]:
    """The WAV of a tone, as extract_audio writes it, and the probe it is of; of no sound where it lasts 0 s."""
    from matchreel.media.tools import ffmpeg_path

    tone = folder / "tone.wav"
    command = [ffmpeg_path("bundled"), "-loglevel", "error", "-f", "lavfi", "-i", "sine=f=300:r=8000"]
    subprocess.run([*command, "-t", str(seconds or 1), str(tone)], check=True)
    audio = AudioStream("pcm_s16le", 8000, 1, 0.0) if seconds else None
    probe = Probe("g", "1", str(tone), "wav", 0.0, float(seconds or 1), None, audio, ())
    probe.save(folder / "1.json")
    extract_audio(
        video_path=tone, probe_path=folder / "1.json", wav_path=folder / "1.wav", sample_rate_hz=8000,
        ffmpeg="bundled", threads=1,
    )  # fmt: skip
    return folder / "1.wav", probe


@pytest.mark.parametrize("seconds", [0, 4])
def test_a_wav_carries_its_checksum_before_its_samples(tmp_path, seconds):
    path, probe = with_sound(tmp_path, seconds)
    whole = path.read_bytes()
    check_sound(path, probe)
    assert whole.index(b"crc32=") < whole.index(b"data")
    damages = [flipped(len(whole) - 1 if seconds else 30)]
    damages += [cut, zeroed_tail, flipped(len(whole) // 2)] if seconds else []
    for damage in damages:
        path.write_bytes(damage(whole))
        with pytest.raises(DamagedError, match=r"1\.wav: it "):
            check_sound(path, probe)


def test_a_wav_is_as_long_as_its_part(tmp_path):
    path, probe = with_sound(tmp_path, 4)
    other = Probe(**vars(probe) | {"duration_seconds": 16.0})
    with pytest.raises(DamagedError, match=r"this is of 4\.0 s, the part lasts 16\.0 s"):
        check_sound(path, other)
    empty, _ = with_sound(tmp_path, 0)
    with pytest.raises(DamagedError, match="it is empty, but part 1 has sound"):
        check_sound(empty, probe)


def test_of_a_folder_every_file_is_compared(tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    for name in ("clips.csv", "0001_goal.mp4"):
        (folder / name).write_bytes(b"x" * 5000)
    seal_folder(folder)
    paths = [folder / "clips.csv", folder / "0001_goal.mp4"]
    check_in_folder(*paths)
    paths[1].write_bytes(b"x" * 4999 + b"y")
    check_in_folder(paths[0])
    with pytest.raises(DamagedError, match=r"0001_goal.mp4: it was altered") as caught:
        check_in_folder(*paths)
    assert caught.value.aside == folder
    paths[1].unlink()
    with pytest.raises(DamagedError, match=r"0001_goal.mp4: this file is missing from its folder"):
        check_in_folder(*paths)
    (tmp_path / "clips.checksums.json").write_bytes(b"{")
    with pytest.raises(DamagedError, match=r"clips.checksums.json: this list of checksums is damaged"):
        check_in_folder(paths[0])


def test_an_epoch_is_made_anew_with_its_folder(tmp_path):
    path = tmp_path / "epochs/epoch-001.safetensors"
    MODEL.save(path)
    path.write_bytes(flipped(600)(path.read_bytes()))
    with pytest.raises(DamagedError) as caught:
        pack_model(
            checkpoint_path=tmp_path / "epochs",
            checkpoint="epoch:1",
            model_name="m",
            model_path=tmp_path / "m",
        )
    assert (caught.value.path, caught.value.aside) == (path, tmp_path / "epochs")


def test_a_flipped_bit_in_a_resume_file_starts_the_training_anew(tmp_path):
    path = tmp_path / "resume.pt"
    save_resume(path, "digest", {"weights": torch.arange(4000.0)})
    whole = path.read_bytes()
    assert load_resume(path, "digest") is not None
    path.write_bytes(flipped(len(whole) // 2)(whole))
    assert load_resume(path, "digest") is None and (tmp_path / "resume.pt.stale").exists()


def step(*, cues_path: Path, out_path: Path) -> None:
    """A step that reads a record."""
    Cues.load(cues_path)


@pytest.mark.parametrize("name", ["results/features/cues/g/1.safetensors", "mine/1.safetensors"])
def test_a_step_moves_a_damaged_result_aside_and_leaves_a_persons_file(tmp_path, monkeypatch, capsys, name):
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    arguments = ["--cues-path", name, "--out-path", "x", "--log", "results/logs/step/g.log"]
    for number in range(1, 3):
        CUES.save(path)
        path.write_bytes(cut(path.read_bytes()))
        with pytest.raises(SystemExit) as stopped:
            run_step(step, arguments)
        said = capsys.readouterr().err.strip()
        assert stopped.value.code == 2 and "\n" not in said and f"{name}: it has " in said
        if name.startswith("mine"):
            assert path.exists() and "Delete it and run the same command again" in said
            continue
        aside = f"{name}.damaged" + ("-2" if number == 2 else "")
        assert f"It was moved aside to {aside}: run the same command again to make it anew." in said
        assert not path.exists() and Path(aside).exists()


def test_the_whole_command_says_one_line(tmp_path):
    """As Snakemake runs it."""
    CUES.save(tmp_path / "results/features/cues/g/1.safetensors")
    path = tmp_path / "results/features/cues/g/1.safetensors"
    path.write_bytes(flipped(400)(path.read_bytes()))
    settings = json.dumps({"wide_open_share": 0.6, "wide_body_share": 0.2})
    done = subprocess.run(
        [
            sys.executable, str(ROOT / "workflow/scripts/find_kickoff.py"), "--cues-path",
            "results/features/cues/g/1.safetensors", "--kickoff-path", "results/media/g/1.kickoff.json",
            "--settings", settings, "--log", "results/logs/find_kickoff/g-1.log",
        ],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "its checksum differs" in done.stderr
    assert not path.exists() and path.with_name("1.safetensors.damaged").exists()
