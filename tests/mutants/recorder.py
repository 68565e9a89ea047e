"""A pytest plugin: coverage's context is the test, or the shared fixture, that is running, also in its processes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import coverage
import pytest


class Recorder:
    """Says to coverage, and to processes that start now, who is running; writes what each test uses and took."""

    def __init__(self) -> None:
        self.tests: dict[str, dict[str, object]] = {}
        self.fixtures: dict[str, float] = {}
        self.contexts = [""]

    def _switch(self) -> None:
        os.environ["MATCHREEL_CONTEXT"] = self.contexts[-1]
        if running := coverage.Coverage.current():
            running.switch_context(self.contexts[-1])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """A test is the context of its own set-up, call and end."""
        self.contexts.append(item.nodeid)
        self._switch()
        shared = {_name(one) for one in _fixtures(item) if one.scope != "function"}
        self.tests[item.nodeid] = {"fixtures": sorted(shared), "slow": bool(item.get_closest_marker("slow"))}
        yield
        self.contexts.pop()
        self._switch()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
        """A shared fixture is a context of its own: all tests that use it execute its lines."""
        if fixturedef.scope == "function":
            return (yield)
        self.contexts.append(_name(fixturedef))
        self._switch()
        began = time.monotonic()
        try:
            return (yield)
        finally:
            self.fixtures[_name(fixturedef)] = round(time.monotonic() - began, 3)
            self.contexts.pop()
            self._switch()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Seconds of a test without the set-up that others share."""
        if report.nodeid in self.tests and report.when == "call":
            self.tests[report.nodeid]["seconds"] = round(report.duration, 3)

    def pytest_sessionfinish(self) -> None:
        """One file for each test process."""
        folder = Path(os.environ["MATCHREEL_COVERAGE"]).parent
        (folder / f"tests-{os.getpid()}.json").write_text(
            json.dumps({"tests": self.tests, "fixtures": self.fixtures}), encoding="utf-8"
        )


def _fixtures(item: pytest.Item) -> list[pytest.FixtureDef[object]]:
    info = getattr(item, "_fixtureinfo", None)
    return [one for defs in info.name2fixturedefs.values() for one in defs] if info else []


def _name(fixture: pytest.FixtureDef[object]) -> str:
    return f"fixture {fixture.baseid} {fixture.argname}"


def pytest_configure(config: pytest.Config) -> None:
    """In each process that runs tests; the one that only hands them out has none."""
    if os.environ.get("PYTEST_XDIST_WORKER") or not config.getoption("numprocesses", None):
        config.pluginmanager.register(Recorder(), "matchreel-recorder")
