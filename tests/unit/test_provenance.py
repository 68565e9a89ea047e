"""The code digest sees meaning, not layout; files are written whole or not at all."""

import json

import pytest

from matchreel.provenance import code_digest, file_sha256, versions, write_json, written_whole


@pytest.fixture
def tree(tmp_path):
    package = tmp_path / "matchreel"
    (package / "media").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "low.py").write_text('"""Low."""\ndef low():\n    """Doc."""\n    return 1\n')
    (package / "media" / "__init__.py").write_text("")
    (package / "media" / "cut.py").write_text(
        'import matchreel.low\nDATA_FILES = ("page.html",)\ndef cut():\n    return matchreel.low.low()\n'
    )
    (package / "media" / "page.html").write_text("<p>")
    (package / "other.py").write_text("VALUE = 1\n")
    (tmp_path / "step.py").write_text("from matchreel.media import cut\ncut.cut()\n")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("matchreel/low.py", "# a comment\ndef low():\n\n    return 1\n", False),
        ("matchreel/low.py", '"""Other."""\ndef low():\n    """Other doc."""\n    return (1)\n', False),
        ("matchreel/low.py", "def low():\n    return 2\n", True),
        ("matchreel/other.py", "VALUE = 2\n", False),
        ("matchreel/__init__.py", "VALUE = 2\n", True),
        ("matchreel/media/__init__.py", "VALUE = 2\n", True),
        ("matchreel/media/page.html", "<b>", True),
        ("step.py", "from matchreel.media import cut\n# why\ncut.cut()\n", False),
        ("step.py", "from matchreel.media import cut\ncut.cut(1)\n", True),
        ("step.py", "from matchreel.media import cut\nfrom matchreel import other\ncut.cut()\n", True),
    ],
)
def test_digest_follows_meaning(tree, name, text, changes):
    before = code_digest(tree / "step.py")
    (tree / name).write_text(text)
    assert (code_digest(tree / "step.py") != before) is changes


def test_written_whole_keeps_the_old_file_on_failure(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"b": 1, "a": "é"})
    assert json.loads(path.read_text()) == {"b": 1, "a": "é"}
    before = file_sha256(path)
    with pytest.raises(RuntimeError), written_whole(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert file_sha256(path) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.json"]


def test_written_whole_replaces_a_folder(tmp_path):
    path = tmp_path / "reel"
    for text in ("one", "two"):
        with written_whole(path) as temporary:
            temporary.mkdir()
            (temporary / f"{text}.txt").write_text(text)
    assert [entry.name for entry in path.iterdir()] == ["two.txt"]


def test_versions_name_what_is_absent():
    found = versions("numpy", "no-such-package")
    assert found["numpy"][0].isdigit()
    assert found["no-such-package"] == "absent"


def test_what_a_killed_run_left_is_removed_and_what_a_running_one_holds_is_not(tmp_path):
    path = tmp_path / "out[1].json"
    left = tmp_path / ".out[1].json.whole-left"
    left.mkdir()
    (left / "out[1].json").write_text("half")
    with written_whole(path) as outer:
        assert not left.exists()
        with written_whole(path) as inner:
            assert outer.parent.is_dir()
            inner.write_text("first")
        outer.write_text("second")
    assert path.read_text() == "second"
    assert list(tmp_path.iterdir()) == [path]


def test_two_runs_may_write_one_folder(tmp_path):
    path = tmp_path / "out"
    with written_whole(path) as outer:
        outer.mkdir()
        (outer / "a").write_text("outer")
        with written_whole(path) as inner:
            inner.mkdir()
            (inner / "a").write_text("inner")
    assert (path / "a").read_text() == "outer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_names_may_be(tmp_path):
    path = tmp_path / ("é" * 120 + ".json")
    write_json(path, {})
    assert path.read_text() == "{}\n"
