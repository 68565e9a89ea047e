"""The two download steps: fetch into a holding folder beside the target, verify, then rename."""

from __future__ import annotations

import importlib.util
import logging
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from matchreel.errors import InputError, OutputError, ToolError
from matchreel.events import load_events
from matchreel.media.probe import probe_file
from matchreel.soccernet.partfile import PartFile
from matchreel.soccernet.problems import RefusedError, TransientError, redacted, required_secret, secret_of
from matchreel.soccernet.sizes import free_bytes, part_bytes

log = logging.getLogger("matchreel.soccernet")

LABELS_NAME = "Labels-v2.json"
_FIRST_WAIT_SECONDS = 2.0
_WAIT_GROWTH = 4.0
_LONGEST_WAIT_SECONDS = 600.0


def download_labels(*, soccernet_path: str, labels_path: Path, source: str, attempts: int) -> None:
    """Fetch one game's Labels-v2.json. source is HuggingFace or EXRCSDrive; labels need no secret.

    Raises InputError (refused, not there, no labels), ToolError (given up after all attempts).
    """

    def check(path: Path) -> None:
        _refuse_page(path)
        load_events(path, part="1")

    _fetch_verified(soccernet_path, LABELS_NAME, labels_path, source, attempts, check, secret_of(source))


def download_game(
    *,
    soccernet_path: str,
    part: str,
    video_path: Path,
    source: str,
    resolution: str,
    attempts: int,
    min_part_minutes: float,
) -> None:
    """Fetch one part ("1" or "2") of one game as <part>_<resolution>.mkv, resolution 224p or 720p.

    A video that cannot be opened, or is shorter than min_part_minutes, never becomes video_path.
    The secret comes from HF_TOKEN or SOCCERNET_PASSWORD. Raises as download_labels does.
    """
    secret = required_secret(source, video_path)
    _check_space(video_path, resolution)

    def check(path: Path) -> None:
        _refuse_page(path)
        minutes = probe_file(path, game=video_path.parent.name, part=part).duration_seconds / 60
        if minutes < min_part_minutes:
            raise InputError(
                f"it lasts {minutes:.1f} minutes, less than download.min_part_minutes ({min_part_minutes:g})",
                where=video_path,
                remedy="If this part really is that short, lower download.min_part_minutes in the config",
            )

    file_name = f"{part}_{resolution}.mkv"
    _fetch_verified(soccernet_path, file_name, video_path, source, attempts, check, secret)


def with_attempts(
    fetch: Callable[[], Path], *, attempts: int, where: object, wait: Callable[[float], None] = time.sleep
) -> Path:
    """The result of fetch, tried again after TransientError with growing pauses (2, 8, 32 s ...)."""
    for attempt in range(1, attempts + 1):
        try:
            return fetch()
        except TransientError as error:
            problem = redacted(str(error))
        if attempt < attempts:
            seconds = min(_FIRST_WAIT_SECONDS * _WAIT_GROWTH ** (attempt - 1), _LONGEST_WAIT_SECONDS)
            log.info("%s: %s; attempt %d of %d in %.0f s", where, problem, attempt + 1, attempts, seconds)
            wait(seconds)
    raise ToolError(
        f"{problem}, in {attempts} attempt(s)",
        where=where,
        remedy="Run the same command again later: what arrived is kept where it can be continued",
    )


def _fetch_verified(
    soccernet_path: str,
    file_name: str,
    target_path: Path,
    source: str,
    attempts: int,
    check: Callable[[Path], None],
    secret: str | None,
) -> None:
    _check_installed(target_path)
    holding_dir = target_path.parent / f".{target_path.name}.download"

    def fetch_once() -> Path:
        with PartFile(holding_dir / f"{file_name}.part") as part:
            path = _fetch(soccernet_path, file_name, source, holding_dir, part, secret)
            try:
                check(path)
            except InputError as error:
                part.discard()
                raise InputError(
                    f"what SoccerNet's host sent cannot be used: {error.what}",
                    where=target_path,
                    remedy="Ask SoccerNet about this file, or take the game out of games.tsv",
                ) from None
            except TransientError:
                part.discard()
                path.unlink()
                raise
        return path

    try:
        path = with_attempts(fetch_once, attempts=attempts, where=target_path)
        path.replace(target_path)
    except RefusedError as error:
        raise InputError(redacted(error.what), where=target_path, remedy=error.remedy) from None
    finally:
        # Bytes that can be continued stay; a whole file, or one that was refused, leaves nothing behind.
        if target_path.exists() or not any(holding_dir.glob("*.part")):
            shutil.rmtree(holding_dir, ignore_errors=True)


def _fetch(
    soccernet_path: str, file_name: str, source: str, holding_dir: Path, part: PartFile, secret: str | None
) -> Path:
    from SoccerNet.utils import getListGames

    # What the package left of a run that was killed: it never reads it again.
    shutil.rmtree(holding_dir / ".cache", ignore_errors=True)
    is_challenge = soccernet_path in getListGames("challenge")
    if source == "EXRCSDrive":
        from matchreel.soccernet.drive import fetch_from_drive

        return fetch_from_drive(
            soccernet_path=soccernet_path,
            file_name=file_name,
            is_challenge=is_challenge,
            holding_dir=holding_dir,
            part=part,
            password=secret,
        )
    # Read when huggingface_hub is first imported. Its other protocol (Xet) cannot be continued after a kill.
    os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
    os.environ.update(HF_HUB_DISABLE_PROGRESS_BARS="1", HF_HUB_DISABLE_TELEMETRY="1")
    from matchreel.soccernet.hub import fetch_from_hub

    return fetch_from_hub(
        soccernet_path=soccernet_path,
        file_name=file_name,
        is_challenge=is_challenge,
        holding_dir=holding_dir,
        part=part,
    )


def _check_installed(where: object) -> None:
    if importlib.util.find_spec("SoccerNet") is None:
        raise InputError(
            "the SoccerNet package is not installed",
            where=where,
            remedy="Run `make soccernet`, or `pip install .[soccernet]`",
        )


def _check_space(video_path: Path, resolution: str) -> None:
    free, needed = free_bytes(video_path.parent), part_bytes(resolution)
    if free < needed:
        raise OutputError(
            f"about {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free",
            where=video_path.parent,
            remedy="Free some space and run the same command again",
        )


def _refuse_page(path: Path) -> None:
    """TransientError where an error page came in place of the file."""
    with path.open("rb") as stream:
        start = stream.read(512).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise TransientError("the server sent an empty file")
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise TransientError("the server sent a web page in place of the file")
