"""What a run lacks, found before its first step: programs, rights, secrets, disk, memory, a GPU.

Only what surely fails is fatal; estimates only warn. Read at the start of every run: cheap, without torch.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil

from matchreel.errors import InputError, MatchreelError, OutputError, ToolError
from matchreel.kinds import UNREADABLE, is_number
from matchreel.media.tools import ffmpeg_path
from matchreel.soccernet.problems import required_secret
from matchreel.soccernet.sizes import PART_MINUTES, free_bytes

FFMPEG_RULES = frozenset(
    {"render_game", "extract_audio", "slice_clips", "cache_tensors", "find_score_bug", "cache_cues"}
    | {"find_cuts", "cut_highlights", "cut_vertical"}
)
DOWNLOAD_RULES = frozenset({"download_game", "download_labels"})
# ASSUME megabytes of output per hour of recording, on the generous side: as rendered games of 398x224 have
# with the default feature set (16-bit sound at 16 kHz, 1,280 values at 5 a second), and a reel of 1080 lines.
_MEGABYTES_PER_HOUR = {
    "render_game": 250.0,
    "extract_audio": 120.0,
    "cache_tensors": 150.0,
    "slice_clips": 130.0,
    "cut_highlights": 600.0,
    "cut_vertical": 300.0,
}
# ASSUME checkpoints and TensorBoard's files of one model.
_MEGABYTES_PER_MODEL = 200.0
# What these write is as large as what they read.
_COPYING_RULES = frozenset({"join_pieces"})
_MODEL_RULES = frozenset({"train_model", "train_spotter"})
_PATIENCE_SECONDS = 20.0
# Clocks of file servers are a little off.
_CLOCK_SLACK_SECONDS = 10.0
_MOST_LINES = 5
# The driver is there, also where its tools are not.
_GPU_FILE = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True)
class PlannedJob:
    """A job of this run: its rule, game and part ("" where it has none), and the memory that it asks for.

    inputs: paths of the files that it reads and no job of this run makes.
    """

    rule: str
    game: str
    part: str
    memory_megabytes: float
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Circumstances:
    """Where a run happens.

    ffmpeg: the config's value. download_source: HuggingFace or EXRCSDrive. is_local: steps run on this
    machine in this environment. gpu_rules: rules to which a profile gives a GPU.
    """

    ffmpeg: str
    download_source: str
    is_local: bool
    gpu_rules: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Findings:
    """fatal: one line each, of what surely fails. warnings: of what may."""

    fatal: tuple[str, ...]
    warnings: tuple[str, ...]


def check(jobs: Sequence[PlannedJob], held: Circumstances) -> Findings:
    """Look around in the working directory, in which results/ and resources/ lie."""
    num_jobs = Counter(job.rule for job in jobs)
    late = _from_the_future(jobs, now_seconds=time.time())
    fatal = [*_unwritable(["results", ".snakemake"]), *_no_secret(num_jobs, held), *late.fatal]
    warnings = [*_disk(jobs), *late.warnings]
    if held.is_local:
        fatal += _no_ffmpeg(num_jobs, held)
        warnings += [*_memory(jobs), *_no_gpu(num_jobs, held)]
    return Findings(tuple(fatal), tuple(warnings))


def _unwritable(folders: Iterable[str]) -> list[str]:
    lines = []
    for name in folders:
        folder = Path(name)
        at = folder if folder.exists() else Path()
        if not os.access(at, os.W_OK | os.X_OK):
            what, remedy = (
                "nothing can be written here",
                "Change its owner or rights, or run in another folder",
            )
            lines.append(str(OutputError(what, where=folder.absolute(), remedy=remedy)))
    return lines


def _from_the_future(jobs: Iterable[PlannedJob], *, now_seconds: float) -> Findings:
    """Inputs dated later than now: what is made from them is older than they are, which Snakemake refuses.

    Of a link its own date counts; where its file's alone is late, its game is made again in every run.
    """
    fatal, warnings = list[str](), list[str]()
    for path in dict.fromkeys(path for job in jobs for path in job.inputs):
        with suppress(OSError):
            own, target = Path(path).lstat().st_mtime, Path(path).stat().st_mtime
            is_own, latest = own > now_seconds + _CLOCK_SLACK_SECONDS, max(own, target)
            if latest <= now_seconds + _CLOCK_SLACK_SECONDS:
                continue
            touch = f"touch {'-h ' if is_own and Path(path).is_symlink() else ''}{shlex.quote(path)}"
            remedy = f"Give it today's date ({touch}), or correct this machine's clock"
            what = (
                f"its date is in the future ({_date_text(latest)}, and now it is {_date_text(now_seconds)})"
            )
            what += "" if is_own else ", so what is made from it looks old in every run"
            (fatal if is_own else warnings).append(str(InputError(what, where=path, remedy=remedy)))
    return Findings(tuple(_first_few(fatal)), tuple(_first_few(warnings)))


def _date_text(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"


def _first_few(lines: Sequence[str]) -> list[str]:
    more = len(lines) - _MOST_LINES
    return [*lines[:_MOST_LINES], *([f"and {more} more files with such a date"] if more > 0 else [])]


def _no_secret(num_jobs: Mapping[str, int], held: Circumstances) -> list[str]:
    count = sum(num_jobs.get(rule, 0) for rule in DOWNLOAD_RULES)
    if not count:
        return []
    try:
        required_secret(held.download_source, where=f"{count} files of SoccerNet to fetch")
    except MatchreelError as error:
        return [str(error)]
    return []


def _no_ffmpeg(num_jobs: Mapping[str, int], held: Circumstances) -> list[str]:
    if not FFMPEG_RULES & set(num_jobs):
        return []
    try:
        _run_ffmpeg(ffmpeg_path(held.ffmpeg), where=f"config, ffmpeg: {held.ffmpeg}")
    except MatchreelError as error:
        return [str(error)]
    return []


def _run_ffmpeg(path: str, *, where: str) -> None:
    try:
        command = [path, "-hide_banner", "-version"]
        done = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=_PATIENCE_SECONDS, check=False
        )
        why = f"exit status {done.returncode}" if done.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if why:
        what, remedy = (
            f"{path} does not run ({why})",
            "Install it again, or set ffmpeg: bundled in config.yaml",
        )
        raise ToolError(what, where=where, remedy=remedy)


def expected_megabytes(jobs: Iterable[PlannedJob]) -> float:
    """About how much these jobs write, by the recordings' lengths where they are known already."""
    hours, total = dict[tuple[str, str], float](), 0.0
    for job in jobs:
        per_hour = _MEGABYTES_PER_HOUR.get(job.rule, 0.0)
        if per_hour:
            key = (job.game, job.part)
            if key not in hours:
                hours[key] = _hours(*key)
            total += per_hour * hours[key]
        total += _MEGABYTES_PER_MODEL * (job.rule in _MODEL_RULES)
        total += _megabytes_of(job.inputs) * (job.rule in _COPYING_RULES)
    return total


def _megabytes_of(paths: Iterable[str]) -> float:
    return sum(Path(path).stat().st_size for path in paths if Path(path).is_file()) / 1e6


def _hours(game: str, part: str) -> float:
    """A part's length from its probe, if it has been probed; a whole game's where no part is named."""
    folder = Path("results/media") / game
    probes = [folder / f"{part}.json"] if part else [folder / f"{name}.json" for name in ("1", "2", "full")]
    found = [seconds for seconds in map(_probed_seconds, probes) if seconds is not None]
    return sum(found) / 3600 if found else PART_MINUTES / 60 * (1 if part in ("1", "2") else 2)


def _probed_seconds(path: Path) -> float | None:
    """None where it has not been probed; a damaged probe is reported by the step that needs it."""
    try:
        held = json.loads(path.read_text(encoding="utf-8"))["duration_seconds"]
        return float(held) if is_number(held) else None
    except (*UNREADABLE, OSError):
        return None


def _disk(jobs: Sequence[PlannedJob]) -> list[str]:
    wanted, free = expected_megabytes(jobs), free_bytes(Path("results")) / 1e6
    if wanted <= free:
        return []
    what = f"about {wanted / 1000:.1f} GB will be written and {free / 1000:.1f} GB are free"
    remedy = "Free some space, or run for fewer games at a time"
    return [str(OutputError(what, where=Path("results").absolute(), remedy=remedy))]


def _memory(jobs: Sequence[PlannedJob]) -> list[str]:
    largest = max(jobs, key=lambda job: job.memory_megabytes, default=None)
    free = psutil.virtual_memory().available / 1e6
    if largest is None or largest.memory_megabytes <= free:
        return []
    what = f"it may take {largest.memory_megabytes:.0f} MB of memory and {free:.0f} MB are free"
    return [
        str(OutputError(what, where=largest.rule, remedy="Close other programs, or expect it to be slow"))
    ]


def _no_gpu(num_jobs: Mapping[str, int], held: Circumstances) -> list[str]:
    rules = sorted(held.gpu_rules & set(num_jobs))
    if not rules or shutil.which("nvidia-smi") or _GPU_FILE.exists():
        return []
    remedy = "Run without this profile, or expect these steps to take many times longer"
    what = "the profile gives these steps a GPU and this machine shows none"
    return [str(ToolError(what, where=", ".join(rules), remedy=remedy))]
