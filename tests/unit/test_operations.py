"""Time and memory from benchmark records; what a run prints while it goes on and when it fails."""

from __future__ import annotations

import json
import logging
import sys
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from matchreel.errors import InputError
from matchreel.operations import load_records, operations
from snakemake_logger_plugin_steps import LogHandler


def write_record(folder, place, **row):
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")


@pytest.fixture
def records(tmp_path):
    write_record(tmp_path, "cut_highlights/a.jsonl", s=10.0, cpu_time=15.0, max_rss=200.0)
    write_record(tmp_path, "cut_highlights/b.jsonl", s=3700.0, cpu_time=1.0, max_rss=100.5)
    write_record(tmp_path, "score/excitement/<b>-1.jsonl", s=0.2, cpu_time="NA", max_rss=None)
    (tmp_path / "torn.jsonl").write_text("{")
    return tmp_path


def test_records_are_collected_by_step(records):
    cut, score = load_records(records)
    assert (cut.step, len(cut.jobs), cut.wall_seconds, cut.peak_megabytes) == ("cut_highlights", 2, 3710, 200)
    assert (score.step, score.jobs[0].name) == ("score", "excitement <b>-1")
    assert score.peak_megabytes != score.peak_megabytes


def test_the_page_says_the_same_every_time(records, tmp_path):
    pages = [tmp_path / name for name in ("one.html", "two.html")]
    for page in pages:
        operations(benchmarks_dir=records, page_path=page)
    first, second = (page.read_text(encoding="utf-8") for page in pages)
    assert first == second
    assert first.count("<svg") == 2 and "1:01 h" in first and "&lt;b&gt;-1" in first and "<b>-1" not in first


def test_without_records_it_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="Make a reel first"):
        operations(benchmarks_dir=tmp_path, page_path=tmp_path / "page.html")


def handled(capsys, *records):
    handler = LogHandler(SimpleNamespace(), None)
    for level, text, facts in records:
        record = logging.LogRecord("snakemake", level, "", 0, text, None, None)
        vars(record).update(facts)
        handler.emit(record)
    return capsys.readouterr().err.splitlines()


def test_one_line_per_finished_step_and_a_failed_ones_log(capsys, tmp_path):
    log_path = tmp_path / "b.log"
    log_path.write_text("first\n" * 20 + "the cause\n")
    started = {"event": LogEvent.JOB_INFO, "rule_name": "probe", "wildcards": {"game": "a"}, "log": []}
    lines = handled(
        capsys,
        (logging.INFO, "Job stats", {"event": LogEvent.RUN_INFO, "stats": {"probe": 2, "total": 2}}),
        (logging.INFO, "Select jobs to execute...", {}),
        (logging.INFO, "", started | {"jobid": 1}),
        (logging.INFO, "", started | {"jobid": 2, "wildcards": {"game": "b"}, "log": [str(log_path)]}),
        (logging.INFO, "", {"event": LogEvent.JOB_FINISHED, "job_id": 1}),
        (logging.ERROR, "", {"event": LogEvent.JOB_ERROR, "jobid": 2, "rule_name": "probe"}),
        (logging.ERROR, "WorkflowError:\nAt least one job did not complete successfully.", {}),
        (logging.WARNING, "a lock is held", {}),
    )
    assert lines[:3] == ["2 steps to do", "[1/2] probe a (0 s)", "FAILED probe b (0 s)"]
    assert lines[3] == f"  end of {log_path}:" and len(lines) == 4 + 8 + 1
    assert lines[-2:] == ["    the cause", "a lock is held"]


def test_commands_choose_a_logger_by_where_they_write(root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "workflow/commands"))
    running = __import__("running")
    assert running.logger_options(is_terminal=True) == ["--logger", "rich"]
    assert running.logger_options(is_terminal=False) == ["--logger", "steps"]
    monkeypatch.setattr(running.importlib.util, "find_spec", lambda name: None)
    assert running.logger_options(is_terminal=True) == ["--logger", "steps"]
    del sys.modules["running"]
