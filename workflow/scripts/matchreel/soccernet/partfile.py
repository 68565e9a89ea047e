"""A download that is not whole yet: its bytes, and what tells whether the server has the same file still."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from matchreel.provenance import write_json
from matchreel.soccernet.problems import TransientError

log = logging.getLogger("matchreel.soccernet")

BLOCK_BYTES = 1 << 18
_SECONDS_BETWEEN_LINES = 30.0
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")


class PartFile:
    """`<name>.part` and beside it `<name>.part.json` with the server's ETag and the whole file's size.

    The bytes are kept from run to run, and continued only where the server says they are still the same
    file: it must give a strong ETag and honour Range with If-Range. Otherwise the download starts anew.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._facts_path = path, path.with_name(path.name + ".json")
        path.parent.mkdir(parents=True, exist_ok=True)
        self.etag, self.total_bytes = self._read_facts()
        self._stream: BinaryIO | None = None
        self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __enter__(self) -> PartFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def num_bytes(self) -> int:
        """Bytes held now."""
        if self._stream:
            self._stream.flush()
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def is_whole(self) -> bool:
        """Whether every byte is held."""
        return self.total_bytes is not None and self.num_bytes == self.total_bytes

    def range_headers(self) -> dict[str, str]:
        """The request headers that ask for the rest; none where the download must start anew."""
        if not self.num_bytes or not self.etag:
            return {}
        return {"Range": f"bytes={self.num_bytes}-", "If-Range": self.etag}

    def accept(self, status: int, headers: Mapping[str, str]) -> bool:
        """Get ready for the body of a 200 or 206; True where it continues the bytes held.

        headers are looked up by lower-case names. Raises TransientError where the answer fits neither.
        """
        match = _CONTENT_RANGE.match(headers.get("content-range") or "")
        if status == 206 and match and (int(match[1]), int(match[2])) == (self.num_bytes, self.total_bytes):
            return True
        self.discard()
        if (headers.get("content-type") or "").startswith("text/html"):
            raise TransientError("the server sent a web page in place of the file")
        if status == 206:
            raise TransientError("the server sent another piece than the one asked for")
        etag, length = headers.get("etag") or "", headers.get("content-length")
        self.etag = None if etag.startswith("W/") or not etag else etag
        self.total_bytes = int(length) if length and length.isdigit() else None
        write_json(self._facts_path, {"etag": self.etag, "total_bytes": self.total_bytes})
        return False

    def append(self, block: bytes) -> None:
        """Add the next bytes."""
        if self._stream is None:
            self._stream = self.path.open("ab")
        self._stream.write(block)
        if time.monotonic() > self._next_line:
            self._next_line = time.monotonic() + _SECONDS_BETWEEN_LINES
            log.info("%s: %s", self.path.stem, self.progress())

    def progress(self) -> str:
        """How far it is, in words."""
        whole = f" of {self.total_bytes / 1e6:.1f}" if self.total_bytes else ""
        return f"{self.num_bytes / 1e6:.1f}{whole} MB"

    def read_from(self, start_byte: int) -> Iterator[bytes]:
        """Blocks of the bytes held at the moment of the call."""
        left = self.num_bytes - start_byte
        if left <= 0:
            return
        with self.path.open("rb") as stream:
            stream.seek(start_byte)
            while left > 0 and (block := stream.read(min(BLOCK_BYTES, left))):
                left -= len(block)
                yield block

    def close(self) -> None:
        """Flush and close; the bytes stay."""
        if self._stream:
            self._stream.close()
        self._stream = None

    def discard(self) -> None:
        """Forget all bytes: they are of another file, or no video."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._facts_path.unlink(missing_ok=True)
        self.etag, self.total_bytes = None, None

    def _read_facts(self) -> tuple[str | None, int | None]:
        try:
            facts = json.loads(self._facts_path.read_text(encoding="utf-8"))
            return facts["etag"], facts["total_bytes"]
        except (OSError, ValueError, KeyError, TypeError):
            self.path.unlink(missing_ok=True)
            return None, None
