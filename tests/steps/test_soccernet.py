"""Downloads through the unpatched SoccerNet package against a server on 127.0.0.1: each fault ends in one line.

Every case runs the step's own script, since huggingface_hub reads its address when it is first imported.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import imageio_ffmpeg
import pytest

from matchreel.errors import ToolError
from matchreel.soccernet.download import with_attempts
from matchreel.soccernet.problems import TransientError, redacted
from support.hub_server import HubServer, hub_server
from support.tiers import quick_only

pytest.importorskip("SoccerNet", reason="the soccernet extra is not installed")

ROOT = Path(__file__).resolve().parents[2]
GAME = "england_epl/2014-2015/2015-02-21 - 18-00 Chelsea 1 - 1 Burnley"
TOKEN, PASSWORD = "hf_s3cret+Token/x", "p@ss wörd&1"
SOURCES = ("HuggingFace", "EXRCSDrive")
LABELS = {
    "annotations": [{"gameTime": "1 - 00:05", "label": "Goal", "position": "5000", "team": "home"}],
    "UrlLocal": GAME,
}


@pytest.fixture(scope="session")
def video(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("video") / "v.mkv"
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=64x36:r=25:d=20",
    ]
    command += ["-f", "lavfi", "-i", "sine=d=20", "-c:v", "libx264", "-preset", "ultrafast", "-threads", "1"]
    subprocess.run([*command, "-c:a", "aac", str(path)], check=True)
    return path.read_bytes()


@pytest.fixture
def server(video):
    with hub_server() as running:
        running.token, running.password = TOKEN, PASSWORD
        running.files[f"{GAME}/1_224p.mkv"] = video
        running.files[f"{GAME}/Labels-v2.json"] = json.dumps(LABELS).encode()
        yield running


class Step:
    """One run of download_game or download_labels below a folder."""

    def __init__(self, folder: Path, server: HubServer, source: str, *, name: str = "download_game") -> None:
        self.folder, self.server, self.source, self.name = folder, server, source, name
        self.target = folder / "games/derby" / ("1_224p.mkv" if name == "download_game" else "Labels-v2.json")
        self.url = server.url
        self.secrets: dict[str, str | None] = {"HF_TOKEN": TOKEN, "SOCCERNET_PASSWORD": PASSWORD}

    def command(self, *, attempts: int = 1, min_part_minutes: float = 0.1, path: str = GAME) -> list[str]:
        settings: dict[str, object] = {"soccernet_path": path, "source": self.source, "attempts": attempts}
        target = ["--labels-path", str(self.target)]
        if self.name == "download_game":
            settings |= {"resolution": "224p", "min_part_minutes": min_part_minutes}
            target = ["--part", "1", "--video-path", str(self.target)]
        script = [sys.executable, str(ROOT / f"workflow/scripts/{self.name}.py"), *target]
        return [*script, "--settings", json.dumps(settings), "--log", str(self.folder / "step.log")]

    def environment(self) -> dict[str, str]:
        held = {key: value for key, value in os.environ.items() if key not in self.secrets}
        given = {key: value for key, value in self.secrets.items() if value is not None}
        held |= {"HF_ENDPOINT": self.url, "SOCCERNET_SERVER": f"{self.url}/public.php/webdav/"}
        return held | {"HF_HOME": str(self.folder / "hf"), "NO_PROXY": "127.0.0.1", **given}

    def run(self, **settings: object) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            self.command(**settings), env=self.environment(), capture_output=True, text=True, check=False
        )
        self.check_no_secret(done.stdout + done.stderr)
        assert done.stdout == ""
        return done

    def check_no_secret(self, output: str) -> None:
        """Neither the terminal nor any file or file name may hold a secret, whatever went wrong."""
        for secret in (TOKEN, PASSWORD, "s3cret", "p@ss"):
            assert secret not in output
            for path in self.folder.rglob("*"):
                assert secret not in path.name
                assert not path.is_file() or secret.encode() not in path.read_bytes(), path

    def left(self) -> list[str]:
        """Files beside the target and below, other than the target."""
        found = (path for path in self.target.parent.rglob("*") if path.is_file() and path != self.target)
        return sorted(path.name for path in found)


@pytest.fixture(params=quick_only(SOURCES, "HuggingFace".__eq__))
def step(request, tmp_path, server) -> Step:
    return Step(tmp_path, server, request.param)


def only_line(done: subprocess.CompletedProcess[str], name: str = "download_game") -> str:
    """The one line of a failure."""
    lines = done.stderr.strip().splitlines()
    assert done.returncode == 2, done.stderr
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith(f"{name}: ")
    return lines[0]


def test_the_right_file_arrives(step, video):
    assert step.run().returncode == 0
    assert step.target.read_bytes() == video
    assert step.left() == []
    assert step.server.content_ranges() == [None]


@pytest.mark.parametrize("source", quick_only(SOURCES, "HuggingFace".__eq__))
@pytest.mark.parametrize("secret", [None, "any"])
def test_labels_need_no_secret(tmp_path, server, source, secret):
    server.token, server.password = None, None
    step = Step(tmp_path, server, source, name="download_labels")
    step.secrets = {"HF_TOKEN": secret, "SOCCERNET_PASSWORD": secret}
    assert step.run().returncode == 0
    assert json.loads(step.target.read_text()) == LABELS
    assert step.left() == []


@pytest.mark.parametrize("content", [b"{not json", b'{"annotations": 3}', b"<html>sorry</html>", b""])
def test_wrong_labels_never_pass(tmp_path, server, content):
    server.files[f"{GAME}/Labels-v2.json"] = content
    server.password = None
    step = Step(tmp_path, server, "EXRCSDrive", name="download_labels")
    line = only_line(step.run(), "download_labels")
    assert "Labels-v2.json" in line
    assert not step.target.exists() and step.left() == []


def test_a_drop_is_continued(step, video):
    step.server.faults = [("drop", 50_000)]
    assert step.run(attempts=2).returncode == 0
    assert step.target.read_bytes() == video
    first, second = step.server.content_ranges()
    assert first is None and second == "bytes=50000-"
    assert step.server.num_content_bytes == len(video)


@pytest.mark.slow
def test_a_server_without_ranges_starts_anew(step, video):
    step.server.faults = [("drop", 50_000), ("no-range", 0)]
    assert step.run(attempts=2).returncode == 0
    assert step.target.read_bytes() == video
    assert step.server.num_content_bytes == len(video) + 50_000


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_is_continued(step, video, how):
    step.server.faults = [("stall", 100_000)]
    running = subprocess.Popen(
        step.command(), env=step.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        assert step.server.stalled.wait(60)
        part = step.target.parent / ".1_224p.mkv.download/1_224p.mkv.part"
        deadline = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size >= 65_536) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(how)
        step.server.release.set()
        assert running.wait(30) == (143 if how == signal.SIGTERM else -9)
    finally:
        running.kill()
    assert not step.target.exists()
    assert step.run().returncode == 0
    assert step.target.read_bytes() == video
    kept = int(step.server.content_ranges()[-1].removeprefix("bytes=").rstrip("-"))
    assert 65_536 <= kept <= 100_000
    assert step.left() == []


@pytest.mark.slow
def test_a_part_of_another_file_is_not_continued(step, video):
    """The server's file changed after a kill: the bytes held are of another file."""
    step.server.files[f"{GAME}/1_224p.mkv"] = b"old" + video
    step.server.faults = [("drop", 50_000), *[("status", 404)] * 9]
    assert step.run().returncode == 2
    assert "1_224p.mkv.part" in step.left()
    step.server.files[f"{GAME}/1_224p.mkv"] = video
    step.server.faults = []
    assert step.run().returncode == 0
    assert step.target.read_bytes() == video
    assert step.server.content_ranges()[-1] == "bytes=50000-"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (("page", "<html><body>Please sign in</body></html>"), "a web page in place of the file"),
        (("status", 404), "404"),
        (("status", 403), "403"),
        (("status", 500), "500"),
    ],
)
def test_faults_end_in_one_line(step, fault, told):
    step.server.faults = [fault] * 9
    assert told in only_line(step.run())
    assert not step.target.exists() and step.left() == []


def test_a_fault_that_passes_is_tried_again(step, video):
    step.server.faults = [("page", "<html>busy</html>")]
    done = step.run(attempts=2)
    assert done.returncode == 0 and "attempt 2 of 2" in done.stderr
    assert step.target.read_bytes() == video


def test_a_wrong_secret_is_refused(step):
    step.secrets = {"HF_TOKEN": "wrong-s3cret", "SOCCERNET_PASSWORD": "wrong-p@ss"}
    line = only_line(step.run(attempts=3))
    assert "refused" in line and "401" in line
    assert ("HF_TOKEN" if step.source == "HuggingFace" else "SOCCERNET_PASSWORD") in line
    assert step.left() == []


def test_a_token_with_a_line_break_stays_secret(tmp_path, server):
    step = Step(tmp_path, server, "HuggingFace")
    step.secrets["HF_TOKEN"] = "s3cret\nline"
    only_line(step.run())


@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_secret_is_told_before_any_network(step, value):
    name = "HF_TOKEN" if step.source == "HuggingFace" else "SOCCERNET_PASSWORD"
    step.secrets[name] = value
    line = only_line(step.run())
    assert f"{name} is not set" in line and f"export {name}=" in line
    assert step.server.requests == []


def test_an_unknown_game(step):
    line = only_line(step.run(path="england_epl/2014-2015/2015-01-01 - 18-00 No 1 - 1 Where"))
    assert "soccernet_path in games.tsv" in line
    assert step.left() == []


def test_the_host_is_down(step):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        step.url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        line = only_line(step.run())
    assert "cannot be reached" in line and "again later" in line
    assert not step.target.exists() and step.left() == []


def test_offline_is_respected(tmp_path, server):
    step = Step(tmp_path, server, "HuggingFace")
    step.secrets["HF_HUB_OFFLINE"] = "1"
    assert "HF_HUB_OFFLINE" in only_line(step.run())
    assert server.requests == []


def test_the_api_is_in_trouble(tmp_path, server):
    server.api_status = 500
    step = Step(tmp_path, server, "HuggingFace")
    assert "HTTP 500" in only_line(step.run())


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"\x1aE\xdf\xa3" + b"\0" * 5000, b"plain words " * 500])
def test_no_video_never_passes(step, content):
    step.server.files[f"{GAME}/1_224p.mkv"] = content
    line = only_line(step.run())
    assert "1_224p.mkv" in line
    assert not step.target.exists() and step.left() == []


def test_a_cut_video_never_passes(step, video):
    step.server.files[f"{GAME}/1_224p.mkv"] = video[: len(video) // 2]
    only_line(step.run())
    assert not step.target.exists() and step.left() == []


def test_a_short_video_never_passes(step):
    line = only_line(step.run(min_part_minutes=1))
    assert "lasts 0.3 minutes" in line and "min_part_minutes" in line
    assert not step.target.exists() and step.left() == []


def test_without_the_package(tmp_path):
    code = (
        "import sys; sys.modules['SoccerNet'] = None\n"
        "from matchreel.soccernet import download_labels\n"
        "from matchreel.step import run_step\nrun_step(download_labels)"
    )
    settings = json.dumps({"soccernet_path": GAME, "source": "HuggingFace", "attempts": 1})
    command = [sys.executable, "-c", code, "--labels-path", str(tmp_path / "l.json"), "--settings", settings]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow/scripts")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "make soccernet" in only_line(done, "download_labels")


def test_pauses_grow():
    pauses: list[float] = []

    def fail() -> Path:
        raise TransientError("it is down")

    with pytest.raises(ToolError, match="it is down, in 5 attempt"):
        with_attempts(fail, attempts=5, where="x", wait=pauses.append)
    assert pauses == [2, 8, 32, 128]


@pytest.mark.parametrize(
    "text", ["got {}", "b'Bearer {}'", "user:{}@host", "https://h/?token=p%40ss%20w%C3%B6rd%261"]
)
def test_secrets_leave_messages(monkeypatch, text):
    monkeypatch.setenv("SOCCERNET_PASSWORD", PASSWORD)
    shown = redacted(text.format(PASSWORD))
    assert "<SOCCERNET_PASSWORD>" in shown and "p@ss" not in shown and "p%40ss" not in shown
