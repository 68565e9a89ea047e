"""Whether a child still does anything: a tool that waits for a dead disk or a pipe would wait for ever."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

# ASSUME a network disk that answers at all answers within this time.
STALL_SECONDS = 600.0
_LOOK_SECONDS = 1.0


class Progress:
    """Watches the processor time of a child. Where the system does not tell it, no child seems stalled."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._ticks: int | None = None
        self._changed = self._looked = time.monotonic()

    def is_stalled(self) -> bool:
        """Whether it has used no processor time for STALL_SECONDS; cheap to ask often."""
        now = time.monotonic()
        if now - self._looked >= min(_LOOK_SECONDS, STALL_SECONDS):
            self._looked, ticks = now, _processor_ticks(self._process.pid)
            if ticks is None or ticks != self._ticks:
                self._ticks, self._changed = ticks, now
        return self._looked - self._changed > STALL_SECONDS

    def ended(self, *, timeout_seconds: float | None) -> bool:
        """Wait for the child's end; False where the time is over or it is stalled before."""
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            left = _LOOK_SECONDS if deadline is None else deadline - time.monotonic()
            try:
                self._process.wait(timeout=max(0.0, min(_LOOK_SECONDS, STALL_SECONDS, left)))
                return True
            except subprocess.TimeoutExpired:
                if left <= 0 or self.is_stalled():
                    return False

    def readable(self, streams: Sequence[IO[bytes]]) -> list[IO[bytes]] | None:
        """Those of the child's pipes that have bytes or are at their end; None where it is stalled."""
        self._changed = self._looked = time.monotonic()
        while not (ready := select.select(streams, [], [], min(_LOOK_SECONDS, STALL_SECONDS))[0]):
            if self.is_stalled():
                return None
        return ready

    def read_into(self, view: memoryview) -> int | None:
        """Bytes read from the child's stdout, 0 at its end; None where it is stalled."""
        assert self._process.stdout
        ready = self.readable([self._process.stdout])
        return os.readv(self._process.stdout.fileno(), [view]) if ready else None


def _processor_ticks(pid: int) -> int | None:
    """User and system time of a process, in the system's ticks; None where it is not told."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        return sum(map(int, fields.split()[11:13]))
    except (OSError, ValueError):
        return None
