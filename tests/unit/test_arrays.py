"""Arrays in a safetensors file: what the package would write, also from blocks that are never whole."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from matchreel.arrays import Blocks, forget_pages, load_arrays, save_arrays
from matchreel.checksums import mark_of

FACTS = {"b": 'says "no" to é', "a": "1"}
ARRAYS = {
    "pictures": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
    "late": np.linspace(0, 1, 7, dtype=np.float16).reshape(7, 1),
    "early": np.arange(6, dtype=np.float64).reshape(3, 2)[:, ::-1],
    "counts": np.array([3, -1], dtype=np.int64),
    "middle": np.ones((2, 2), dtype=np.float32),
    "none": np.empty((0, 5), dtype=np.float16),
}


def test_the_bytes_are_the_packages_own(tmp_path):
    save_arrays(tmp_path / "own", ARRAYS, FACTS)
    whole = {name: np.ascontiguousarray(array) for name, array in ARRAYS.items()}
    facts = FACTS | {"checksum": mark_of(tmp_path / "own")}
    expected = save(whole, metadata={"facts": json.dumps(facts, sort_keys=True)})
    assert (tmp_path / "own").read_bytes() == expected


def test_blocks_give_the_same_file(tmp_path):
    save_arrays(tmp_path / "whole", ARRAYS, FACTS)
    cut = {
        name: Blocks(array.shape, array.dtype.type, np.split(array, len(array) or 1))
        for name, array in ARRAYS.items()
    }
    save_arrays(tmp_path / "blocks", cut, FACTS)
    assert (tmp_path / "blocks").read_bytes() == (tmp_path / "whole").read_bytes()
    read, facts = load_arrays(tmp_path / "blocks")
    assert facts == FACTS and set(read) == set(load_file(tmp_path / "blocks")) == set(ARRAYS)
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(read[name], array)


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ([np.zeros((1, 2), np.float16)], "1 rows instead of 2"),
        ([np.zeros((3, 2), np.float16)], "3 rows instead of 2"),
        ([np.zeros((2, 3), np.float16)], "a block"),
        ([np.zeros((2, 2), np.float32)], "a block"),
    ],
)
def test_blocks_of_another_shape_leave_no_file(tmp_path, blocks, says):
    with pytest.raises(ValueError, match=says):
        save_arrays(tmp_path / "a", {"a": Blocks((2, 2), np.float16, blocks)}, {})
    assert not list(tmp_path.iterdir())


def test_an_error_on_the_way_leaves_the_old_file(tmp_path):
    def broken():
        yield np.zeros((1, 2), np.float16)
        raise OSError("no room")

    save_arrays(tmp_path / "a", {"a": np.ones((2, 2), np.float16)}, {})
    with pytest.raises(OSError, match="no room"):
        save_arrays(tmp_path / "a", {"a": Blocks((2, 2), np.float16, broken())}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert load_arrays(tmp_path / "a")[0]["a"].all()


def resident_kilobytes():
    """Of files mapped by this process."""
    (line,) = [row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith("RssFile")]
    return int(line.split()[1])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_was_read_can_be_forgotten_and_read_again(tmp_path):
    save_arrays(tmp_path / "a", {"a": np.ones((4096, 4096), np.float16), "b": np.zeros(0, np.uint8)}, {})
    held, _ = load_arrays(tmp_path / "a")
    before = resident_kilobytes()
    assert held["a"].sum(dtype=np.int64) == 4096**2
    assert resident_kilobytes() > before + 30_000
    forget_pages(held["a"][5:7], held["b"], None, np.ones(3))
    assert resident_kilobytes() < before + 2_000
    assert held["a"][17, 3] == 1
