"""The one error users see: what is wrong, where, and what to do next, on one line."""

from __future__ import annotations

import errno


class MatchreelError(Exception):
    """A problem the user can solve.

    what: one sentence without a full stop. where: file, key or game it concerns.
    remedy: what to do next, one sentence without a full stop.
    """

    def __init__(self, what: str, *, where: object, remedy: str) -> None:
        self.what, self.where, self.remedy = what, str(where), remedy
        super().__init__(" ".join(f"{where}: {what}. {remedy}.".split()))


class ConfigError(MatchreelError):
    """config.yaml or games.tsv does not hold what it should."""


class InputError(MatchreelError):
    """A recording, label file or checkpoint cannot be used as it is."""


class ToolError(MatchreelError):
    """An external tool (ffmpeg, a download) failed; the message holds its last lines."""


class OutputError(MatchreelError):
    """A result could not be written, or was wrong when checked after writing."""


def from_os_error(error: OSError) -> MatchreelError:
    """The one-line form of an operating-system error."""
    where = error.filename or "this machine"
    if error.errno == errno.ENOSPC:
        return OutputError(
            "no space left on the disk", where=where, remedy="Free some space and run the same command again"
        )
    if isinstance(error, FileNotFoundError):
        return InputError("the file does not exist", where=where, remedy="Check the path and run again")
    if isinstance(error, PermissionError):
        return InputError("access is refused", where=where, remedy="Check the owner and rights of the file")
    return InputError(
        error.strerror or str(error), where=where, remedy="Solve this and run the same command again"
    )


def from_memory_error(step: str) -> MatchreelError:
    """The one-line form of running out of memory."""
    return OutputError(
        "ran out of memory",
        where=step,
        remedy="Run fewer jobs at once (--cores), or give the step more memory (mem_mb)",
    )
