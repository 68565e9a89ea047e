"""Run Snakemake in a folder of a test's own, and read what a dry run would do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = Path(__file__).resolve().parent / "plugins"
PATHS = os.pathsep.join(map(str, (PLUGINS, ROOT / "workflow/scripts", ROOT / "tests")))


@dataclass(frozen=True)
class Job:
    """One job of a dry run."""

    rule: str
    wildcards: dict[str, str]
    output: tuple[str, ...]
    reason: str
    threads: int
    resources: dict[str, Any]

    @property
    def name(self) -> str:
        """Rule and wildcard values, for example "probe_media demo-1 1"."""
        return " ".join([self.rule, *self.wildcards.values()])


@dataclass(frozen=True)
class Plan:
    """One dry run of many: its targets, an overlay of the config, and the workflow it is of."""

    targets: tuple[str, ...]
    config: dict[str, Any]
    snakefile: Path = ROOT / "Snakefile"
    options: tuple[str, ...] = ()


def snakemake(
    folder: Path,
    *targets: str,
    config: dict[str, Any] | None = None,
    options: Sequence[str] = (),
    cores: int = 2,
    snakefile: Path = ROOT / "Snakefile",
    environment: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the workflow in `folder`, with an overlay of the config."""
    overlay = folder / "overlay.yaml" if config is not None else None
    if overlay:
        overlay.write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    arguments = arguments_of(
        folder, targets, overlay=overlay, options=options, cores=cores, snakefile=snakefile
    )
    whole = os.environ | (environment or {})
    if snakefile == ROOT / "Snakefile" and whole.get("PYTHONPATH", PATHS) == PATHS and "-n" in options:
        return server().run(arguments, whole)
    return subprocess.run(
        [sys.executable, "-m", "snakemake", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=whole,
        stdin=subprocess.DEVNULL,
    )


def arguments_of(
    folder: Path,
    targets: Sequence[str],
    *,
    overlay: Path | None,
    options: Sequence[str],
    cores: int = 2,
    snakefile: Path = ROOT / "Snakefile",
) -> list[str]:
    """Snakemake's command line for these targets in a folder."""
    arguments = ["--snakefile", str(snakefile), "--directory", str(folder), "--cores", str(cores)]
    arguments += ["--configfile", str(overlay)] if overlay else []
    if "--workflow-profile" not in options:
        arguments += ["--workflow-profile", str(ROOT / "profiles/default")]
    return [*arguments, *options, "--", *targets]


def planned(folder: Path, *targets: str, options: Sequence[str] = (), **keywords: Any) -> list[Job]:
    """The jobs a dry run would do, by Snakemake's public logger interface."""
    record = folder / "record.jsonl"
    record.unlink(missing_ok=True)
    environment = {
        "MATCHREEL_RECORD": str(record),
        "PYTHONPATH": os.pathsep.join([PATHS, *keywords.pop("python_path", [])]),
    }
    done = snakemake(
        folder,
        *targets,
        options=["-n", "--logger", "recorder", *options],
        environment=environment,
        **keywords,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return jobs_in(record)


def jobs_in(record: Path) -> list[Job]:
    """What the recorder wrote; nothing where no job was planned."""
    lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    rows = [json.loads(line) for line in lines]
    return [Job(**row | {"output": tuple(row["output"])}) for row in rows]


@dataclass(frozen=True)
class TriedRun:
    """How a dry run ended: its status, all it said, and the outputs it would have made."""

    status: int
    said: str
    outputs: tuple[str, ...]


def planned_many(folder: Path, plans: Sequence[Plan], *, scratch: Path) -> list[list[Job]]:
    """The jobs of many dry runs in one finished folder, in one process: 3 to 4 times as quick as one by one."""
    overlays = [yaml.safe_dump(plan.config, sort_keys=False) for plan in plans]
    requests = _requests(folder, plans, overlays, scratch=scratch)
    for code, request in zip(_dry_runs(requests), requests, strict=True):
        assert code == 0, Path(request["console"]).read_text(encoding="utf-8")[-3000:]
    return [jobs_in(Path(request["record"])) for request in requests]


def tried_runs(folder: Path, plan: Plan, overlays: Sequence[str], *, scratch: Path) -> list[TriedRun]:
    """Dry runs of one plan, each with further text as a config file on top, whatever that text is."""
    base = scratch / "base.yaml"
    base.write_text(yaml.safe_dump(plan.config, sort_keys=False), encoding="utf-8")
    requests = _requests(folder, [plan] * len(overlays), overlays, scratch=scratch)
    for request in requests:
        at = request["arguments"].index("--configfile") + 1
        request["arguments"].insert(at, str(base))
    codes = _dry_runs(requests)
    return [
        TriedRun(
            code,
            Path(request["console"]).read_text(encoding="utf-8"),
            tuple(path for job in jobs_in(Path(request["record"])) for path in job.output),
        )
        for code, request in zip(codes, requests, strict=True)
    ]


def _requests(
    folder: Path, plans: Sequence[Plan], overlays: Sequence[str], *, scratch: Path
) -> list[dict[str, Any]]:
    requests = []
    for index, (plan, text) in enumerate(zip(plans, overlays, strict=True)):
        overlay = scratch / f"{index}.yaml"
        overlay.write_text(text, encoding="utf-8")
        arguments = arguments_of(
            folder,
            plan.targets,
            overlay=overlay,
            options=["-n", "--nolock", "--logger", "recorder", *plan.options],
            snakefile=plan.snakefile,
        )
        paths = {name: str(scratch / f"{index}.{name}") for name in ("record", "console")}
        # The recorder adds to what it finds; a scratch folder may serve twice.
        for path in paths.values():
            Path(path).unlink(missing_ok=True)
        requests.append({"arguments": arguments, **paths})
    return requests


def _dry_runs(requests: Sequence[dict[str, Any]]) -> list[int]:
    """The exit code of each."""
    # What the test set there is where the plugins of its profiles are: Snakemake looks for them once a process.
    paths = os.pathsep.join(filter(None, [PATHS, os.environ.get("PYTHONPATH")]))
    one = server(paths)
    return [
        one.status(
            request["arguments"],
            os.environ | {"PYTHONPATH": paths, "MATCHREEL_RECORD": request["record"]},
            stdout=request["console"],
            stderr=request["console"],
        )
        for request in requests
    ]


class Server:
    """A process of support.dry_runs that this test process asks; paths: its PYTHONPATH."""

    def __init__(self, paths: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.dry_runs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": paths},
        )
        weakref.finalize(self, self._process.kill)

    def status(
        self, arguments: Sequence[str], environment: dict[str, str], *, stdout: str, stderr: str
    ) -> int:
        """Exit code of one run, whose words are added to these files."""
        assert self._process.stdin and self._process.stdout
        request = {"arguments": arguments, "environment": environment, "stdout": stdout, "stderr": stderr}
        request["folder"] = str(Path.cwd())
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        """One run and its words, as subprocess.run gives them."""
        with tempfile.TemporaryDirectory() as scratch:
            paths = [Path(scratch) / name for name in ("stdout", "stderr")]
            code = self.status(arguments, environment, stdout=str(paths[0]), stderr=str(paths[1]))
            said = [path.read_text(encoding="utf-8") for path in paths]
        return subprocess.CompletedProcess(list(arguments), code, *said)


@cache
def _lasting_server(paths: str) -> Server:
    return Server(paths)


def server(paths: str = PATHS) -> Server:
    """Started when first asked for, and ended with the tests; one of its own for each test whose lines are recorded."""
    return Server(paths) if "COVERAGE_PROCESS_START" in os.environ else _lasting_server(paths)
