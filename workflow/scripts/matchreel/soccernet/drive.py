"""One file from SoccerNet's older drive (deprecated, password) through the SoccerNet package, resumed.

The package names the file and the share; its own transfer hides the status, throws partial files away and
reports each download to an analytics host, so the subclass brings another. Imported only with the extra.
"""

from __future__ import annotations

import base64
import http.client
import os
import urllib.error
import urllib.request
import warnings
from pathlib import Path

from SoccerNet.Downloader import SoccerNetDownloader

from matchreel.soccernet.partfile import BLOCK_BYTES, PartFile
from matchreel.soccernet.problems import RefusedError, TransientError, how_to_get_access, redacted

_LONGEST_SILENCE_SECONDS = 60.0
# The address of a copy of the drive, in place of the one that the package knows.
SERVER_VARIABLE = "SOCCERNET_SERVER"


class ResumingDownloader(SoccerNetDownloader):  # type: ignore[misc]
    """The package's downloader with a transfer that keeps and continues partial files."""

    part: PartFile

    def downloadFile(  # noqa: N802 - the package's name
        self,
        path_local: str,
        path_owncloud: str,
        user: str | None = None,
        password: str | None = None,
        verbose: bool = True,
    ) -> int:
        """Fetch a URL into path_local; 0, the package's code for success."""
        request = urllib.request.Request(path_owncloud, headers=self.part.range_headers())
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        # Not sent on to another host by a redirect.
        request.add_unredirected_header("Authorization", f"Basic {credentials}")
        try:
            self._receive(request)
        except urllib.error.HTTPError as error:
            raise self._refusal(error.code) from None
        except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
            reason = redacted(str(getattr(error, "reason", error))) or type(error).__name__
            raise TransientError(f"SoccerNet's drive cannot be reached ({reason})") from None
        self.part.path.replace(path_local)
        return 0

    def _receive(self, request: urllib.request.Request) -> None:
        part = self.part
        if part.is_whole:
            return
        with urllib.request.urlopen(request, timeout=_LONGEST_SILENCE_SECONDS) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            part.accept(response.status, headers)
            while block := response.read1(BLOCK_BYTES):
                part.append(block)
        part.close()
        if part.total_bytes is not None and not part.is_whole:
            raise TransientError(f"the connection broke off after {part.progress()}")

    def _refusal(self, status: int) -> Exception:
        if status in (401, 403):
            what = f"SoccerNet's drive refused the password (HTTP {status})"
            return RefusedError(what, how_to_get_access("EXRCSDrive"))
        if status == 404:
            what = "SoccerNet's drive has no such file (HTTP 404)"
            return RefusedError(what, "Check soccernet_path in games.tsv, and the resolution")
        if status == 416:
            self.part.discard()
        return TransientError(f"SoccerNet's drive answered HTTP {status}")


def fetch_from_drive(
    *,
    soccernet_path: str,
    file_name: str,
    is_challenge: bool,
    holding_dir: Path,
    part: PartFile,
    password: str | None,
) -> Path:
    """Fetch one file below holding_dir and return its path. password: None for labels, which need none.

    Raises TransientError or RefusedError; OSError where the disk is full or refuses.
    """
    server = os.environ.get(SERVER_VARIABLE)
    downloader = ResumingDownloader(str(holding_dir), *([server] if server else []))
    downloader.part, downloader.password = part, password
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        split = "challenge" if is_challenge else "train"
        downloader.downloadGame(soccernet_path, [file_name], spl=split, source="EXRCSDrive")
    path = holding_dir / soccernet_path / file_name
    if not path.is_file():
        raise RefusedError("SoccerNet's drive does not offer this file", "Set download.source to HuggingFace")
    return path
