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
import signal
import sys
import time
import types
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matchreel.errors import MatchreelError, from_memory_error, from_os_error
from matchreel.manifests import Manifest

EXIT_USER_ERROR = 2
EXIT_TERMINATED = 128 + signal.SIGTERM
# Set to "warning" where another program shows what steps do: they then write less to the console.
CONSOLE_VARIABLE = "MATCHREEL_CONSOLE"

log = logging.getLogger("matchreel")


def run_step(function: Callable[..., object], arguments: Sequence[str] | None = None) -> None:
    """Parse arguments for `function`, call it, and exit: 0, 2 with one line on stderr, or 143 on SIGTERM."""
    name = function.__name__
    options = _parser(function).parse_args(arguments)
    _start_logging(options.log)
    signal.signal(signal.SIGTERM, _stop)
    started = time.monotonic()
    try:
        keywords = _keywords(function, options)
        manifest = Manifest(options.log, keywords)
        function(**keywords)
        manifest.write(name)
    except MatchreelError as error:
        _fail(name, error)
    except OSError as error:
        _fail(name, from_os_error(error))
    except MemoryError:
        _fail(name, from_memory_error(name))
    except KeyboardInterrupt:
        log.error("%s: stopped; run the same command again to go on", name)
        sys.exit(128 + signal.SIGINT)
    log.info("%s: done in %.1f s", name, time.monotonic() - started)


def _fail(name: str, error: MatchreelError) -> typing.NoReturn:
    log.error("%s: %s", name, error)
    sys.exit(EXIT_USER_ERROR)


def _stop(_signal: int, _frame: types.FrameType | None) -> None:
    # SystemExit unwinds through every `finally`, so temporary files go and child processes are ended.
    sys.exit(EXIT_TERMINATED)


def _start_logging(log_path: Path | None) -> None:
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING if os.environ.get(CONSOLE_VARIABLE) == "warning" else logging.INFO)
    console.setFormatter(logging.Formatter("%(message)s"))
    handlers: list[logging.Handler] = [console]
    if log_path:
        log_path.parent.mkdir(parents=True, exist_ok=True)
        to_file = logging.FileHandler(log_path, mode="w", encoding="utf-8")
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
