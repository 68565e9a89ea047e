"""extract_audio: mono, on the video's clock, as long as the part, whatever the recording's sound is like."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from matchreel.errors import InputError, MatchreelError
from matchreel.media.audio import WavFacts, extract_audio, read_wav, wav_facts
from matchreel.media.probe import probe_media
from support.media import clicks
from support.odd_media import encode, remux

RATE = 16000


def extracted(video_path: Path, sample_rate_hz: int = RATE) -> Path:
    folder = video_path.parent
    probe_media(video_path=video_path, probe_path=folder / "p.json", game="game", part="1")
    extract_audio(
        video_path=video_path,
        probe_path=folder / "p.json",
        wav_path=folder / "sound.wav",
        sample_rate_hz=sample_rate_hz,
        ffmpeg="bundled",
        threads=1,
    )
    return folder / "sound.wav"


def samples_of(wav_path: Path) -> npt.NDArray[np.float32]:
    blocks = list(read_wav(wav_path, start_sample=0, num_samples=None, block_samples=5000))
    return np.concatenate(blocks) if blocks else np.zeros(0, dtype=np.float32)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("aac.mp4", {"options": ("-c:a", "aac")}),
        ("mp2.ts", {"options": ("-c:a", "mp2")}),
        ("opus.mkv", {"options": ("-c:a", "libopus")}),
        ("surround.mkv", {"options": ("-c:a", "ac3"), "num_channels": 6}),
        ("mono.mkv", {"num_channels": 1}),
        ("no_picture.m4a", {"picture": False}),
        ("early.mkv", {"options": ("-vf", "setpts=PTS+1/TB")}),
        ("late.mkv", {"options": ("-af", "atrim=start=1.5")}),
    ],
)
def test_clicks_stand_where_they_were(tmp_path: Path, name: str, options: dict[str, object]) -> None:
    wav_path = extracted(encode(tmp_path / name, **options))  # type: ignore[arg-type]
    expected = {"late.mkv": [2.0, 3.0], "early.mkv": [0.0, 1.0, 2.0]}.get(name, [1.0, 2.0, 3.0])
    assert clicks(samples_of(wav_path), RATE) == pytest.approx(expected, abs=0.0011)
    assert wav_facts(wav_path) == WavFacts(RATE, 4 * RATE)


def test_no_sound_gives_no_samples(tmp_path: Path) -> None:
    wav_path = extracted(encode(tmp_path / "a.mp4", sound=False))
    assert wav_facts(wav_path) == WavFacts(RATE, 0)
    assert len(samples_of(wav_path)) == 0


def test_mono_is_the_mean_of_the_channels(tmp_path: Path) -> None:
    one_side = ("-af", "pan=stereo|c0=c0|c1=0*c0", "-c:a", "pcm_s16le")
    whole = samples_of(extracted(encode(tmp_path / "a.mkv", num_channels=1, options=("-c:a", "pcm_s16le"))))
    half = samples_of(extracted(encode(tmp_path / "b.mkv", num_channels=1, options=one_side)))
    assert np.abs(half - whole / 2).max() < 2 / 32768


@pytest.mark.parametrize("sample_rate_hz", [8000, 22050, 48000])
def test_declared_rate_and_format(tmp_path: Path, sample_rate_hz: int) -> None:
    wav_path = extracted(encode(tmp_path / "a.mp4", rate_fps=Fraction(30000, 1001)), sample_rate_hz)
    info = soundfile.info(str(wav_path))
    assert (info.samplerate, info.channels, info.subtype) == (sample_rate_hz, 1, "PCM_16")
    assert info.frames == round(100 * 1001 / 30000 * sample_rate_hz)
    assert clicks(samples_of(wav_path), sample_rate_hz) == pytest.approx([1.0, 2.0], abs=0.0011)


def test_same_bytes_again(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mp4", options=("-c:a", "aac"))
    first = extracted(source).read_bytes()
    assert extracted(source).read_bytes() == first


def test_read_wav_reads_pieces(tmp_path: Path) -> None:
    wav_path = tmp_path / "a.wav"
    values = np.arange(-500, 500, dtype=np.int16)
    soundfile.write(str(wav_path), values, RATE, subtype="PCM_16")
    blocks = list(read_wav(wav_path, start_sample=100, num_samples=250, block_samples=100))
    assert [len(block) for block in blocks] == [100, 100, 50]
    assert (np.concatenate(blocks) * 32768 == values[100:350]).all()
    assert list(read_wav(wav_path, start_sample=5000, num_samples=None, block_samples=100)) == []


def test_not_a_wav(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no")
    for read in (
        wav_facts,
        lambda path: list(read_wav(path, start_sample=0, num_samples=1, block_samples=1)),
    ):
        with pytest.raises(InputError, match="this is not a WAV file"):
            read(tmp_path / "a.wav")


def test_damaged_sound_is_an_error_and_leaves_nothing(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mkv", num_frames=300, options=("-c:a", "flac"))
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 20000] = bytes(20000)
    source.write_bytes(bytes(data))
    with pytest.raises(MatchreelError):
        extracted(source)
    assert not (tmp_path / "sound.wav").exists()


def test_shifted_container_clock(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mp4", options=("-c:a", "aac"))
    wav_path = extracted(remux(source, tmp_path / "b.ts", "-output_ts_offset", "1000"))
    assert clicks(samples_of(wav_path), RATE) == pytest.approx([1.0, 2.0, 3.0], abs=0.001)


def test_stereo_that_turns_into_surround(tmp_path: Path) -> None:
    """As broadcasts do between studio and match: the clock goes on."""
    stereo = encode(tmp_path / "a.ts", num_frames=125, options=("-c:a", "ac3"))
    surround = encode(tmp_path / "b.ts", num_frames=125, num_channels=6, options=("-c:a", "ac3"))
    shifted = remux(surround, tmp_path / "c.ts", "-output_ts_offset", "5")
    (tmp_path / "both.ts").write_bytes(stereo.read_bytes() + shifted.read_bytes())
    found = clicks(samples_of(extracted(tmp_path / "both.ts")), RATE)
    assert found == pytest.approx([1.0, 2.0, 3.0, 4.0, 6.0, 7.0, 8.0, 9.0], abs=0.025)
