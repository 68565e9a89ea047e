"""What all tests share: skips that .ci/run turns into failures, and no torch thread fights."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

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
