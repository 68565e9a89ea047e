"""The ffmpeg command that cuts one clip, as ffmpeg-python graphs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg as graph

from matchreel.media.colours import StreamClock, is_mapped, tagged_bt709
from matchreel.media.cropping import CropPath, crop_lefts, cropped, scaled_width
from matchreel.media.encoders import SOFTWARE, device_options, encoder_options, uploaded
from matchreel.media.filters import SCALE_FLAGS, display_size, fitted
from matchreel.media.pieces import SOUND_RATE_HZ, Piece, clip_frames, clip_sound, num_samples, pieces_of
from matchreel.media.seeking import Entry
from matchreel.media.tools import PROTOCOLS, arguments_of, media_url
from matchreel.records import Probe

# Threads of one encode: fixed, because x264's output depends on them. Clips are cut side by side instead.
ENCODE_THREADS = 1
KEYFRAME_SECONDS = 2
# Measured: half the time of ffmpeg's default search, at the same bit rate.
AAC_CODER = "fast"
REPRODUCIBLE: dict[str, Any] = {"fflags": "+bitexact", "map_metadata": -1, "map_chapters": -1}
# ffmpeg's name of the container of DVDs and older cameras.
_PROGRAM_STREAM = "mpeg"
_THREADS = ("-filter_threads", "1", "-filter_complex_threads", "1")
_AUDIO_ONLY_SIZE = (426, 240)


@dataclass(frozen=True)
class Encoding:
    """How clips are written. None means as in the source, for width: by the picture's shape.

    With height and width given, other shapes get black borders. fade_seconds: at both ends of the sound.
    as_bt709: SDR gets the same tags as HDR that was mapped, so that both can be joined.
    Without colour tags players go by the picture's size; for joining clips whose tags differ.
    encoder: see media.encoders; crf and preset are x264's, others get what comes nearest.
    """

    crf: int
    preset: str
    audio_bitrate_kbps: int
    height: int | None
    rate_fps: Fraction | None
    fade_seconds: float
    width: int | None = None
    keep_colour_tags: bool = True
    encoder: str = SOFTWARE
    as_bt709: bool = False


@dataclass(frozen=True)
class Caption:
    """A picture with transparency that fades in and out over a clip, for `seconds` from start_seconds on."""

    image_path: Path
    left: int
    top: int
    start_seconds: float
    seconds: float
    fade_seconds: float


@dataclass(frozen=True)
class Cut:
    """Everything that decides one clip's bytes. size is (width, height), both even.

    key_frames: frames that must be keyframes, beside the first one and the usual ones. is_strict: whether
    anything that cannot be decoded, of this clip or of what is read before it, is an error.
    """

    video_path: Path
    clip_path: Path
    sound_path: Path | None
    entry: Entry
    num_frames: int
    rate_fps: Fraction
    size: tuple[int, int]
    encoding: Encoding
    crop: CropPath | None = None
    caption: Caption | None = None
    key_frames: tuple[int, ...] = ()
    is_strict: bool = True

    @property
    def num_samples(self) -> int:
        """Sound samples of the clip: as long as its pictures."""
        return num_samples(self.num_frames, self.rate_fps)


def commands_path_of(cut: Cut) -> Path:
    """Where the moves of a clip's crop stand while it is cut."""
    return cut.clip_path.with_suffix(".crop")


def lefts_of(cut: Cut, probe: Probe) -> list[int]:
    """The left column of a clip's crop for each of its frames, in pixels of the scaled picture."""
    assert cut.crop and probe.video
    width, height = cut.size
    return crop_lefts(
        cut.crop,
        start_seconds=float(cut.entry.moment_seconds),
        num_frames=cut.num_frames,
        rate_fps=cut.rate_fps,
        width=width,
        full_width=scaled_width(probe.video, height),
    )


def picture_size(probe: Probe, encoding: Encoding) -> tuple[int, int]:
    """(width, height) of the clips: square pixels, even numbers."""
    shown = display_size(probe.video) if probe.video else _AUDIO_ONLY_SIZE
    height = encoding.height or _even(shown[1])
    width = encoding.width or _even(Fraction(shown[0], shown[1]) * height)
    return width, height


def _even(length: int | Fraction) -> int:
    return max(2, round(length / 2) * 2)


def cut_arguments(cut: Cut, probe: Probe) -> tuple[str, ...]:
    """Arguments of the ffmpeg run that writes the clip; its WAV, where one is asked for, is there already."""
    sound = _sound(cut, probe)
    if cut.sound_path:
        sound = graph.input(media_url(cut.sound_path), protocol_whitelist=PROTOCOLS)["a:0"]
    clip = graph.output(_picture(cut, probe), sound, media_url(cut.clip_path), **_clip_options(cut))
    return _run(cut, probe, clip, *device_options(cut.encoding.encoder))


def sound_arguments(cut: Cut, probe: Probe) -> tuple[str, ...]:
    """Arguments of the ffmpeg run that writes the clip's WAV."""
    assert cut.sound_path
    wav = _sound(cut, probe).output(media_url(cut.sound_path), acodec="pcm_s16le", **REPRODUCIBLE)
    return _run(cut, probe, wav)


def _run(cut: Cut, probe: Probe, output: Any, *first: str) -> tuple[str, ...]:
    strict = ("-xerror",) if cut.is_strict and not is_entered_inside_packets(probe) else ()
    return (*first, "-copyts", *strict, *_THREADS, *arguments_of(output))


def is_entered_inside_packets(probe: Probe) -> bool:
    """A program stream is entered at any pack: the picture or sound it belongs to cannot be decoded."""
    return probe.container == _PROGRAM_STREAM


def _picture(cut: Cut, probe: Probe) -> Any:
    rate, (width, height) = cut.rate_fps, cut.size
    if probe.video is None:
        length = float(cut.num_frames / rate)
        black = graph.input(f"color=black:s={width}x{height}:r={rate}:d={length + 1:.3f}", format="lavfi")
        return _finished(black.video, cut)
    stream = clip_frames(_pieces(cut, probe), probe.video)
    clock = StreamClock(float(cut.entry.start_seconds))
    if cut.crop:
        commands_path, left = commands_path_of(cut), lefts_of(cut, probe)[0]
        given: dict[str, Any] = {"commands_path": commands_path, "left": left, "clock": clock}
        stream = cropped(stream, probe.video, width=width, height=height, **given)
    else:
        fit = "letterbox" if cut.encoding.width else "squash"
        stream = fitted(stream, probe.video, width=width, height=height, fit=fit, clock=clock)
    if cut.encoding.as_bt709 and not is_mapped(probe.video):
        stream = tagged_bt709(stream, probe.video)
    return _finished(stream, cut)


def _finished(stream: Any, cut: Cut) -> Any:
    stream = _captioned(stream.filter("format", "yuv420p"), cut)
    return uploaded(_tagged(stream, cut.encoding), cut.encoding.encoder)


def _captioned(stream: Any, cut: Cut) -> Any:
    caption = cut.caption
    if caption is None:
        return stream
    # Before its first picture and after its last the clip passes through untouched.
    num_shown = max(1, round(caption.seconds * cut.rate_fps))
    plate = graph.input(media_url(caption.image_path), format="png_pipe", framerate=str(cut.rate_fps)).video
    # Without a colour space of its own the plate takes the clip's; with one, ffmpeg would convert the clip.
    plate = (
        plate.filter("scale", flags=SCALE_FLAGS)
        .filter("format", "yuva420p")
        .filter("loop", loop=num_shown - 1, size=1)
    )
    fade = {"d": f"{caption.fade_seconds:.6f}", "alpha": 1}
    plate = plate.filter("fade", type="in", st=0, **fade)
    plate = plate.filter("fade", type="out", st=f"{caption.seconds - caption.fade_seconds:.6f}", **fade)
    plate = plate.filter("setpts", f"PTS+{caption.start_seconds:.6f}/TB")
    return graph.filter(
        [stream, plate], "overlay", caption.left, caption.top, eof_action="pass", format="yuv420"
    )


def _tagged(stream: Any, encoding: Encoding) -> Any:
    if encoding.keep_colour_tags:
        return stream
    return stream.filter("setparams", color_primaries="unknown", color_trc="unknown", colorspace="unknown")


def _sound(cut: Cut, probe: Probe) -> Any:
    sound = clip_sound(_pieces(cut, probe), probe.audio, is_strict=cut.is_strict)
    return _faded(sound, cut) if probe.audio else sound


def _pieces(cut: Cut, probe: Probe) -> list[Piece]:
    return pieces_of(cut.video_path, probe, entry=cut.entry, num_frames=cut.num_frames, rate_fps=cut.rate_fps)


def _faded(stream: Any, cut: Cut) -> Any:
    num_fade = min(round(cut.encoding.fade_seconds * SOUND_RATE_HZ), cut.num_samples // 2)
    if not num_fade:
        return stream
    stream = stream.filter("afade", type="in", start_sample=0, nb_samples=num_fade)
    return stream.filter("afade", type="out", start_sample=cut.num_samples - num_fade, nb_samples=num_fade)


def _clip_options(cut: Cut) -> dict[str, Any]:
    encoding = cut.encoding
    options = (
        REPRODUCIBLE
        | picture_options(encoding, cut.rate_fps)
        | {
            **forced_keyframes(cut.key_frames),
            "frames:v": cut.num_frames,
            "c:a": "aac",
            "b:a": f"{encoding.audio_bitrate_kbps}k",
            "aac_coder": AAC_CODER,
            "ar": SOUND_RATE_HZ,
            "ac": 2,
            "flags:a": "+bitexact",
        }
    )
    if cut.clip_path.suffix.lower() in (".mp4", ".m4v", ".mov"):
        options |= {"movflags": "+faststart"}
    return options


def picture_options(encoding: Encoding, rate_fps: Fraction) -> dict[str, Any]:
    """Options of the pictures' encoder; whatever has the same ones can be joined by copying."""
    return {
        **encoder_options(encoding.encoder, crf=encoding.crf, preset=encoding.preset),
        "threads:v": ENCODE_THREADS,
        "g": max(1, round(rate_fps * KEYFRAME_SECONDS)),
        "flags:v": "+bitexact",
    }


def forced_keyframes(frames: tuple[int, ...]) -> dict[str, Any]:
    """Options that make a keyframe of each of these frames."""
    return {"force_key_frames": "expr:" + "+".join(f"eq(n,{frame})" for frame in frames)} if frames else {}
