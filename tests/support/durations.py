"""A pytest plugin: where the tests' time goes, by file and by shared fixture, as a page of Markdown.

python -m pytest -n 2 -p support.durations --durations-page FILE.md
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

# What takes less than this is one row.
LEAST_SECONDS = 3.0
FIXTURES = pytest.StashKey[dict[str, list[float]]]()


class Page:
    """Adds up reports, in the process that gets those of all workers."""

    def __init__(self, path: Path) -> None:
        self.path, self.began = path, time.monotonic()
        self.files = defaultdict[str, dict[str, float]](lambda: defaultdict(float))
        self.fixtures = defaultdict[str, list[float]](list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Seconds of set-up, of the test and of its end."""
        row = self.files[report.nodeid.partition("::")[0]]
        row[report.when or ""] += report.duration
        row["tests"] += report.when == "call"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """What a worker's shared fixtures took."""
        for name, seconds in getattr(node, "workeroutput", {}).get("fixtures", {}).items():
            self.fixtures[name] += seconds

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the page."""
        for name, seconds in session.config.stash.get(FIXTURES, {}).items():
            self.fixtures[name] += seconds
        wall = time.monotonic() - self.began
        total = sum(row["setup"] + row["call"] + row["teardown"] for row in self.files.values())
        lines = [f"{wall:.0f} s, {total:.0f} s of all workers together.", ""]
        self.path.write_text("\n".join(lines + self._file_rows() + self._fixture_rows()) + "\n")

    def _file_rows(self) -> list[str]:
        rows = sorted(self.files.items(), key=lambda item: -item[1]["setup"] - item[1]["call"])
        shown = [(name, row) for name, row in rows if row["setup"] + row["call"] >= LEAST_SECONDS]
        rest = [row for name, row in rows if row["setup"] + row["call"] < LEAST_SECONDS]
        others = {key: sum(row[key] for row in rest) for key in ("tests", "setup", "call")}
        shown.append((f"{len(rest)} other files", others))
        return ["| file | tests | set-up, s | tests, s |", "|---|---|---|---|"] + [
            f"| {name} | {row['tests']:.0f} | {row['setup']:.1f} | {row['call']:.1f} |" for name, row in shown
        ]

    def _fixture_rows(self) -> list[str]:
        rows = sorted(self.fixtures.items(), key=lambda item: -sum(item[1]))
        return ["", "| shared fixture | made | s |", "|---|---|---|"] + [
            f"| {name} | {len(seconds)} | {sum(seconds):.1f} |"
            for name, seconds in rows
            if sum(seconds) >= LEAST_SECONDS
        ]


def pytest_addoption(parser: pytest.Parser) -> None:
    """--durations-page."""
    parser.addoption("--durations-page", type=Path, help="write where the time went")


def pytest_configure(config: pytest.Config) -> None:
    """Reports are added up where they arrive."""
    if (path := config.getoption("durations_page")) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Page(path), "durations-page")


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Iterator[None]:
    """Seconds of each fixture that tests share, what it is made of included."""
    began = time.monotonic()
    try:
        return (yield)
    finally:
        if fixturedef.scope != "function":
            held = request.config.stash.setdefault(FIXTURES, {})
            held.setdefault(f"{fixturedef.baseid}::{fixturedef.argname}", []).append(time.monotonic() - began)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over what it measured."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["fixtures"] = session.config.stash.get(FIXTURES, {})
