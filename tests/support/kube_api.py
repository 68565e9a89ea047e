"""A stand-in for a Kubernetes API server: jobs are kept as they were described, and run as processes.

What it cannot show: pulling of images, scheduling by the requests, killing at the limits.
"""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

CONFIG = """apiVersion: v1
kind: Config
current-context: here
clusters: [{name: here, cluster: {server: "http://127.0.0.1:PORT"}}]
users: [{name: me, user: {}}]
contexts: [{name: here, context: {cluster: here, user: me}}]
"""


class KubeApi(ThreadingHTTPServer):
    """The server; `jobs` are the bodies posted, by name, `exits` how their processes ended."""

    daemon_threads = True

    def __init__(self, folder: Path, image_variables: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.image_variables = folder, image_variables
        self.jobs: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, str] = {}
        self.exits: dict[str, int] = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def write_config(self) -> Path:
        """The kubeconfig file that leads here."""
        path = self.folder / "kubeconfig"
        path.write_text(CONFIG.replace("PORT", str(self.server_port)), encoding="utf-8")
        return path

    def start(self, name: str, body: dict[str, Any]) -> None:
        """Run the job's container as a process, as the image would: its Python, an empty /workdir, its variables."""
        self.jobs[name] = body
        threading.Thread(target=self._run, args=(name, body), daemon=True).start()

    def _run(self, name: str, body: dict[str, Any]) -> None:
        (container,) = body["spec"]["template"]["spec"]["containers"]
        workdir = Path(tempfile.mkdtemp(prefix="pod-", dir=self.folder))
        secrets = {
            entry["name"]: self.secrets[entry["valueFrom"]["secretKeyRef"]["key"]]
            for entry in container["env"]
        }
        done = subprocess.run(
            [*container["command"], *container["args"]],
            cwd=workdir,
            env=self.image_variables | {"HOME": str(workdir)} | secrets,
            capture_output=True,
            text=True,
            check=False,
        )
        (self.folder / f"{name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
        self.exits[name] = done.returncode


class _Handler(BaseHTTPRequestHandler):
    server: KubeApi

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = body["metadata"]["name"]
        if self.path.endswith("/jobs"):
            self.server.start(name, body)
        else:
            self.server.secrets |= {
                key: base64.b64decode(value).decode() for key, value in body.get("data", {}).items()
            }
        self._answer(body)

    def do_GET(self) -> None:
        if "/pods" in self.path:
            self._answer({"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": []})
            return
        name = self.path.split("/jobs/")[1].split("/")[0]
        code = self.server.exits.get(name)
        status = {} if code is None else {"failed": 1} if code else {"succeeded": 1}
        self._answer({"kind": "Job", "metadata": {"name": name}, "status": status})

    def do_DELETE(self) -> None:
        self._answer({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"})

    def _answer(self, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""
