"""The arithmetic of the speed protocol: ratios, verdicts, extrapolation, and going on after a stop."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import pytest

SPEED = Path(__file__).resolve().parents[2] / "benchmarks/speed"
sys.path.insert(0, str(SPEED))

from page import write_page  # noqa: E402
from promises import Verdict, exponent, extrapolated, ratio, times_faster, verdicts  # noqa: E402
from reels import recorded_steps  # noqa: E402
from sections import SECTIONS  # noqa: E402
from store import Measuring, Section, open_section, read_section, save_section  # noqa: E402
from timing import DOES_NOT_RUN, Figures, NoRunError, Run, run_once  # noqa: E402


def runs(*seconds, inner=None, steps=None):
    return [Run(wall, wall, 100.0, "", inner, steps or {}) for wall in seconds]


def section(held, **facts):
    return Section(
        {"machine": {"cores": 2, "processor": "p", "system": "s", "versions": {}}, "day": "d", **facts},
        held,
        {},
    )


def measuring(folder, facts, *, bound_seconds=60.0):
    return Measuring(folder, "steps", open_section(folder, "steps", facts), bound_seconds, time.monotonic())


class Case:
    """Counts its runs; fails at the one that is named."""

    def __init__(self, fails_at=0):
        self.count, self.fails_at = 0, fails_at

    def __call__(self, limit_seconds):
        self.count += 1
        if self.count == self.fails_at:
            raise KeyboardInterrupt
        return Run(float(self.count), 1.0, 10.0, "said")


def test_a_ratio_is_of_medians_to_the_sum_of_the_floors():
    figures = {
        name: Figures(tuple(held))
        for name, held in {"own": runs(9, 2, 3, inner=1), "a": runs(1), "b": runs(4)}.items()
    }
    assert ratio(figures, "own", ["a", "b"]) == pytest.approx(0.6)
    assert ratio(figures, "own", ["b"], is_inner=True) == pytest.approx(0.25)
    assert math.isnan(ratio(figures, "own", ["a", "missing"]))
    assert math.isnan(ratio(figures, "a", ["b"], is_inner=True))


@pytest.mark.parametrize(
    ("measured", "is_least", "outcome"),
    [
        (1.2, False, "kept"),
        (1.21, False, "missed"),
        (1.2, True, "kept"),
        (1.19, True, "missed"),
        (math.nan, True, "not measured"),
    ],
)
def test_a_limit_itself_is_kept(measured, is_least, outcome):
    assert Verdict("", 1.2, measured, is_least=is_least).outcome == outcome


def test_the_seed_is_extrapolated_on_a_line_and_compared_at_our_length():
    assert extrapolated({120.0: 240.0}, 600) == pytest.approx(1200)
    assert extrapolated({120.0: 250.0, 240.0: 999.0, 480.0: 970.0}, 600) == pytest.approx(1210)
    whole = section({"whole_fp32": runs(100, 110, 90)}, whole_minutes=10)
    assert times_faster({120.0: 250.0, 480.0: 970.0}, whole, "whole_fp32", "whole_minutes") == pytest.approx(
        12.1
    )
    assert math.isnan(times_faster({}, whole, "whole_fp32", "whole_minutes"))


def test_the_seed_runs_beside_ours_give_the_level_and_its_own_section_the_line():
    own = {"whole_fp32": runs(100), "the seed's way, 120 s": runs(300, 280, 320)}
    whole = section(own, whole_minutes=10)
    assert times_faster({}, whole, "whole_fp32", "whole_minutes") == pytest.approx(15)
    line = {120.0: 250.0, 480.0: 970.0}  # 1210 at 600 s, in a quicker hour
    assert times_faster(line, whole, "whole_fp32", "whole_minutes") == pytest.approx(12.1 * 300 / 250)


def test_exponents():
    assert exponent([(1, 3), (2, 6), (8, 24)]) == pytest.approx(1)
    assert exponent([(1, 3), (2, 12)]) == pytest.approx(2)
    assert math.isnan(exponent([(2, 3), (2, 12)]))


def test_a_stopped_measurement_goes_on(tmp_path):
    first, second = Case(), Case(fails_at=2)
    with pytest.raises(KeyboardInterrupt):
        measuring(tmp_path, {"minutes": 1}).alternate({"first": first, "second": second}, num_runs=3)
    assert {name: len(held) for name, held in read_section(tmp_path, "steps").runs.items()} == {
        "first": 2,
        "second": 1,
    }
    measuring(tmp_path, {"minutes": 1}).alternate({"first": first, "second": second}, num_runs=3)
    assert first.count == 3 and second.count == 4
    assert [run.wall_seconds for run in read_section(tmp_path, "steps").runs["second"]] == [1, 3, 4]


def test_runs_under_other_settings_are_set_aside(tmp_path):
    measuring(tmp_path, {"minutes": 1}).alternate({"first": Case()}, num_runs=2)
    assert measuring(tmp_path, {"minutes": 2}).section.runs == {}
    assert len(read_section(tmp_path, "steps-before").runs["first"]) == 2


def test_no_run_begins_after_the_bound_and_the_page_says_so(tmp_path):
    case = Case()
    own = measuring(tmp_path, {"minutes": 1}, bound_seconds=0)
    own.alternate({"first": case}, num_runs=2)
    assert case.count == 0
    write_page({name: own.section if name == "steps" else None for name in SECTIONS}, tmp_path / "page.md")
    assert "`first`: the time bound came after 0 of 2 runs" in (tmp_path / "page.md").read_text()


def test_a_case_that_does_not_run_is_tried_once(tmp_path):
    command = [sys.executable, "-c", f"print('no such decoder'); raise SystemExit({DOES_NOT_RUN})"]
    own = measuring(tmp_path, {"minutes": 1})
    own.alternate({"first": lambda limit: run_once(command, limit_seconds=limit)}, num_runs=2)
    assert own.section.without == {"first": "does not run: no such decoder"}
    assert own.is_complete(["first"], 2) and not own.is_complete(["second"], 2)


@pytest.mark.slow
def test_a_run_is_ended_with_all_it_started(tmp_path):
    inner = f"import time, pathlib; time.sleep(3); pathlib.Path({str(tmp_path / 'alive')!r}).touch()"
    command = [
        sys.executable,
        "-c",
        f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])",
    ]
    with pytest.raises(NoRunError, match="ended at the time bound"):
        run_once(command, limit_seconds=0.5)
    time.sleep(3)
    assert not (tmp_path / "alive").exists()


def test_a_case_says_its_inner_seconds():
    assert run_once([sys.executable, "-c", "print('inner seconds: 0.250')"]).inner_seconds == 0.25


def test_steps_are_read_from_snakemakes_records(tmp_path):
    for part, memory in (("1", 100.0), ("2", "NA")):
        path = tmp_path / f"cache_cues/game/{part}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"s": 2.0, "cpu_time": 1.5, "max_rss": memory}) + "\n")
    row = recorded_steps(tmp_path)["cache_cues"]
    assert (row["wall_seconds"], row["processor_seconds"]) == (4.0, 3.0)
    assert row["peak_megabytes"] == pytest.approx(104.86, abs=0.01)


def test_the_page_is_made_of_what_is_stored(tmp_path):
    steps = {"cache_cues": {"wall_seconds": 30.0, "processor_seconds": 20.0, "peak_megabytes": 1200.0}}
    reels = {f"{minutes} min, make reel": runs(10 * minutes, steps=steps) for minutes in (45, 90)}
    save_section(tmp_path, "memory", section(reels))
    save_section(tmp_path, "sizes", section({"720p": runs(1500, steps=steps)}, match_minutes=90))
    held = {name: read_section(tmp_path, name) for name in SECTIONS}
    outcomes = {verdict.words: verdict.outcome for verdict in verdicts(held)}
    assert outcomes["90 minutes of 720p to the finished reel"] == "missed"
    assert outcomes["peak memory of any step at 45 minutes"] == "missed"
    assert outcomes["exponent of `make reel`'s time over the length"] == "kept"
    assert outcomes["60 clips over a bare encode of their seconds"] == "not measured"
    write_page(held, tmp_path / "RESULTS.md")
    text = (tmp_path / "RESULTS.md").read_text()
    assert "| 90 minutes of 720p to the finished reel | at most 20 min | 25.00 min | missed |" in text
    assert "![Time of each step by length](plots/time-by-length.svg)" in text
    assert {path.suffix for path in (tmp_path / "plots").iterdir()} == {".svg", ".png"}
