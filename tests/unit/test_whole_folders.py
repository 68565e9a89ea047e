"""What tells given files apart, and folders that are not what was written."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from matchreel.fingerprints import BLOCK_BYTES, WHOLE_BYTES, fingerprint
from matchreel.whole_folders import file_sizes, torn_reason


def written(tmp_path: Path) -> Path:
    folder = tmp_path / "reel"
    (folder / "clips").mkdir(parents=True)
    (folder / "reel.mp4").write_bytes(b"x" * 100)
    (folder / "clips/1.mp4").write_bytes(b"x" * 10)
    (folder / "manifest.json").write_text(json.dumps({"files": file_sizes(folder)}))
    return folder


def test_a_whole_folder_is_whole_whatever_a_person_adds(tmp_path):
    folder = written(tmp_path)
    (folder / "notes.txt").write_text("mine")
    assert file_sizes(folder) == {"clips/1.mp4": 10, "notes.txt": 4, "reel.mp4": 100}
    assert torn_reason(folder) is None


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("reel.mp4", None, "reel.mp4 is missing"),
        ("clips/1.mp4", None, "clips/1.mp4 is missing"),
        ("reel.mp4", b"", "reel.mp4 has 0 bytes instead of 100"),
        ("reel.mp4", b"x" * 50, "reel.mp4 has 50 bytes instead of 100"),
        ("manifest.json", None, "manifest.json is missing, damaged or of an older version"),
        ("manifest.json", b"", "manifest.json is missing, damaged or of an older version"),
        ("manifest.json", b'{"files": 3}', "manifest.json is missing, damaged or of an older version"),
    ],
)
def test_what_is_missing_or_cut_short_is_named(tmp_path, name, content, reason):
    folder = written(tmp_path)
    (folder / name).unlink() if content is None else (folder / name).write_bytes(content)
    assert torn_reason(folder) == reason


@pytest.mark.parametrize("num_bytes", [WHOLE_BYTES, 5 * WHOLE_BYTES + 1])
def test_a_fingerprint_is_of_size_head_middle_and_tail_and_not_of_dates(tmp_path, num_bytes):
    path = tmp_path / "a.mp4"
    content = bytearray(os.urandom(1000) * (num_bytes // 1000 + 1))[:num_bytes]
    path.write_bytes(content)
    first = fingerprint(path)
    assert first.split()[0] == str(num_bytes)
    os.utime(path, (0, 0))
    assert fingerprint(path) == first
    path.write_bytes(content + b"x")
    assert fingerprint(path) != first
    for at in (0, BLOCK_BYTES - 1, num_bytes // 2, num_bytes - BLOCK_BYTES, num_bytes - 1):
        changed = bytearray(content)
        changed[at] ^= 1
        path.write_bytes(changed)
        os.utime(path, (0, 0))
        assert fingerprint(path) != first, at


def test_what_is_no_file_has_none(tmp_path):
    assert fingerprint(tmp_path) == fingerprint(tmp_path / "none") == ""
