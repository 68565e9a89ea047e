"""A small stand-in for the two hosts of SoccerNet, on 127.0.0.1: the parts of their protocols that are used.

Hugging Face: revision, tree, HEAD and GET of a file, with ETag, Range and If-Range. The older drive: GET with
Basic authentication. `faults` holds what goes wrong, consumed one a request for the file's content.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class HubServer(ThreadingHTTPServer):
    """files: path -> bytes. token and password: what is accepted, None for anything.

    faults: ("drop", n) sends n bytes and hangs up; ("stall", n) sends n bytes and waits; ("status", code);
    ("page", html) answers 200 with a page; ("no-range", 0) ignores Range; ("cut", n) claims n bytes only.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.token: str | None = None
        self.password: str | None = None
        self.faults: list[tuple[str, object]] = []
        self.api_status = 200
        self.requests: list[tuple[str, str, str | None]] = []  # method, path, Range
        self.stalled, self.release = threading.Event(), threading.Event()
        self.num_content_bytes = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def content_ranges(self) -> list[str | None]:
        """The Range of every GET of a file's content."""
        return [range_ for method, path, range_ in self.requests if method == "GET" and "/api/" not in path]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hung up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_GET(self) -> None:
        self._serve()

    def _serve(self) -> None:
        path = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        self.server.requests.append((self.command, path, self.headers.get("Range")))
        if not self._is_allowed(path):
            return self._json(401, {"error": "Invalid credentials"})
        if path.startswith("/api/"):
            return self._api(path)
        name = path.split(f"/resolve/{COMMIT}/")[-1] if "/resolve/" in path else path.split("/webdav/")[-1]
        name = name.removeprefix("video_224p/")
        if name not in self.server.files:
            return self._json(404, {"error": "no such file"}, {"X-Error-Code": "EntryNotFound"})
        return self._content(self.server.files[name])

    def _is_allowed(self, path: str) -> bool:
        given = self.headers.get("Authorization", "")
        if "/webdav/" in path:
            password = self.server.password
            return password is None or base64.b64decode(given[6:]).decode().split(":")[1] == password
        return self.server.token is None or given == f"Bearer {self.server.token}"

    def _api(self, path: str) -> None:
        if self.server.api_status != 200:
            return self._json(self.server.api_status, {"error": "trouble"})
        if "/revision/" in path:
            return self._json(200, {"id": "SoccerNet/any", "sha": COMMIT, "siblings": [], "tags": []})
        listing = [
            {
                "type": "file",
                "path": name,
                "size": len(held),
                "oid": hashlib.sha1(held).hexdigest(),
                "lfs": {"oid": hashlib.sha256(held).hexdigest(), "size": len(held), "pointerSize": 130},
            }
            for name, held in self.server.files.items()
        ]
        return self._json(200, listing)

    def _content(self, held: bytes) -> None:
        digest = hashlib.sha256(held).hexdigest()
        headers = {
            "ETag": f'"{digest}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
            "Content-Type": "video/x-matroska",
        }
        if "/resolve/" in self.path:
            headers |= {"X-Linked-Etag": f'"{digest}"', "X-Linked-Size": str(len(held))}
        if self.command == "HEAD":
            return self._send(200, headers | {"Content-Length": str(len(held))}, b"")
        kind, value = self.server.faults.pop(0) if self.server.faults else ("", 0)
        if kind == "status":
            return self._json(int(value), {"error": "trouble"})
        if kind == "page":
            page = str(value).encode()
            return self._send(200, {"Content-Type": "text/html", "Content-Length": str(len(page))}, page)
        start = self._start(f'"{digest}"') if kind != "no-range" else 0
        body = held[start:]
        if kind == "cut":
            body = body[: int(value)]
        headers["Content-Length"] = str(len(body))
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(held) - 1}/{len(held)}"
        return self._send(206 if start else 200, headers, body, kind, int(value) if kind else 0)

    def _start(self, etag: str) -> int:
        asked = self.headers.get("Range")
        if not asked or self.headers.get("If-Range", etag) != etag:
            return 0
        return int(asked.removeprefix("bytes=").rstrip("-"))

    def _send(self, status: int, headers: dict[str, str], body: bytes, kind: str = "", at: int = 0) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        piece = body[:at] if kind in ("drop", "stall") else body
        self.wfile.write(piece)
        self.wfile.flush()
        self.server.num_content_bytes += len(piece)
        if kind == "stall":
            self.server.stalled.set()
            self.server.release.wait(30)
        if kind in ("drop", "stall"):
            self.close_connection = True
            time.sleep(0.05)

    def _json(self, status: int, value: object, more: dict[str, str] | None = None) -> None:
        body = json.dumps(value).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(more or {})}
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def hub_server() -> Iterator[HubServer]:
    """A running server, stopped at the end."""
    server = HubServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join()
