"""The commands of a finished tiny league, each as its rule runs it, to be run again one by one in a copy."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from support.dryrun import ROOT, snakemake
from support.tiny import GAMES, TARGETS, tiny_config

ALL_TARGETS = (
    *TARGETS,
    "results/predictions/demo_spotter.zip",
    "results/evaluation/label_offsets/demo_spotter.csv",
    "results/media/tiny-valid/1.kickoff.json",
)
# Made with the date, the wall time or the machine in them.
_VARIABLE = ("logs", "benchmarks", "tensorboard", "checksums")
_JOB = re.compile(
    r"^(?:local)?rule (\w+):\n(?:    input: (?P<input>.*)\n)?    output: (?P<output>.*)\n(?:    .*\n)*"
    r"Shell command: (?P<command>.*)$",
    re.MULTILINE,
)


@dataclass(frozen=True)
class StepJob:
    """One job: its rule, its command, and the paths of its inputs and outputs within the folder."""

    rule: str
    command: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the step itself gets: its rule has its name, whatever leases a device before it."""
        return self.command[self.command.index(self.rule) + 1 :]

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.outputs[0]}"


def finish_league(folder: Path) -> None:
    """Take the tiny league through the whole workflow."""
    (folder / "games.tsv").write_text(GAMES, encoding="utf-8")
    done = snakemake(folder, *ALL_TARGETS, config=tiny_config())
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]


def jobs_of(folder: Path) -> list[StepJob]:
    """All jobs of a finished league; asked for once, then read from a file in it."""
    held = folder / ".jobs.txt"
    if not held.exists():
        _ask_for_jobs(folder, held)
    return [
        StepJob(
            match[1],
            tuple(shlex.split(match["command"])),
            tuple(filter(None, (match["input"] or "").split(", "))),
            tuple(match["output"].split(", ")),
        )
        for match in _JOB.finditer(held.read_text(encoding="utf-8"))
    ]


def _ask_for_jobs(folder: Path, path: Path) -> None:
    done = snakemake(folder, *ALL_TARGETS, config=tiny_config(), options=["-n", "-p", "--forceall"])
    assert done.returncode == 0, done.stdout + done.stderr
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(done.stdout + done.stderr, encoding="utf-8")
    temporary.rename(path)


def one_of_each_rule(jobs: list[StepJob]) -> list[StepJob]:
    """The last job of every rule: the test game's, where there are several."""
    return list({job.rule: job for job in jobs}.values())


def copied(source: Path, folder: Path) -> Path:
    """A copy of a finished league with links to its large files: what is written anew is never written into."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".snakemake"), dirs_exist_ok=True)
    return folder


def start(job: StepJob, folder: Path, *, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """The job's command in a process group of its own, as Snakemake starts it."""
    # What leases a device starts the step's `python` by its name.
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = os.environ | {
        "PATH": search,
        "PYTHONPATH": str(ROOT / "workflow/scripts"),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }
    return subprocess.Popen(
        [*prefix, sys.executable, *job.command[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(job: StepJob, folder: Path, *, prefix: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit status and stderr of the whole run."""
    process = start(job, folder, prefix=prefix)
    _, said = process.communicate(timeout=240)
    return process.returncode, said


def forget_outputs(job: StepJob, folder: Path) -> None:
    """Remove what the job made, as Snakemake does before it starts one."""
    for output in job.outputs:
        path = folder / output
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def redirected(job: StepJob, folder: Path, replaced: dict[str, str]) -> list[str]:
    """The arguments of a job's step with outputs and log in `folder` and some inputs replaced."""
    words = []
    for word in job.arguments:
        if word.startswith("results/") and word not in job.inputs:
            word = str(folder / Path(word).name)
        words.append(replaced.get(word, word))
    return words


def kill_at_work(job: StepJob, folder: Path, *, how: signal.Signals, delay_seconds: float) -> tuple[int, str]:
    """Start it and send a signal this long after its first temporary output appears; its exit status and stderr."""
    process = start(job, folder)
    parents = {(folder / output).parent for output in job.outputs}
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and not any(map(_is_at_work, parents)):
        time.sleep(0.001)
    time.sleep(delay_seconds)
    if process.poll() is None:
        # SIGKILL as an out-of-memory killer of a container sends it: to all processes of the job.
        os.killpg(process.pid, how) if how == signal.SIGKILL else process.send_signal(how)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def _is_at_work(parent: Path) -> bool:
    return parent.is_dir() and any(
        entry.name.startswith(".") and ".whole-" in entry.name for entry in parent.iterdir()
    )


def contents(folder: Path, *tops: str) -> dict[str, bytes]:
    """Path -> bytes of every result; logs, benchmarks and TensorBoard files left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for top in tops or ("resources", "results")
        for path in sorted((folder / top).rglob("*"))
        if path.is_file() and not set(_VARIABLE) & set(path.parts) and path.name != ".snakemake_timestamp"
    }


def differing(folder: Path, reference: Path, *tops: str) -> list[str]:
    """Paths that one of the two lacks or whose bytes differ."""
    ours, theirs = contents(folder, *tops), contents(reference, *tops)
    return sorted(path for path in ours.keys() | theirs.keys() if ours.get(path) != theirs.get(path))
