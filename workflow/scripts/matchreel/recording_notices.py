"""What the viewer must know about the recordings themselves: which of their sound and pictures is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from matchreel.media.colours import is_mapped
from matchreel.notices import Notice
from matchreel.records import AudioStream, Probe, Scores, VideoStream
from matchreel.sound_damage import SoundDamage
from matchreel.timeline import Interval, times_text


def recording_notices(scores: Mapping[str, Scores], probes: Mapping[str, Probe]) -> list[Notice]:
    """Notices on the parts of a game, from what their probes found and what their scorer could use."""
    notices = list[Notice]()
    for part, probe in probes.items():
        if scores[part].scorer != "random":
            notices += _modality_notices(scores[part], probe)
        if probe.audio is not None:
            notices += _sound_notices(probe.audio, part)
        if probe.video is not None:
            notices += _picture_notices(probe.video, part)
    return notices


def _modality_notices(scores: Scores, probe: Probe) -> list[Notice]:
    """Whether a part was judged by picture or by sound alone."""
    is_untrained = scores.scorer == "excitement"
    is_silent = probe.audio is None or not probe.audio.is_audible
    is_silent |= is_untrained and "loudness" not in scores.curves
    is_blind = probe.video is None or (is_untrained and not {"break", "slope"} & set(scores.curves))
    found = [("no_sound", is_silent), ("no_picture", is_blind)]
    return [Notice(code, {"part": probe.part}) for code, applies in found if applies]


def _sound_notices(audio: AudioStream, part: str) -> list[Notice]:
    found = list[Notice]()
    track: dict[str, str | int] = {"part": part, "track": audio.track + 1, "count": audio.num_tracks}
    if audio.silent_track is not None:
        found.append(Notice("sound_track", {**track, "silent": audio.silent_track + 1}))
    elif audio.num_tracks > 1 and not audio.num_changes:
        found.append(Notice("sound_default", track))
    if audio.num_changes:
        found.append(Notice("sound_changes", {"part": part, "count": audio.num_changes}))
    if audio.is_inverted:
        found.append(Notice("sound_inverted", {"part": part}))
    return found


def _picture_notices(video: VideoStream, part: str) -> list[Notice]:
    found = list[Notice]()
    seconds = sum(span.end_seconds - span.start_seconds for span in video.other_shapes)
    if video.other_shapes:
        found.append(Notice("shape_changes", {"part": part, "seconds": f"{seconds:.0f}"}))
    if is_mapped(video):
        found.append(Notice("hdr", {"part": part}))
    return found


def damage_notices(pictures: Mapping[str, Sequence[Interval]], sounds: Iterable[SoundDamage]) -> list[Notice]:
    """Part -> where its picture is damaged, and where its sound is: a notice for each part and kind."""
    heard = {held.part: held.sound for held in sounds}
    return [
        Notice(code, {"part": part, "at": times_text(found)})
        for code, damage in (("picture_damaged", pictures), ("sound_damaged", heard))
        for part, found in sorted(damage.items())
        if found
    ]
