"""Weights come whole, checked and resumed, or not at all. A local server stands for the network."""

from __future__ import annotations

import hashlib
import http.server
import threading
from contextlib import contextmanager

import pytest

from matchreel import weights
from matchreel.errors import ConfigError, InputError, ToolError
from matchreel.weights import default_weights, download_weights, sha256_prefix, torchvision_name

CONTENT = bytes(range(256)) * 4000
NAME = f"resnet18-{hashlib.sha256(CONTENT).hexdigest()[:8]}.pth"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves CONTENT; per-server facts steer what goes wrong."""

    def do_GET(self):
        facts = self.server.facts
        facts["ranges"].append(self.headers.get("Range"))
        if facts["status"] != 200:
            self.send_error(facts["status"])
            return
        first = 0
        if (wanted := self.headers.get("Range")) and facts["resumes"]:
            first = int(wanted.removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        end = len(CONTENT)
        if facts["drops"]:
            facts["drops"] -= 1
            end = first + (end - first) // 2
        self.wfile.write(CONTENT[first:end])

    def log_message(self, *_):
        pass


@contextmanager
def serving(**facts):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.facts = {"status": 200, "drops": 0, "resumes": True, "ranges": [], **facts}
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.facts
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(weights.time, "sleep", lambda _: None)


def fetch(tmp_path, url, attempts=3):
    path = tmp_path / "weights" / "resnet18.pth"
    download_weights(backbone="resnet18", weights_path=path, url=url, attempts=attempts)
    return path


@pytest.mark.parametrize("resumes", [True, False])
@pytest.mark.parametrize("drops", [0, 1, 2])
def test_the_file_arrives_whole(tmp_path, resumes, drops):
    with serving(drops=drops, resumes=resumes) as (address, facts):
        path = fetch(tmp_path, f"{address}/{NAME}")
    assert path.read_bytes() == CONTENT
    assert [item.name for item in path.parent.iterdir()] == ["resnet18.pth"]
    assert facts["ranges"][0] is None and len(facts["ranges"]) == drops + 1
    if drops:
        assert facts["ranges"][1] == f"bytes={len(CONTENT) // 2}-"


def test_a_second_run_goes_on_where_the_first_gave_up(tmp_path):
    with serving(drops=1) as (address, facts):
        with pytest.raises(ToolError, match="could not be downloaded"):
            fetch(tmp_path, f"{address}/{NAME}", attempts=1)
        assert not (tmp_path / "weights/resnet18.pth").exists()
        assert fetch(tmp_path, f"{address}/{NAME}", attempts=1).read_bytes() == CONTENT
    assert facts["ranges"] == [None, f"bytes={len(CONTENT) // 2}-"]


@pytest.mark.parametrize("name", ["resnet18-00000000.pth", "resnet18.pth"])
def test_a_wrong_checksum_leaves_nothing(tmp_path, name):
    # Without a checksum in the mirror's name, torchvision's own counts.
    with serving() as (address, _), pytest.raises(InputError, match="SHA-256"):
        fetch(tmp_path, f"{address}/{name}")
    assert list((tmp_path / "weights").iterdir()) == []


@pytest.mark.parametrize(("status", "requests"), [(404, 1), (403, 1), (503, 3)])
def test_refusals_are_one_line(tmp_path, status, requests):
    with serving(status=status) as (address, facts):
        with pytest.raises(ToolError, match="could not be downloaded") as caught:
            fetch(tmp_path, f"{address}/{NAME}")
        assert len(facts["ranges"]) == requests
    assert "\n" not in str(caught.value) and NAME in str(caught.value)


def test_no_network_is_one_line(tmp_path):
    with pytest.raises(ToolError, match=r"could not be downloaded \(.*refused"):
        fetch(tmp_path, f"http://127.0.0.1:9/{NAME}", attempts=1)


def test_an_address_with_a_password_is_not_asked(tmp_path):
    with serving() as (address, facts), pytest.raises(ConfigError, match="password") as caught:
        fetch(tmp_path, address.replace("http://", "http://me:hunter2@") + f"/{NAME}")
    assert "hunter2" not in str(caught.value) and facts["ranges"] == []


def test_names():
    assert torchvision_name("resnet50_logits") == "resnet50"
    assert sha256_prefix("https://example.org/models/resnet50-11ad3fa6.pth") == "11ad3fa6"
    assert sha256_prefix("https://example.org/resnet50.pth") is None
    assert sha256_prefix(default_weights("resnet50_logits").url)
    with pytest.raises(ConfigError, match="no torchvision classification model"):
        default_weights("resnet5000")
