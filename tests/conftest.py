"""What all tests share: skips that .ci/run turns into failures, and no torch thread fights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

NO_SKIPS = os.environ.get("MATCHREEL_NO_SKIPS") == "1"


@cache
def _has_browser() -> bool:
    return bool(shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"))


@cache
def _can_mount() -> bool:
    """Whether a small tmpfs can be mounted here (root only)."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder], capture_output=True, check=False
        )
        if done.returncode:
            return False
        subprocess.run(["umount", folder], check=True)
    return True


def _has_slurm() -> bool:
    """SLURM's daemons to start, and the right to start them."""
    return os.geteuid() == 0 and all(shutil.which(name) for name in ("munged", "slurmctld", "slurmd"))


def _has_kubernetes() -> bool:
    """The plugins, in the folder that `make` puts them into."""
    return (Path(sys.prefix) / "kubernetes").is_dir()


NEEDS = {
    "browser": (_has_browser, "no Chromium on this machine"),
    "slurm": (_has_slurm, "no SLURM to start on this machine, or not root"),
    "kubernetes": (_has_kubernetes, "no Kubernetes plugins in the environment: make test sets them up"),
    "tmpfs": (_can_mount, "no right to mount a tmpfs"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """--cases: how many bad inputs of each kind tests/faults makes."""
    parser.addoption("--cases", type=int, default=12, help="bad inputs of each kind (tests/faults)")


# What a plain run leaves out -> how it is run.
TIERS = {
    "faults": "make faults",
    "slurm": "make slurm, as root",
    "slow": "make test-all",
}
# The folders of tests, those with the longest tests first: two workers then end at the same time.
ORDER = ("tests/workflow", "tests/steps", "tests/unit", "tests/faults", "tests/mutants")
# Files whose tests share one finished league: they go to one worker, before all others.
SHARE_A_LEAGUE = ("test_end_to_end", "test_rerun_table", "test_reruns", "test_rerun_envs")


def scope_of(nodeid: str) -> str:
    """What is run by one worker: a file, for its fixtures, or the files that share the finished league."""
    file = nodeid.partition("::")[0]
    return "finished league" if Path(file).stem in SHARE_A_LEAGUE else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """xdist's own groups by mark do nothing under pytest 9.2, and its files are sorted by their number of tests."""
    from xdist.scheduler import LoadFileScheduling

    class ByScope(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return scope_of(nodeid)

    config.option.loadscopereorder = False
    return ByScope(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, where several workers share them."""
    if not hasattr(config, "workerinput"):
        return

    def place(item: pytest.Item) -> tuple[bool, int]:
        folder = "/".join(item.nodeid.split("/")[:2])
        return scope_of(item.nodeid) != "finished league", ORDER.index(folder) if folder in ORDER else len(
            ORDER
        )

    items.sort(key=place)


LEFT_OUT = pytest.StashKey[dict[str, int]]()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Count what is left out, by the first of its tiers."""
    for item in items:
        counts = item.config.stash.setdefault(LEFT_OUT, {})
        tier = next((name for name in TIERS if item.get_closest_marker(name)), None)
        if tier:
            counts[tier] = counts.get(tier, 0) + 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands its counts to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = session.config.stash.get(LEFT_OUT, {})


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers leave out the same: the last one's counts are the run's."""
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left_out", {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """One line for what was not run, and how to run it."""
    if counts := config.stash.get(LEFT_OUT, {}):
        said = (f"{counts[name]} {name} (`{how}`)" for name, how in TIERS.items() if name in counts)
        terminalreporter.write_line(f"tests not run: {', '.join(said)}")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, in one line, what this machine cannot run."""
    for name, (is_there, reason) in NEEDS.items():
        if item.get_closest_marker(name) and not is_there():
            pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    """Under .ci/run nothing may be skipped: a skip is a failure."""
    report = yield
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped where nothing may be: {call.excinfo}"
    return report


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parents[1]
