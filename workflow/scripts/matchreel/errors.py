"""The one error users see: what is wrong, where, and what to do next, on one line."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable
from pathlib import Path

_LONGEST = 600
_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
# How allocators say it, other than by MemoryError: torch's, OpenCV's, C++'s, ffmpeg's.
_MEMORY_WORDS = ("allocate memory", "out of memory", "bad_alloc", "insufficient memory", "not enough memory")


REMAKE = "Delete it and run the same command again to make it anew"


class MatchreelError(Exception):
    """A problem the user can solve.

    what: one sentence without a full stop. where: file, key or game it concerns.
    remedy: what to do next, one sentence without a full stop.
    """

    def __init__(self, what: str, *, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = _shown(what), _shown(str(where)), remedy
        super().__init__(" ".join(f"{self.where}: {self.what}. {remedy}.".split()))


def _shown(text: str) -> str:
    """Text as any terminal and log shows it: control signs escaped, the middle of long ones left out."""
    plain = "".join(sign if sign.isprintable() or sign.isspace() else ascii(sign)[1:-1] for sign in text)
    if len(plain) <= _LONGEST:
        return plain
    return f"{plain[: _LONGEST // 2]} ... {plain[-_LONGEST // 2 :]}"


class ConfigError(MatchreelError):
    """config.yaml or games.tsv does not hold what it should."""


class InputError(MatchreelError):
    """A recording, label file or checkpoint cannot be used as it is."""


class DamagedError(InputError):
    """A file that a step wrote is not what that step wrote.

    path: that file. aside: what has to go so that it is made anew, if that is more than the file: its folder.
    """

    def __init__(self, what: str, *, path: Path, aside: Path | None = None, remedy: str = REMAKE) -> None:
        self.path, self.aside = path, aside or path
        super().__init__(what, where=path, remedy=remedy)


class ToolError(MatchreelError):
    """An external tool (ffmpeg, a download) failed; the message holds its last lines."""


class OutputError(MatchreelError):
    """A result could not be written, or was wrong when checked after writing."""


class DiskFullError(OutputError):
    """No space is left where something was to be written."""

    def __init__(self, *, where: object, disk: str = "") -> None:
        self.disk = disk
        what = "no space left on the disk" + (f" {disk}" if disk else "")
        super().__init__(what, where=where, remedy="Free some space and run the same command again")


class MemoryFullError(OutputError):
    """There was not enough memory, or the system ended a program to have some back."""

    def __init__(self, what: str, *, where: object) -> None:
        remedy = (
            "Run fewer jobs at once (--cores), give the step more memory (mem_mb in its rule), or, where a"
            " model is trained, lower its micro_batch_size in the config"
        )
        super().__init__(what, where=where, remedy=remedy)


def from_os_error(error: OSError) -> MatchreelError:
    """The one-line form of an operating-system error."""
    where = error.filename or "this machine"
    if error.errno in _DISK_FULL:
        return DiskFullError(where=where)
    if error.errno == errno.ENOMEM:
        return from_memory_error(where)
    if error.errno == errno.EROFS:
        return OutputError(
            "this can only be read, not written",
            where=where,
            remedy="Mount it for writing, or run in a folder that can be written",
        )
    if isinstance(error, FileNotFoundError):
        return InputError("the file does not exist", where=where, remedy="Check the path and run again")
    if isinstance(error, PermissionError):
        return InputError("access is refused", where=where, remedy="Check the owner and rights of the file")
    return InputError(
        error.strerror or str(error), where=where, remedy="Solve this and run the same command again"
    )


def from_memory_error(where: object) -> MatchreelError:
    """The one-line form of running out of memory."""
    return MemoryFullError("ran out of memory", where=where)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of any library means that memory ran out: torch and OpenCV have kinds of their own."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(words in said for words in _MEMORY_WORDS)


def fullest_disk(places: Iterable[Path]) -> str:
    """The disk with the least free space of those that hold these paths: "/mnt (0.1 of 8.0 MB free)"."""
    found = list[tuple[int, int, Path]]()
    for place in places:
        folder = next((held for held in (place, *place.absolute().parents) if held.is_dir()), None)
        if folder is not None:
            usage = shutil.disk_usage(folder)
            found.append((usage.free, usage.total, _mount_of(folder.resolve())))
    if not found:
        return ""
    free, total, mount = min(found)
    return f"{mount} ({free / 1e6:.1f} of {total / 1e6:.1f} MB free)"


def _mount_of(folder: Path) -> Path:
    return next(held for held in (folder, *folder.parents) if held.is_mount())
