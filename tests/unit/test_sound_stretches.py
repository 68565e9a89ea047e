"""Stretches of a sound track are joined without losing any of it."""

from __future__ import annotations

from matchreel.media.sound_stretches import _joined
from matchreel.records import SoundStretch


def test_a_late_packet_with_an_early_time_does_not_end_the_sound():
    rows = [SoundStretch(0.0, 7200.0, 0), SoundStretch(3000.0, 3000.02, 0)]
    assert _joined(rows) == [SoundStretch(0.0, 7200.0, 0)]
    assert _joined([*rows, SoundStretch(7200.0, 7300.0, 0)]) == [SoundStretch(0.0, 7300.0, 0)]
