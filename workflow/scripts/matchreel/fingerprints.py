"""What tells one given file from another without its date: size, and a checksum of head, middle and tail.

Snakemake compares dates first, so a file that is replaced by an older one (`cp -p`) looks unchanged to it.
The rules pass fingerprints as params. The same file gives the same text, wherever it is, whatever its date.
"""

from __future__ import annotations

import hashlib
import stat
from functools import lru_cache
from pathlib import Path

# A file up to this size is read whole: labels and edits may change by one letter in the middle.
WHOLE_BYTES = 1_000_000
# Of a larger one three blocks are read: containers keep their tables in the head or the tail.
BLOCK_BYTES = 65_536


def fingerprint(path: Path) -> str:
    """Size in bytes and 16 hex digits, or "" where there is no file that can be read."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return ""
        return _fingerprint(path, facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns)
    except OSError:
        return ""


# Several rules read each recording. A file that changes while Snakemake runs has another key.
@lru_cache(maxsize=65_536)
def _fingerprint(path: Path, _inode: int, num_bytes: int, _mtime_ns: int, _ctime_ns: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        if num_bytes <= WHOLE_BYTES:
            digest.update(stream.read())
        else:
            for at in (0, (num_bytes - BLOCK_BYTES) // 2, num_bytes - BLOCK_BYTES):
                stream.seek(at)
                digest.update(stream.read(BLOCK_BYTES))
    return f"{num_bytes} {digest.hexdigest()[:16]}"
