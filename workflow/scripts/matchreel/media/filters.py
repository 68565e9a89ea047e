"""Pieces of filter graphs that decoding and cutting share, built with ffmpeg-python.

Clock: every graph first moves the part's time zero (or a clip's start) to timestamp 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import ffmpeg as graph

from matchreel.media.colours import StreamClock, as_bt709
from matchreel.media.sources import Source
from matchreel.records import AudioStream, ShapeSpan, VideoStream

MIXING_DECODERS = ("ac3", "eac3", "dca", "truehd")
# Bit-exact scaling: the same pictures on every CPU.
_SAME_SHAPE = 0.01  # no borders for so small a difference
SCALE_FLAGS = "bicubic+accurate_rnd+bitexact"


def media_input(source: Source, **options: Any) -> Any:
    """An input of the graph, its timestamps kept as they are in the container (needs -copyts).

    A packet that its container itself marks as broken (a joint of two captures) is left out: the picture
    before it stays. Where pictures that depend on it then cannot be decoded, -xerror makes that an error.
    """
    known = {"format": source.container} if source.container else {}
    return graph.input(source.url, **source.limits, **known, fflags="+discardcorrupt", **options)


def seeking(seconds: Fraction | None) -> dict[str, Any]:
    """Options of an input read from about there on, on its container's clock; None: from its beginning."""
    if seconds is None:
        return {}
    return {"ss": f"{float(seconds):.6f}", "seek_timestamp": 1, "noaccurate_seek": None}


def sound_input(source: Source, audio: AudioStream, **options: Any) -> Any:
    """An input for its sound; the decoders of surround formats mix down to stereo themselves.

    Broadcasts switch between stereo and surround in mid-stream: so the graph and its clock go on.
    """
    mixed = {"downmix": "stereo"} if audio.codec in MIXING_DECODERS else {}
    return media_input(source, **mixed, **options)


def sound_stream(source: Source, audio: AudioStream, **options: Any) -> Any:
    """The sound of the track that is used; where one of two channels is upside down, it is turned."""
    stream = sound_input(source, audio, **options)[f"a:{audio.track}"]
    return stream.filter("stereotools", phaser=1) if source.is_inverted else stream


def num_decoded_channels(source: Source, audio: AudioStream) -> int:
    """Channels that come out of sound_stream."""
    return min(2, source.num_channels) if audio.codec in MIXING_DECODERS else source.num_channels


def moved_to_zero(stream: Any, zero_seconds: float, *, sound: bool = False) -> Any:
    """Timestamps counted from a moment of the container's clock, to the microsecond or the sample."""
    if sound:
        return stream.filter("asetpts", f"PTS-({zero_seconds:.6f})/TB")
    # AVI counts in whole frames: without a finer unit half a frame could not be told.
    return stream.filter("settb", "AVTB").filter("setpts", f"PTS-({zero_seconds:.6f})/TB")


def silence(sample_rate_hz: int, layout: str, num_samples: int) -> Any:
    """So many samples of silence."""
    held = graph.input(f"anullsrc=r={sample_rate_hz}:cl={layout}", format="lavfi").audio
    return held.filter("atrim", end_sample=num_samples)


def one_after_the_other(streams: Sequence[Any], *, sound: bool = False) -> Any:
    """Streams that begin at timestamp 0, each shown or heard whole before the next one."""
    if len(streams) == 1:
        return streams[0]
    return graph.concat(*streams, v=int(not sound), a=int(sound))


def deinterlaced(stream: Any, video: VideoStream) -> Any:
    """One progressive picture per frame where the probe found fields; untouched otherwise."""
    return stream.filter("bwdif", mode="send_frame", deint="all") if video.is_interlaced else stream


def of_one_shape(stream: Any, video: VideoStream) -> Any:
    """Pictures all stored in the size and shape that most of them have; others on black.

    Done before anything else, on the container's clock: most filters take the first picture's size for all.
    """
    if not video.other_shapes:
        return stream
    width, height, aspect = _upright(video.width, video.height, video.sample_aspect, video)
    wide, tall = str(width), str(height)
    for span in video.other_shapes:
        inner = _shown_in(span, video)
        # A little early: times are rounded.
        shown = f"gte(t,{span.start_seconds - 0.005:.4f})*lt(t,{span.end_seconds - 0.005:.4f})"
        wide, tall = f"{wide}+{shown}*({inner[0] - width})", f"{tall}+{shown}*({inner[1] - height})"
    interlaced = -1 if video.is_interlaced else 0
    stream = stream.filter("scale", wide, tall, flags=SCALE_FLAGS, interl=interlaced, eval="frame")
    stream = stream.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2", "black", eval="frame")
    return stream.filter("setsar", str(aspect), max=10**5)


def _upright(width: int, height: int, aspect: Fraction, video: VideoStream) -> tuple[int, int, Fraction]:
    """Stored size and shape of a pixel as filters get them: turned already."""
    return (height, width, 1 / aspect) if video.rotation_degrees % 180 == 90 else (width, height, aspect)


def _shown_in(span: ShapeSpan, video: VideoStream) -> tuple[int, int]:
    """The largest even size of a span's pictures inside those of the part, in the part's own pixels."""
    width, height, aspect = _upright(video.width, video.height, video.sample_aspect, video)
    own_width, own_height, own_aspect = _upright(span.width, span.height, span.sample_aspect, video)
    relative = (own_width * own_aspect / own_height) / (width * aspect / height)
    if abs(relative - 1) < _SAME_SHAPE:
        return width, height
    return _even_or_full(width * min(relative, Fraction(1)), width), _even_or_full(
        height / max(relative, Fraction(1)), height
    )


def display_size(video: VideoStream) -> tuple[int, int]:
    """(width, height) in square pixels, upright, before any rounding to even numbers."""
    width = Fraction(video.width) * max(video.sample_aspect, Fraction(1))
    height = Fraction(video.height) / min(video.sample_aspect, Fraction(1))
    size = round(width), round(height)
    return (size[1], size[0]) if video.rotation_degrees % 180 == 90 else size


def fitted(stream: Any, video: VideoStream, *, width: int, height: int, fit: str, clock: StreamClock) -> Any:
    """Scaled to width x height in square pixels: "squash" fills it, "letterbox" keeps the shape on black.

    What is HDR comes out as SDR. clock: where the stream is in its recording.
    """
    if fit not in ("squash", "letterbox"):
        raise ValueError(f"fit is {fit!r}")
    inner = (width, height) if fit == "squash" else _inner_size(video, width, height)
    stream = stream.filter("scale", *inner, flags=SCALE_FLAGS, out_range="tv")
    if inner != (width, height):
        stream = stream.filter("pad", width, height, "(ow-iw)/2", "(oh-ih)/2", "black")
    return as_bt709(stream.filter("setsar", 1), video, clock)


def _inner_size(video: VideoStream, width: int, height: int) -> tuple[int, int]:
    """The largest even size of the picture's shape inside width x height; no borders of a pixel or two."""
    shown_width, shown_height = display_size(video)
    ratio = min(Fraction(width, shown_width), Fraction(height, shown_height))
    return _even_or_full(shown_width * ratio, width), _even_or_full(shown_height * ratio, height)


def _even_or_full(length: Fraction, full: int) -> int:
    return full if full - length <= 2 else max(2, round(length / 2) * 2)


def on_clock(
    stream: Any, rate_fps: Fraction, *, early_seconds: float | Fraction, first_step: int | None = 0
) -> Any:
    """Constant rate: output k is the picture on screen at k / rate + early_seconds of timestamp time.

    A picture is on screen from its own timestamp until the next one's. The first output is first_step, and
    before the first picture the first one stands. None: the first output that one of the stream's own
    pictures covers. Outputs keep their timestamps k / rate.
    """
    early = f"{float(early_seconds):.6f}"
    start = {} if first_step is None else {"start_time": _seconds_text(first_step / rate_fps)}
    return stream.filter("setpts", f"PTS-{early}/TB").filter("fps", fps=str(rate_fps), round="up", **start)


def _seconds_text(seconds: Fraction) -> int | str:
    return int(seconds) if seconds.denominator == 1 else f"{float(seconds):.6f}"


def steps_between(stream: Any, first: int, end: int) -> Any:
    """Outputs [first, end) of on_clock, counted from 0 again; none at all where the first one is missing."""
    stream = stream.filter("trim", end_pts=end).filter("select", f"eq(pts,{first}+selected_n)")
    return stream.filter("setpts", "PTS-STARTPTS")
