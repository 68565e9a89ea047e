"""The step runner: arguments by name, one line on failure, clean stops."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from matchreel import manifests
from matchreel.errors import InputError
from matchreel.manifests import _kept
from matchreel.step import EXIT_TERMINATED, EXIT_USER_ERROR, run_step


def run(function, *arguments):
    run_step(function, list(arguments))


def test_arguments_arrive_by_name_and_kind():
    seen = {}

    def step(
        *, video_path: Path, clips: list[Path], truth_path: Path | None, threads: int, crf: int, rate: float
    ):
        seen.update(locals())

    paths = ["--video-path=-a b'é.mkv", "--clips", "x.mp4", "y.mp4", "--truth-path"]
    run(step, *paths, "--threads", "2", "--settings", '{"crf": 23, "rate": 2.5}')
    assert seen["video_path"] == Path("-a b'é.mkv")
    assert seen["clips"] == [Path("x.mp4"), Path("y.mp4")]
    assert seen["truth_path"] is None
    assert (seen["threads"], seen["crf"], seen["rate"]) == (2, 23, 2.5)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            InputError("it is empty", where="a.mkv", remedy="Copy it again"),
            "a.mkv: it is empty. Copy it again.",
        ),
        (OSError(errno.ENOSPC, "No space", "out.wav"), "no space left on the disk"),
        (FileNotFoundError(errno.ENOENT, "gone", "in.mkv"), "in.mkv: the file does not exist"),
        (PermissionError(errno.EACCES, "no", "in.mkv"), "in.mkv: access is refused"),
        (OSError(errno.EROFS, "Read-only", "out.wav"), "out.wav: this can only be read, not written"),
        (OSError(errno.ENOMEM, "Cannot allocate"), "ran out of memory"),
        (MemoryError(), "ran out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried ..."), "ran out of memory"),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "micro_batch_size"),
        (InputError("a\ud800\u202eb" + "x" * 5000, where="a.mkv", remedy="Do"), "a\\ud800\\u202eb"),
    ],
)
def test_a_problem_is_one_line(error, words, capsys):
    def step():
        raise error

    with pytest.raises(SystemExit) as stop:
        run(step)
    assert stop.value.code == EXIT_USER_ERROR
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]


def test_a_full_disk_is_named_and_its_log_is_quiet(tmp_path, capsys):
    def step(*, out_path: Path):
        raise OSError(errno.ENOSPC, "No space")

    with pytest.raises(SystemExit):
        run(step, "--out-path", str(tmp_path / "new/out"), "--log", "/dev/full")
    said = capsys.readouterr().err
    assert "no space left on the disk /" in said and "MB free" in said
    assert "Traceback" not in said and "Logging error" not in said


def test_our_own_bugs_stay_loud():
    def step():
        raise KeyError("bug")

    with pytest.raises(KeyError):
        run(step)


def test_sigterm_unwinds_and_leaves_nothing(tmp_path, root):
    script = tmp_path / "slow.py"
    script.write_text(
        textwrap.dedent(f"""
        import time
        from pathlib import Path
        from matchreel.provenance import written_whole
        from matchreel.step import run_step

        def slow():
            with written_whole(Path({str(tmp_path / "out")!r})) as temporary:
                temporary.write_text("half")
                Path({str(tmp_path / "started")!r}).touch()
                time.sleep(60)

        run_step(slow)
        """)
    )
    environment = os.environ | {"PYTHONPATH": str(root / "workflow/scripts")}
    with subprocess.Popen([sys.executable, str(script)], env=environment) as process:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == EXIT_TERMINATED
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["slow.py", "started"]


def copied(*, in_path: Path, out_path: Path, times: int, missing_path: Path | None = None):
    if times > 9:
        raise InputError("too often", where="here", remedy="Less")
    out_path.write_bytes(in_path.read_bytes() * times)


def run_copied(folder, *, times=2):
    log = folder / "results/logs/copied/a-1.log"
    paths = ["--in-path", str(folder / "in"), "--out-path", str(folder / "out")]
    run(copied, *paths, "--settings", f'{{"times": {times}}}', "--log", str(log))
    return folder / "results/manifests/copied/a-1.json"


def test_a_step_leaves_a_manifest(tmp_path):
    (tmp_path / "in").write_bytes(b"abc")
    path = run_copied(tmp_path)
    held, first = json.loads(path.read_text()), path.read_bytes()
    digest = hashlib.sha256(b"abc").hexdigest()
    assert held["inputs_sha256"] == {"in_path": {str(tmp_path / "in"): digest}}
    assert (held["step"], held["settings"]) == ("copied", {"times": 2})
    assert held["outputs"] == [str(tmp_path / "out")]
    assert len(held["code_sha256"]) == 64 and "numpy" not in held["settings"]
    (tmp_path / "out").unlink()
    assert run_copied(tmp_path).read_bytes() == first, "the same making gives the same bytes"
    path.unlink()
    with pytest.raises(SystemExit):
        run_copied(tmp_path, times=10)
    assert not path.exists(), "a step that failed made nothing"


ODD_STEP = """
import sys

from matchreel.step import run_step


def odd(*, times: int):
    if times > 1:
        from matchreel.torch_shim import import_torchaudio

        import_torchaudio()


for name in sys.argv.pop(1).split():
    __import__(name)
run_step(odd)
"""


def test_a_manifest_tells_what_the_step_imports_and_not_what_was_loaded(tmp_path, root):
    script, log = tmp_path / "odd.py", tmp_path / "results/logs/odd/a.log"
    script.write_text(ODD_STEP)
    manifests = []
    for loaded in ("json", "cv2 scipy matchreel.media.cut"):
        command = [sys.executable, str(script), loaded, "--settings", '{"times": 1}', "--log", str(log)]
        environment = os.environ | {"PYTHONPATH": str(root / "workflow/scripts")}
        subprocess.run(command, check=True, env=environment)
        manifests.append((tmp_path / "results/manifests/odd/a.json").read_text())
    assert manifests[0] == manifests[1]
    assert set(json.loads(manifests[0])["versions"]) == {"torch", "torchaudio"}


@pytest.mark.parametrize("text", ["", "[]", '{"stamp": 1}', "\ud800"])
def test_a_damaged_kept_checksum_is_made_anew(tmp_path, text):
    path = tmp_path / "kept.json"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    assert "sha256" not in _kept(path) and _kept(tmp_path / "none.json") == {}


def test_a_large_inputs_checksum_is_kept_until_it_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(manifests, "_KEPT_FROM_BYTES", 3)
    read = []
    monkeypatch.setattr(manifests, "file_sha256", lambda path: read.append(path.name) or "0" * 64)
    for content, times_read in ((b"abc", 1), (b"abc", 1), (b"abcd", 2)):
        if not (tmp_path / "in").exists() or (tmp_path / "in").read_bytes() != content:
            (tmp_path / "in").write_bytes(content)
        run_copied(tmp_path)
        assert read.count("in") == times_read


@pytest.mark.parametrize("torn", [b"", b"{", b"[]"])
def test_a_torn_checksum_that_was_kept_is_made_anew(tmp_path, monkeypatch, torn):
    monkeypatch.setattr(manifests, "_KEPT_FROM_BYTES", 3)
    (tmp_path / "in").write_bytes(b"abc")
    run_copied(tmp_path)
    (kept,) = (tmp_path / "results/manifests/checksums").iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(torn)
    run_copied(tmp_path)
    assert kept.read_bytes() == whole
