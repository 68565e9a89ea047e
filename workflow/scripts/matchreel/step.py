"""Run one step from the command line: arguments by the function's own names, one line on failure.

`run_step(slice_clips)` turns `--video-path a.mkv --settings '{"before_seconds": 10}'` into
`slice_clips(video_path=Path("a.mkv"), before_seconds=10)`. The keys of --settings are the config values
that the rule hands on, so they must be keyword parameters of the function.
"""

from __future__ import annotations

import argparse
import inspect
import json
import logging
import os
import resource
import signal
import sys
import tempfile
import time
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from matchreel.checksums import moved_aside
from matchreel.errors import (
    DamagedError,
    DiskFullError,
    MatchreelError,
    from_memory_error,
    from_os_error,
    fullest_disk,
    is_out_of_memory,
)
from matchreel.manifests import Manifest, results_dir

EXIT_USER_ERROR = 2
EXIT_TERMINATED = 128 + signal.SIGTERM
# Set to "warning" where another program shows what steps do: they then write less to the console.
CONSOLE_VARIABLE = "MATCHREEL_CONSOLE"

log = logging.getLogger("matchreel")


def run_step(function: Callable[..., object], arguments: Sequence[str] | None = None) -> None:
    """Parse arguments for `function`, call it, and exit: 0, 2 with one line on stderr, or 143 on SIGTERM."""
    name = function.__name__
    options = _parser(function).parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    started = time.monotonic()
    keywords = _keywords(function, options)
    try:
        _start_logging(options.log)
        manifest = Manifest(options.log, keywords)
        function(**keywords)
        manifest.write(function)
    except KeyboardInterrupt:
        log.error("%s: stopped; run the same command again to go on", name)
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        problem = _as_problem(error, name, keywords)
        if problem is None:
            raise
        if isinstance(problem, DamagedError):
            problem = moved_aside(problem, results_dir(options.log))
        log.error("%s: %s", name, problem)
        sys.exit(EXIT_USER_ERROR)
    log.info("%s: done in %.1f s", name, time.monotonic() - started)


def _as_problem(error: Exception, name: str, keywords: Mapping[str, Any]) -> MatchreelError | None:
    """What the user can solve about an error; None where it is a bug of ours."""
    if is_out_of_memory(error) and not isinstance(error, MatchreelError):
        return from_memory_error(f"at {_peak_megabytes():.0f} MB")
    problem = from_os_error(error) if isinstance(error, OSError) else error
    if isinstance(problem, DiskFullError):
        places = [Path(tempfile.gettempdir()), *_paths_in(keywords)]
        return DiskFullError(where=problem.where, disk=fullest_disk(places))
    return problem if isinstance(problem, MatchreelError) else None


def _peak_megabytes() -> float:
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _paths_in(keywords: Mapping[str, Any]) -> list[Path]:
    values = (value if isinstance(value, list) else [value] for value in keywords.values())
    return [value for row in values for value in row if isinstance(value, Path)]


def _stop(_signal: int, _frame: types.FrameType | None) -> None:
    # SystemExit unwinds through every `finally`, so temporary files go and child processes are ended.
    sys.exit(EXIT_TERMINATED)


class _LogFile(logging.FileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        # A disk too full for the log is told by the step itself, without a traceback for each line.
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def _start_logging(log_path: Path | None) -> None:
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING if os.environ.get(CONSOLE_VARIABLE) == "warning" else logging.INFO)
    console.setFormatter(logging.Formatter("%(message)s"))
    handlers: list[logging.Handler] = [console]
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    if log_path:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        to_file = _LogFile(log_path, mode="w", encoding="utf-8")
        to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        handlers.append(to_file)
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    logging.getLogger("matchreel").setLevel(logging.DEBUG)


def _parser(function: Callable[..., object]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=function.__name__, description=inspect.getdoc(function))
    parser.add_argument("--log", type=Path, help="write the full log to this file")
    parser.add_argument("--settings", type=json.loads, default={}, help="config values as JSON")
    for name, (kind, many) in _parameters(function).items():
        if kind in (Path, str, int, float):
            parser.add_argument(
                f"--{name.replace('_', '-')}", dest=f"arg_{name}", type=kind, nargs="*" if many else "?"
            )
    return parser


def _keywords(function: Callable[..., object], options: argparse.Namespace) -> dict[str, Any]:
    keywords = dict(options.settings)
    for name, (_kind, many) in _parameters(function).items():
        value = getattr(options, f"arg_{name}", None)
        if value is not None:
            keywords[name] = value
        elif name not in keywords and _is_optional(function, name):
            keywords[name] = [] if many else None
    return keywords


def _is_optional(function: Callable[..., object], name: str) -> bool:
    hint = typing.get_type_hints(function)[name]
    no_default = inspect.signature(function).parameters[name].default is inspect.Parameter.empty
    accepts_none = type(None) in typing.get_args(hint) or typing.get_origin(hint) is list
    return no_default and accepts_none


def _parameters(function: Callable[..., object]) -> dict[str, tuple[type | None, bool]]:
    """Parameter name -> (scalar type or None, whether a list of it)."""
    hints = typing.get_type_hints(function)
    return {name: _kind_of(hints[name]) for name in inspect.signature(function).parameters}


def _kind_of(hint: Any) -> tuple[type | None, bool]:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return _kind_of(args[0])[0], True
    if origin in (typing.Union, types.UnionType):
        return _kind_of(next(arg for arg in args if arg is not type(None)))
    return (hint, False) if isinstance(hint, type) else (None, False)
