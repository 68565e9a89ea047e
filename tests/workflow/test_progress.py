"""What our commands show while a real run goes on: rich's display in a terminal, a line per finished step in a pipe."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from support.recordings import record

# A progress bar is drawn over itself: the cursor goes up and lines are cleared.
REDRAWN = re.compile(r"\x1b\[(?:\d*A|2K)")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
STEP_LINE = re.compile(r"^\[(\d+)/(\d+)\] (.+) \(\d+ s\)$")
TARGET = "results/audio/tiny/full.wav"
LONGEST_SECONDS = 600.0
# As make_reel.py and demo.py do it.
PROGRAM = "import sys; from running import run_targets; sys.exit(run_targets(sys.argv[1:], cores=1))"


@pytest.fixture
def command(tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Our commands' way to run Snakemake, in a folder with one recording of four seconds."""
    game = tmp_path / "resources/games/tiny"
    game.mkdir(parents=True)
    record(game / "full.mkv", flashes_seconds=(2,), seconds=4)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root / "workflow/commands"))
    # Whoever runs the tests may have said otherwise; rich listens to these.
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return [sys.executable, "-c", PROGRAM, TARGET]


def shown_in_terminal(command: list[str]) -> tuple[int, str]:
    """Exit status of a command in a terminal of 40 rows and 120 columns, and all it wrote there."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    shown = bytearray()
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True) as run:
        os.close(slave)
        watch = threading.Timer(LONGEST_SECONDS, os.killpg, (run.pid, signal.SIGKILL))
        watch.start()
        # Linux says EIO where nobody holds the other end any more.
        with suppress(OSError):
            while block := os.read(master, 65536):
                shown += block
        status = run.wait()
        watch.cancel()
    os.close(master)
    return status, shown.decode("utf-8", errors="replace")


@pytest.mark.slow
def test_a_terminal_shows_richs_progress(command):
    status, shown = shown_in_terminal(command)
    assert status == 0, shown
    assert Path(TARGET).is_file()
    # Each rule has a bar, drawn over itself as it fills, and the cursor is there again afterwards.
    frames = [COLOUR.sub("", frame) for frame in REDRAWN.split(shown)]
    for rule in ("probe media", "extract audio"):
        bars = [line for frame in frames for line in frame.splitlines() if rule in line and "%" in line]
        assert "  0%" in bars[0] and "100%" in bars[-1], rule
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert not [line for line in shown.splitlines() if STEP_LINE.match(line)]


@pytest.mark.slow
def test_a_pipe_gets_a_line_for_each_step(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    found = [match for line in done.stderr.splitlines() if (match := STEP_LINE.match(line))]
    steps = ("probe_media tiny full", "extract_audio tiny full")
    assert [match.groups() for match in found] == [("1", "2", steps[0]), ("2", "2", steps[1])]
    assert "\x1b" not in done.stdout + done.stderr
