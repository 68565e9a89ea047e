"""Run ffmpeg: argument lists, one clear line on failure, and never a child left behind.

Times in these commands are the container's own (-copyts), so that they mean the same to PyAV and ffmpeg.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

import imageio_ffmpeg

from matchreel.errors import DiskFullError, MatchreelError, MemoryFullError, ToolError
from matchreel.media import stalls
from matchreel.media.stalls import Progress

log = logging.getLogger("matchreel.media")

# A recording is one file: nothing in it may make ffmpeg open another one, or the network.
PROTOCOLS = "file,pipe"
# SOURCE: ffmpeg's names of formats that hold picture and sound themselves. Known by content, not by name:
# playlists, lists of files, numbered pictures and descriptions of streams are none of them.
FORMATS = (
    "matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mpegts,mpeg,avi,asf,asf_o,flv,live_flv,kux,mxf,gxf,lxf,ogg,nut,rm,wtv,ty,"
    "pva,dv,nsv,dhav,mpegvideo,m4v,h264,hevc,vvc,obu,av1,ivf,vc1,mjpeg,yuv4mpegpipe,"
    "wav,w64,aiff,caf,mp3,aac,loas,ac3,eac3,flac,amr,truehd,dts,ape,wv,tta"
)
# A remedy. Copying its streams into another container would keep whatever cannot be decoded.
REENCODE = "encode it anew (ffmpeg -i IN -c:v libx264 -crf 18 -c:a aac OUT.mp4) and give OUT.mp4"
# In a transport stream a picture or sound that moves to another PID stays the stream that it was.
MERGED = {"merge_pmt_versions": "1"}
GLOBAL_OPTIONS = ("-nostdin", "-hide_banner", "-nostats", "-loglevel", "warning", "-y")
_POLL_SECONDS = 0.01
Slots = int | Callable[[], int]  # how many children may run together
_LAST_BYTES = 4096
_ADDRESS = re.compile(r"\[[^][]*@ 0x[0-9a-f]+\] ?")
# Said after the cause, and not about it.
_IDLE_LINES = (
    "Task finished",
    "Terminating thread",
    "Conversion failed",
    "Exiting",
    "Error opening output file",
    "Error opening input file",
)
# What -xerror would have made an error of. SOURCE: fftools/ffmpeg_dec.c, in its versions from 4 to 9.
_DAMAGE = (b"Error submitting packet", b"Decoding error", b"Error while decoding", b"corrupt decoded frame")
_DISK_FULL = ("No space left on device", "Disk quota exceeded")
_FILTER_MISSING = ("No such filter",)
_MEMORY_FULL = ("Cannot allocate memory", "pthread_create() failed")


class Graph(Protocol):
    """What ffmpeg-python's output nodes offer: the command line of the filter graph."""

    def compile(self, cmd: str) -> list[str]:
        """The whole command, the binary first."""


@dataclass(frozen=True)
class Job:
    """One ffmpeg run: its arguments after the binary, and what and where for its error line."""

    arguments: tuple[str, ...]
    what: str
    where: object


def ffmpeg_path(choice: str) -> str:
    """The ffmpeg binary: "bundled" (imageio-ffmpeg's), "system" (from PATH), or a path. Raises ToolError."""
    if choice == "bundled":
        return _bundled()
    found = shutil.which("ffmpeg" if choice == "system" else choice)
    if found:
        return found
    what = "there is no ffmpeg on PATH" if choice == "system" else "there is no program at this path"
    remedy = "Install ffmpeg, or set ffmpeg: bundled in config.yaml"
    raise ToolError(what, where=f"config, ffmpeg: {choice}", remedy=remedy)


def _bundled() -> str:
    try:
        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        remedy = "Reinstall it (pip install --force-reinstall imageio-ffmpeg), or set ffmpeg: system"
        raise ToolError("the bundled ffmpeg is missing", where="imageio-ffmpeg", remedy=remedy) from error


def media_url(path: Path) -> str:
    """A path as ffmpeg and PyAV take it literally: no dash, colon or percent sign in it means anything."""
    return f"file:{path}"


def arguments_of(graph: Graph) -> tuple[str, ...]:
    """The arguments, without the binary, of an ffmpeg-python graph."""
    return tuple(graph.compile(cmd="ffmpeg")[1:])


def run_ffmpeg(
    arguments: Sequence[str], *, ffmpeg: str, what: str, where: object, timeout_seconds: float | None
) -> None:
    """Run ffmpeg to its end. `what` says what was tried ("extracting the sound"), `where` the file.

    ffmpeg: "bundled", "system" or a path. Raises ToolError with ffmpeg's last lines, OutputError on a full
    disk. The child is killed if this process is interrupted or the time is over.
    """
    job = Job(tuple(arguments), what, where)
    with started(job, ffmpeg=ffmpeg) as run:
        run.wait(timeout_seconds=timeout_seconds)


def run_many(
    jobs: Sequence[Job], *, ffmpeg: str, num_at_once: Slots, failed: dict[int, ToolError] | None = None
) -> Iterator[int]:
    """Run jobs, `num_at_once` together; yield the index of each one that ended well, in order of ending.

    num_at_once: a number, or what tells it from moment to moment; one runs in any case. The first failure
    raises, and every child still running is killed; with `failed`, ToolErrors are put there by index instead.
    """
    waiting, running = list(enumerate(jobs))[::-1], dict[int, tuple[Any, Run]]()
    try:
        while waiting or running:
            while waiting and len(running) < max(1, num_at_once() if callable(num_at_once) else num_at_once):
                index, job = waiting.pop()
                context = started(job, ffmpeg=ffmpeg)
                running[index] = (context, context.__enter__())
            ended = [index for index, (_, run) in running.items() if run.process.poll() is not None]
            for index in ended:
                context, run = running.pop(index)
                try:
                    with context_closing(context):
                        run.check()
                except ToolError as error:
                    if failed is None:
                        raise
                    failed[index] = error
                else:
                    yield index
            if not ended:
                for _, run in running.values():
                    run.check_progress()
                time.sleep(_POLL_SECONDS)
    finally:
        for context, _ in running.values():
            context.__exit__(None, None, None)


@contextmanager
def context_closing(context: Any) -> Iterator[None]:
    """Leave an already entered context at the end of the block, whatever happens in it."""
    try:
        yield
    finally:
        context.__exit__(None, None, None)


@dataclass(frozen=True)
class Run:
    """A child that was started, and where its messages go."""

    job: Job
    process: subprocess.Popen[bytes]
    messages: IO[bytes]
    progress: Progress

    def wait(self, *, timeout_seconds: float | None = None) -> None:
        """Wait for its end and check it; ToolError where the time is over or it does nothing any more."""
        if not self.progress.ended(timeout_seconds=timeout_seconds):
            self.check_progress()
            remedy = "Try again on a less busy machine, or look whether the recording is damaged"
            what = f"{self.job.what} took longer than {timeout_seconds} s"
            raise ToolError(what, where=self.job.where, remedy=remedy)
        self.check()

    def check_progress(self) -> None:
        """Raise where it does nothing any more."""
        if self.progress.is_stalled():
            raise self._stalled()

    def read_into(self, view: memoryview) -> int:
        """Bytes read from its stdout, 0 at the end; ToolError where it does nothing any more."""
        count = self.progress.read_into(view)
        if count is None:
            raise self._stalled()
        return count

    def readable(self, streams: Sequence[IO[bytes]]) -> list[IO[bytes]]:
        """Those of its pipes that have bytes or are at their end; ToolError where it does nothing more."""
        ready = self.progress.readable(streams)
        if ready is None:
            raise self._stalled()
        return ready

    def _stalled(self) -> ToolError:
        return ToolError(
            f"{self.job.what} has not gone on for {stalls.STALL_SECONDS:g} s",
            where=self.job.where,
            remedy="See whether the disk of the recording answers, or copy the recording to another one",
        )

    def last_lines(self) -> str:
        """The end of what ffmpeg said, on one line, without its addresses and its lines about threads."""
        size = self.messages.seek(0, os.SEEK_END)
        self.messages.seek(max(0, size - _LAST_BYTES))
        lines = self.messages.read().decode("utf-8", "replace").splitlines()
        plain = [_ADDRESS.sub("", line).strip() for line in lines]
        telling = dict.fromkeys(line for line in plain if line and not line.startswith(_IDLE_LINES))
        return " | ".join(list(telling)[-3:]) or "it said nothing"

    def met_damage(self) -> bool:
        """Whether it said that something could not be decoded."""
        self.messages.seek(0)
        return any(words in line for line in self.messages for words in _DAMAGE)

    def check(self) -> None:
        """Raise if the child failed."""
        said = self.last_lines()
        if self.process.returncode == 0:
            log.debug("%s, %s: done; ffmpeg's last lines: %s", self.job.where, self.job.what, said)
            return
        raise failure(self.job, said, self.process.returncode)


def failure(job: Job, said: str, code: int) -> MatchreelError:
    """The error of a failed run, by what ffmpeg said last."""
    if any(words in said for words in _DISK_FULL):
        return DiskFullError(where=job.where)
    if code == -signal.SIGKILL or any(words in said for words in _MEMORY_FULL):
        killed = f"was killed by signal {-code}, as the system does when it" if code < 0 else "failed: ffmpeg"
        return MemoryFullError(f"{job.what} {killed} ran out of memory", where=job.where)
    how = f"was killed by signal {-code}" if code < 0 else "failed"
    if any(words in said for words in _FILTER_MISSING):
        return ToolError(
            f"{job.what} {how}: this ffmpeg was built without a filter that it needs ({said.rstrip('.')})",
            where=job.where,
            remedy="Set ffmpeg: bundled in config.yaml",
        )
    return ToolError(
        f"{job.what} {how}: {said.rstrip('.')}",
        where=job.where,
        remedy=f"Play the file to see whether it is damaged; if it plays, {REENCODE}",
    )


@contextmanager
def started(job: Job, *, ffmpeg: str, piped: bool = False, handed: Sequence[int] = ()) -> Iterator[Run]:
    """Start ffmpeg and kill it when the block is left before it ended.

    piped: stdout is a pipe to read. handed: open files, by number, that the child gets and this process
    gives up.
    """
    with tempfile.TemporaryFile() as messages:
        try:
            command = [ffmpeg_path(ffmpeg), *GLOBAL_OPTIONS, *job.arguments]
            log.debug("%s: %s", job.what, command)
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else subprocess.DEVNULL,
                stderr=messages,
                bufsize=0,
                pass_fds=handed,
            )
        except OSError as error:
            remedy = "Set ffmpeg: bundled in config.yaml, or name a program that runs here"
            raise ToolError(f"ffmpeg does not start ({error})", where=command[0], remedy=remedy) from error
        finally:
            # Only then does a pipe end when the child does.
            for number in handed:
                os.close(number)
        try:
            yield Run(job, process, messages, Progress(process))
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout:
                process.stdout.close()
