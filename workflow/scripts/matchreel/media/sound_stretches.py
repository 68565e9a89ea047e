"""Where a recording's sound is found if it does not stay in one track and format from beginning to end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from matchreel.media.demux import audio_stream, open_media, read_packet_times
from matchreel.media.formats import UNSPOKEN_SOUND
from matchreel.media.program_maps import ProgramMap
from matchreel.media.sound_tracks import choose_track, look_at_sound
from matchreel.media.sources import Source
from matchreel.media.watching import GAP_SECONDS, Watch
from matchreel.records import AudioStream, SoundStretch, Stretch

# Listening to a stretch takes up to a second.
_MOST_LOOKED_AT = 30


@dataclass(frozen=True)
class _Section:
    """Bytes of the file in which the sound has another PID or codec: its stretches and format changes."""

    place: tuple[int, int]
    stretches: tuple[SoundStretch, ...]
    num_changes: int


def with_stretches(
    audio: AudioStream,
    path: Path,
    watch: Watch,
    maps: Sequence[ProgramMap],
    *,
    start_seconds: float,
    end_seconds: float,
) -> AudioStream:
    """The same sound with its stretches, where it changes its track or format in mid-stream.

    watch has seen all packets. maps: of a transport stream. start and end: of the part on the container's
    clock. Where the track has no packets for a while, another one that is not silent stands for it.
    """
    tracks = list(watch.tracks.values())
    found = [SoundStretch(start, end, audio.track) for start, end in tracks[audio.track].ranges_of_formats()]
    moved = list(_moved(path, maps, watch.pids[audio.track]))
    for stretch in (stretch for section in moved for stretch in section.stretches):
        found = [*_without(found, stretch), stretch]
    num_changes = tracks[audio.track].num_changes(outside=[section.place for section in moved])
    num_changes += sum(section.num_changes for section in moved)
    found += _from_others(path, watch, audio.track, _uncovered(found, start_seconds, end_seconds))
    num_changes += len(_joined(found)) - 1
    if num_changes <= 0 and audio.codec not in UNSPOKEN_SOUND:
        return audio
    return _with_pieces(audio, _looked_at(path, found, otherwise=audio.is_inverted), max(0, num_changes))


def with_stretches_of_joined(
    audio: AudioStream,
    path: Path,
    stretches: Sequence[Stretch],
    watches: Sequence[Watch],
    container: str,
    duration_seconds: float,
) -> AudioStream:
    """As with_stretches, of a recording whose clock starts again: where a stretch of it changes its format.

    watches: have seen the packets of each stretch. Another format in another stretch is no change: each is an
    input of its own.
    """
    found, num_changes = list[SoundStretch](), 0
    ends = [*(stretch.start_seconds for stretch in stretches[1:]), duration_seconds]
    for stretch, end, watch in zip(stretches, ends, watches, strict=True):
        first, last = stretch.zero_seconds, stretch.zero_seconds + end - stretch.start_seconds
        later = stretches[0].zero_seconds + stretch.start_seconds - stretch.zero_seconds
        place = (audio.track, stretch.first_byte, stretch.end_byte)
        for track in list(watch.tracks.values())[audio.track : audio.track + 1]:
            num_changes += track.num_changes()
            rows = _inside(track.ranges_of_formats(), (first, last))
            found += [SoundStretch(*row, *place, later_seconds=later) for row in rows]
    audio = replace(audio, is_inverted=any(stretch.is_inverted for stretch in stretches))
    if not num_changes and audio.codec not in UNSPOKEN_SOUND:
        return audio
    looked_at = _looked_at(path, found, otherwise=audio.is_inverted, container=container)
    return _with_pieces(audio, looked_at, num_changes)


def _with_pieces(audio: AudioStream, stretches: Iterable[SoundStretch], num_changes: int) -> AudioStream:
    pieces = tuple(_joined(stretches))
    is_inverted = any(piece.is_inverted for piece in pieces)
    return replace(audio, stretches=pieces, num_changes=num_changes, is_inverted=is_inverted)


def _looked_at(
    path: Path, stretches: Sequence[SoundStretch], *, otherwise: bool, container: str = ""
) -> Iterator[SoundStretch]:
    """The same with whether each has a channel upside down: measured on the longest, else `otherwise`.

    container: what the bytes of each stretch are if they can be opened alone, with a clock of their own.
    """
    longest = sorted(stretches, key=lambda row: row.start_seconds - row.end_seconds)[:_MOST_LOOKED_AT]
    for row in stretches:
        is_inverted = otherwise
        if row in longest:
            media: Path | Source = path
            if container:
                media = Source(path, first_byte=row.first_byte, end_byte=row.end_byte, container=container)
            first_byte = 0 if container else row.first_byte
            within = None if first_byte else (row.start_seconds, row.end_seconds)
            is_inverted = look_at_sound(media, row.track, first_byte=first_byte, within=within).is_inverted
        yield replace(row, is_inverted=is_inverted)


def _moved(path: Path, maps: Sequence[ProgramMap], pid: int) -> Iterator[_Section]:
    """The pieces of a transport stream whose map lacks the PID that the sound had, or changes its codec."""
    own, index = (pid, maps[0].kinds.get(pid) if maps else None), 0
    while own[1] is not None:
        lost = _next_without(maps, own, index)
        if lost == len(maps):
            return
        first_byte = maps[lost].first_byte
        choice = choose_track(path, first_byte=first_byte)
        if choice is None:
            return
        with open_media(path, first_byte=first_byte) as container:
            stream = audio_stream(container, choice.track)
            assert stream is not None
            own = (int(stream.id), maps[lost].kinds.get(int(stream.id)))
            index = _next_without(maps, own, lost)
            end_byte = maps[index].first_byte if index < len(maps) else 0
            watch = Watch(None, list(container.streams.audio), end_byte=end_byte)
            read_packet_times(container, path, track=choice.track, watch=watch)
        track = list(watch.tracks.values())[choice.track]
        stretches = (
            SoundStretch(start, end, choice.track, first_byte, end_byte) for start, end in track.ranges
        )
        yield _Section((first_byte, end_byte), tuple(stretches), track.num_changes())


def _next_without(maps: Sequence[ProgramMap], own: tuple[int, int | None], index: int) -> int:
    """The next map, from index on, that lacks a PID of that kind."""
    pid, kind = own
    later = range(index, len(maps))
    return next((k for k in later if maps[k].kinds.get(pid) != kind), len(maps))


def _from_others(path: Path, watch: Watch, track: int, gaps: list[tuple[float, float]]) -> list[SoundStretch]:
    """What other tracks have where the one that is used has nothing: of each gap from the fullest of them."""
    found = list[SoundStretch]()
    ranges = {k: held.ranges for k, held in enumerate(watch.tracks.values()) if k != track}
    audible: dict[int, bool] = {}
    for gap in gaps:
        inside = {k: list(_inside(rows, gap)) for k, rows in ranges.items()}
        lengths = {k: sum(end - start for start, end in rows) for k, rows in inside.items()}
        for k in sorted(lengths, key=lambda k: (-lengths[k], k)):
            if lengths[k] < GAP_SECONDS:
                break
            if k not in audible:
                audible[k] = look_at_sound(path, k).is_audible
            if audible[k]:
                found += [SoundStretch(start, end, k) for start, end in inside[k]]
                break
    return found


def _inside(rows: Iterable[Sequence[float]], gap: tuple[float, float]) -> Iterator[tuple[float, float]]:
    for start, end in rows:
        if min(end, gap[1]) > max(start, gap[0]):
            yield max(start, gap[0]), min(end, gap[1])


def _without(stretches: Iterable[SoundStretch], other: SoundStretch) -> Iterator[SoundStretch]:
    """The stretches, cut out where another one is."""
    for row in stretches:
        if row.end_seconds <= other.start_seconds or row.start_seconds >= other.end_seconds:
            yield row
            continue
        if row.start_seconds < other.start_seconds:
            yield replace(row, end_seconds=other.start_seconds)
        if row.end_seconds > other.end_seconds:
            yield replace(row, start_seconds=other.end_seconds)


def _uncovered(
    stretches: Iterable[SoundStretch], start_seconds: float, end_seconds: float
) -> list[tuple[float, float]]:
    """Where no stretch is for longer than GAP_SECONDS."""
    gaps, at = list[tuple[float, float]](), start_seconds
    for row in sorted(stretches, key=lambda row: row.start_seconds):
        if row.start_seconds - at > GAP_SECONDS:
            gaps.append((at, row.start_seconds))
        at = max(at, row.end_seconds)
    return [*gaps, (at, end_seconds)] if end_seconds - at > GAP_SECONDS else gaps


def _joined(stretches: Iterable[SoundStretch]) -> list[SoundStretch]:
    """In order of time; gaps within one track are no borders: where nothing is stored, nothing is read."""
    joined = list[SoundStretch]()
    for row in sorted(stretches, key=lambda row: row.start_seconds + row.later_seconds):
        row = replace(row, start_seconds=round(row.start_seconds, 6), end_seconds=round(row.end_seconds, 6))
        last = joined[-1] if joined else None
        if last and _source_of(last) == _source_of(row):
            # A late packet with an early time must not end what goes on.
            joined[-1] = replace(last, end_seconds=max(last.end_seconds, row.end_seconds))
        else:
            joined.append(row)
    return joined


def _source_of(row: SoundStretch) -> tuple[int, int, bool]:
    return row.track, row.first_byte, row.is_inverted
