"""Running ffmpeg: where it is found, what its failures say, and that no child outlives the step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matchreel.errors import MatchreelError, OutputError, ToolError
from matchreel.media.tools import Job, failure, ffmpeg_path, run_ffmpeg, run_many

FOREVER = ("-f", "lavfi", "-i", "testsrc2=r=25", "-f", "null", "-")
SHORT = ("-f", "lavfi", "-i", "color=d=0.2", "-f", "null", "-")


def test_bundled_and_own_path() -> None:
    bundled = ffmpeg_path("bundled")
    assert Path(bundled).is_file()
    assert ffmpeg_path(bundled) == bundled


def test_system_ffmpeg_is_the_one_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ffmpeg").symlink_to(ffmpeg_path("bundled"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg_path("system") == str(tmp_path / "ffmpeg")


@pytest.mark.parametrize(
    ("choice", "says"), [("system", "no ffmpeg on PATH"), ("/nowhere/ffmpeg", "no program at this path")]
)
def test_absent_ffmpeg(choice: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=says) as caught:
        ffmpeg_path(choice)
    assert "ffmpeg: bundled" in caught.value.remedy


def test_a_program_that_is_no_ffmpeg(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("not a program")
    fake.chmod(0o755)
    with pytest.raises(ToolError, match="does not start"):
        run_ffmpeg(SHORT, ffmpeg=str(fake), what="trying", where="here", timeout_seconds=None)


def test_failure_tells_ffmpegs_last_words_on_one_line() -> None:
    with pytest.raises(ToolError, match=r"cutting failed: .*nosuch") as caught:
        run_ffmpeg(
            [*SHORT[:-1], "-c:v", "nosuch", "-"], ffmpeg="bundled", what="cutting", where="a.mkv", timeout_seconds=None
        )  # fmt: skip
    assert "\n" not in str(caught.value)
    assert "0x" not in str(caught.value)


def test_a_filter_that_this_ffmpeg_lacks_names_the_bundled_one() -> None:
    arguments = [*SHORT[:-3], "-vf", "nosuch", *SHORT[-3:]]
    with pytest.raises(ToolError, match="without a filter") as caught:
        run_ffmpeg(arguments, ffmpeg="bundled", what="cutting", where="a.mkv", timeout_seconds=None)
    assert "ffmpeg: bundled" in caught.value.remedy


@pytest.mark.parametrize(
    ("said", "code", "kind", "message"),
    [
        ("av_interleaved_write_frame(): No space left on device", 228, OutputError, "no space left on the disk"),
        ("Invalid data found", 1, ToolError, "cutting failed: Invalid data found"),
        ("it said nothing", -9, OutputError, "cutting was killed by signal 9, as the system does when it ran out of memory"),
        ("av_malloc: Cannot allocate memory", 244, OutputError, "ffmpeg ran out of memory"),
        ("it said nothing", -11, ToolError, "cutting was killed by signal 11"),
    ],
)  # fmt: skip
def test_kinds_of_failure(said: str, code: int, kind: type[MatchreelError], message: str) -> None:
    error = failure(Job((), "cutting", "a.mkv"), said, code)
    assert isinstance(error, kind)
    assert message in str(error)


@pytest.mark.tmpfs
def test_full_disk(tmp_path: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)], check=True)
    try:
        noise = ("-f", "lavfi", "-i", "anoisesrc=d=20", f"{tmp_path}/a.wav")
        with pytest.raises(OutputError, match="no space left on the disk"):
            run_ffmpeg(noise, ffmpeg="bundled", what="writing", where="a.wav", timeout_seconds=None)
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_time_limit_kills() -> None:
    before = _children()
    with pytest.raises(ToolError, match=r"took longer than 0\.3 s"):
        run_ffmpeg(FOREVER, ffmpeg="bundled", what="trying", where="here", timeout_seconds=0.3)
    assert _children() == before


def test_many_jobs_end_in_any_order_and_all_are_reported() -> None:
    jobs = [Job(SHORT, "trying", index) for index in range(5)]
    assert sorted(run_many(jobs, ffmpeg="bundled", num_at_once=2)) == [0, 1, 2, 3, 4]


def test_one_failed_job_stops_the_others() -> None:
    before = _children()
    jobs = [Job(FOREVER, "trying", 0), Job(("-i", "file:absent.mkv", "-f", "null", "-"), "trying", 1)]
    with pytest.raises(ToolError, match="No such file"):
        list(run_many(jobs, ffmpeg="bundled", num_at_once=2))
    assert _children() == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_step_leaves_no_child(number: int, tmp_path: Path, root: Path) -> None:
    script = tmp_path / "step.py"
    script.write_text(
        # As in a terminal; a suite that runs in the background hands down an ignored SIGINT.
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from matchreel.media.tools import Job, run_many\n"
        "from matchreel.step import run_step\n"
        f"def work() -> None:\n    list(run_many([Job({FOREVER!r}, 'trying', 'here')] * 2, ffmpeg='bundled', num_at_once=2))\n"
        "run_step(work)\n"
    )  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(root / "workflow" / "scripts")}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stderr=subprocess.PIPE) as step:
        _wait_until(lambda: len(_children(step.pid)) == 2)
        children, left = _children(step.pid), list[int]()
        step.send_signal(number)
        try:
            step.communicate(timeout=20)
        finally:
            step.kill()
            for child in children:
                if Path(f"/proc/{child}").exists():
                    os.kill(child, signal.SIGKILL)
                    left.append(child)
    assert step.returncode == 128 + number
    assert not left


def test_ctrl_c_twice_leaves_no_child(tmp_path: Path, root: Path) -> None:
    """A terminal sends it to the whole group each time; the second comes while the first is being answered."""
    script = tmp_path / "step.py"
    script.write_text(
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from matchreel.media.tools import Job, run_many\n"
        "from matchreel.step import run_step\n"
        f"def work() -> None:\n    list(run_many([Job({FOREVER!r}, 'trying', 'here')] * 2, ffmpeg='bundled', num_at_once=2))\n"
        "run_step(work)\n"
    )  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(root / "workflow" / "scripts")}
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment, stderr=subprocess.PIPE, start_new_session=True
    ) as step:
        _wait_until(lambda: len(_children(step.pid)) == 2)
        children = _children(step.pid)
        os.killpg(step.pid, signal.SIGINT)
        os.killpg(step.pid, signal.SIGINT)
        try:
            step.communicate(timeout=20)
        finally:
            step.kill()
    assert step.returncode not in (0, None)
    _wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def _children(pid: int | None = None) -> list[int]:
    """Processes whose parent is `pid` (this one by default)."""
    parent, found = pid or os.getpid(), list[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def _wait_until(is_so: object) -> None:
    end = time.monotonic() + 20
    while not is_so():  # type: ignore[operator]
        assert time.monotonic() < end, "the children never started"
        time.sleep(0.02)
