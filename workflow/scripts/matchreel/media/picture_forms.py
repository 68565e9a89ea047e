"""The forms that a recording's pictures have: size, shape of a pixel, colours; and for how long each.

Packets say where the form may change (media.formats); one decoded picture says what it is from there on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from av.error import FFmpegError

from matchreel.media.colours import colour_of
from matchreel.media.demux import StreamTimes, packets_of
from matchreel.media.watching import FormatRun

# These give a pixel's shape for all pictures; elsewhere each picture has its own.
_SHAPING_CONTAINERS = ("matroska", "mov")
# So many formats are looked at; a recording with more is looked at no further.
_MAX_FORMATS = 64
_MAX_PICTURES = 500  # to decode until the first one of a form appears


@dataclass(frozen=True)
class Form:
    """What a picture is like: stored size, width/height of a pixel, colours (media.colours)."""

    width: int
    height: int
    sample_aspect: Fraction
    colour: str

    @property
    def shape(self) -> tuple[int, int, Fraction]:
        """What decides how it fits into a frame."""
        return self.width, self.height, self.sample_aspect


@dataclass(frozen=True)
class FormSpan:
    """[start_seconds, end_seconds) of the container's clock in which pictures have one form."""

    start_seconds: float
    end_seconds: float
    form: Form


def form_of(picture: Any, stream: Any, container: str) -> Form:
    """The form of a picture that a stream's decoder just gave."""
    own = stream.sample_aspect_ratio if container in _SHAPING_CONTAINERS else None
    aspect = own or stream.codec_context.sample_aspect_ratio
    sample_aspect = Fraction(aspect) if aspect and aspect > 0 else Fraction(1)
    return Form(picture.width, picture.height, sample_aspect, colour_of(picture))


def form_spans(
    container: Any, stream: Any, times: StreamTimes, runs: Sequence[FormatRun], first: Form
) -> list[FormSpan]:
    """The forms of the whole recording in order; first is that of its first picture."""
    name, unit = container.format.name.split(",")[0], float(times.time_base)
    bounds = [int(times.pts[0]), *(run.pts for run in runs[1:]), times.end_pts]
    forms: dict[bytes, Form] = {runs[0].format: first} if runs else {}
    for run, end in zip(runs[1:], bounds[2:], strict=False):
        if run.format not in forms and len(forms) < _MAX_FORMATS:
            picture = _picture_in(container, stream, run.pts, end)
            if picture is not None:
                forms[run.format] = form_of(picture, stream, name)
    held = [forms.get(run.format, first) for run in runs] or [first]
    spans = zip(bounds[:-1], bounds[1:], held, strict=True)
    return [FormSpan(start * unit, end * unit, form) for start, end, form in spans]


def _picture_in(container: Any, stream: Any, start: int, end: int) -> Any | None:
    """A picture shown in [start, end) of the stream's own time."""
    try:
        container.seek(start, stream=stream)
        decoded = (picture for packet in packets_of(container, stream) for picture in packet.decode())
        for picture in islice(decoded, _MAX_PICTURES):
            if picture.pts is not None and picture.pts >= start:
                return picture if picture.pts < end else None
    except FFmpegError:
        return None
    return None


def most_of(spans: Sequence[FormSpan], key: Callable[[Form], Any]) -> Form:
    """A form of the kind that most of the time has; of equals the first."""
    seconds: dict[Any, float] = defaultdict(float)
    for span in spans:
        seconds[key(span.form)] += span.end_seconds - span.start_seconds
    wanted = max(seconds, key=lambda kind: seconds[kind])
    return next(span.form for span in spans if key(span.form) == wanted)
