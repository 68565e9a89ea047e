"""One file from Hugging Face through the SoccerNet package, resumed from a part file.

huggingface_hub throws partial files away when it fails, and returns as if all were well when the host cannot
be reached or refuses. It lets a program bring its own HTTP client, so ours keeps the bytes, continues them,
and notes what the server said. This module is imported only where the extra is installed.
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from huggingface_hub import constants, set_client_factory
from huggingface_hub.errors import HfHubHTTPError
from SoccerNet.Downloader import SoccerNetDownloader

from matchreel.provenance import file_sha256
from matchreel.soccernet.partfile import PartFile
from matchreel.soccernet.problems import RefusedError, TransientError, how_to_get_access, redacted

# huggingface_hub asks some questions without any limit: a host that answers nothing would hang the step.
_LONGEST_SILENCE_SECONDS = 60.0
_LONGEST_REASON = 200
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_DISK_ERRORS = frozenset({errno.EPERM, errno.EACCES, errno.ENOSPC, errno.EROFS, errno.EDQUOT})


@dataclass
class Journal:
    """What the server said, since the package may keep it to itself."""

    refusal: tuple[int, str] | None = None  # status and URL path of the last answer that was an error
    silence: str | None = None  # why the last request got no answer
    listed: bool = False  # the repository's list of files arrived
    sha256: str | None = None  # of the file, where the server knows it
    stop: threading.Event = field(default_factory=threading.Event)

    def note(self, response: httpx2.Response) -> None:
        """Take down an answer."""
        path = response.request.url.path
        self.silence = None
        self.refusal = (response.status_code, path) if response.status_code >= 400 else None
        self.listed |= "/tree/" in path and response.status_code == 200
        if match := _SHA256.fullmatch(response.headers.get("x-linked-etag", "")):
            self.sha256 = match[1]

    def problem(self, error: Exception | None, repository_page: str) -> Exception:
        """Why there is no file."""
        if isinstance(error, TransientError):
            return error
        if self.refusal and self.refusal[0] in (401, 403):
            what = f"Hugging Face refused access (HTTP {self.refusal[0]})"
            return RefusedError(
                what, f"{how_to_get_access('HuggingFace')}; the terms are at {repository_page}"
            )
        if self.refusal and self.refusal[0] == 404:
            return RefusedError(
                f"Hugging Face has no {self.refusal[1]} (HTTP 404)", "Check soccernet_path in games.tsv"
            )
        if self.refusal:
            return TransientError(f"Hugging Face answered HTTP {self.refusal[0]}")
        if self.silence:
            return TransientError(f"Hugging Face cannot be reached ({self.silence})")
        if self.listed and error is None:
            what = "this file is not in SoccerNet's repository"
            return RefusedError(what, "Check soccernet_path in games.tsv, and the resolution")
        reason = redacted(str(error or "no reason was given"))[:_LONGEST_REASON]
        return TransientError(f"the download failed ({reason})")


class ResumingClient(httpx2.Client):
    """The client that huggingface_hub uses: file contents go through the part file."""

    def __init__(self, part: PartFile, journal: Journal) -> None:
        super().__init__(follow_redirects=True, timeout=_LONGEST_SILENCE_SECONDS)
        self._part, self._journal = part, journal

    def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """Send, note the answer, and put the bytes held before those of the server."""
        if self._journal.stop.is_set():
            raise _StoppedError
        limits = request.extensions.get("timeout") or {}
        request.extensions = {
            **request.extensions,
            "timeout": {
                key: limits.get(key) or _LONGEST_SILENCE_SECONDS
                for key in ("connect", "read", "write", "pool")
            },
        }
        holds_file = request.method == "GET" and "/api/" not in request.url.path
        if holds_file and options.get("stream"):
            return self._resumed(request, options)
        return self._noted(request, options)

    def _noted(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        try:
            response = super().send(request, **options)
        except httpx2.TransportError as error:
            self._journal.silence = redacted(str(error)) or type(error).__name__
            raise
        self._journal.note(response)
        return response

    def _resumed(self, request: httpx2.Request, options: dict[str, Any]) -> httpx2.Response:
        part, wanted_byte = self._part, _start_byte(request)
        if wanted_byte > part.num_bytes:
            return self._noted(request, options)
        if part.is_whole:
            return self._answer(request, wanted_byte, None)
        request.headers.pop("Range", None)
        request.headers.update({"Accept-Encoding": "identity", **part.range_headers()})
        response = self._noted(request, options)
        if response.status_code == 416:
            part.discard()
        if response.status_code not in (200, 206):
            return response
        continues = part.accept(response.status_code, response.headers)
        if part.total_bytes is None:
            return response
        return self._answer(request, wanted_byte if continues else 0, response)

    def _answer(
        self, request: httpx2.Request, start_byte: int, response: httpx2.Response | None
    ) -> httpx2.Response:
        """The answer as if the server had held its bytes and ours from start_byte on."""
        total = self._part.total_bytes or 0
        headers = {"content-length": str(total - start_byte)}
        if start_byte:
            headers["content-range"] = f"bytes {start_byte}-{total - 1}/{total}"
        stream = _JoinedStream(self._part, start_byte, response, self._journal)
        status = 206 if start_byte else 200
        return httpx2.Response(status, headers=headers, stream=stream, request=request)


class _StoppedError(Exception):
    """The step was told to stop."""


_EXPECTED_ERRORS = (
    *(OSError, ValueError, RuntimeError, httpx2.HTTPError, HfHubHTTPError),
    *(TransientError, _StoppedError),
)


class _JoinedStream(httpx2.SyncByteStream):
    def __init__(
        self, part: PartFile, start_byte: int, response: httpx2.Response | None, journal: Journal
    ) -> None:
        self._part, self._start_byte, self._response, self._journal = part, start_byte, response, journal

    def __iter__(self) -> Iterator[bytes]:
        yield from self._part.read_from(self._start_byte)
        if self._response is None:
            return
        try:
            for block in self._response.iter_raw():
                self._part.append(block)
                yield block
                if self._journal.stop.is_set():
                    raise _StoppedError
        except httpx2.TransportError as error:
            self._journal.silence = f"it broke off after {self._part.progress()}: {redacted(str(error))}"
            raise

    def close(self) -> None:
        self._part.close()
        if self._response is not None:
            self._response.close()


def fetch_from_hub(
    *, soccernet_path: str, file_name: str, is_challenge: bool, holding_dir: Path, part: PartFile
) -> Path:
    """Fetch one file below holding_dir and return its path.

    Raises TransientError or RefusedError; OSError where the disk is full or refuses.
    """
    for name in ("huggingface_hub", "httpx2", "httpcore2"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if constants.is_offline_mode():
        raise RefusedError("HF_HUB_OFFLINE forbids downloads", "Unset it, or fetch the file elsewhere")
    journal = Journal()
    set_client_factory(lambda: ResumingClient(part, journal))
    downloader = SoccerNetDownloader(str(holding_dir))
    split = "challenge" if is_challenge else "train"
    error = _in_a_thread(
        lambda: downloader.downloadGame(soccernet_path, [file_name], spl=split, source="HuggingFace"), journal
    )
    path = holding_dir / soccernet_path / file_name
    if not path.is_file():
        if part.is_whole:  # and yet the package did not want it
            part.discard()
        raise journal.problem(error, _repository_page(file_name, is_challenge))
    if journal.sha256 and file_sha256(path) != journal.sha256:
        part.discard()
        path.unlink()
        raise TransientError("what arrived is not what the server holds (its checksum differs)")
    return path


def _in_a_thread(call: Callable[[], None], journal: Journal) -> Exception | None:
    """Run the package's call aside and return its error, so that a signal can stop it between two blocks."""
    errors: list[Exception] = []

    def work() -> None:
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                call()
        except _EXPECTED_ERRORS as error:
            errors.append(error)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(0.2)
    except BaseException:
        journal.stop.set()
        worker.join(_LONGEST_SILENCE_SECONDS)
        raise
    error = errors[0] if errors else None
    if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
        raise error
    return error


def _repository_page(file_name: str, is_challenge: bool) -> str:
    if file_name.startswith("Labels"):
        return "https://huggingface.co/datasets/SoccerNet/SN-Labels"
    return f"https://huggingface.co/datasets/SoccerNet/SoccerNet_raw_HQ{'_Challenge' if is_challenge else ''}"


def _start_byte(request: httpx2.Request) -> int:
    match = re.match(r"bytes=(\d+)-", request.headers.get("Range", ""))
    return int(match[1]) if match else 0
