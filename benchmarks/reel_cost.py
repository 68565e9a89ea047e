"""What a finished reel costs beside a bare ffmpeg encode of the same seconds.

    python benchmarks/reel_cost.py --video FILE --plan EDIT_LIST.json [--runs 5] [--threads 2]

Alternating runs of (a) one ffmpeg command that reads, joins and encodes the same stretches of the recording
with the same quality, preset and AAC rate, and nothing else, (b) cut and join as cut_highlights does it with
config.yaml's reel: verified clips, title card, lower thirds, loudness, chapters; and with --crossfade also
(c) the same with crossfades. The recording is probed before, as probe_media does it. Prints medians of
wall-clock and processor seconds, and the ratios.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow/scripts"))

from matchreel.edit_list import EditList  # noqa: E402
from matchreel.graphics.words import GameNames  # noqa: E402
from matchreel.media.commands import Encoding  # noqa: E402
from matchreel.media.loudness import LoudnessGoal  # noqa: E402
from matchreel.media.probe import probe_file  # noqa: E402
from matchreel.media.tools import ffmpeg_path  # noqa: E402
from matchreel.records import Probe  # noqa: E402
from matchreel.reel.finish import Finish, make_reel  # noqa: E402

REEL = yaml.safe_load((ROOT / "config/config.yaml").read_text(encoding="utf-8"))["reel"]


def bare(video: Path, plan: EditList, folder: Path) -> None:
    """One ffmpeg run over all stretches, with ffmpeg's own choice of threads."""
    command = [ffmpeg_path("bundled"), "-nostdin", "-loglevel", "error", "-y"]
    for row in plan.highlights:
        command += [
            "-ss",
            str(row.start_seconds),
            "-t",
            str(row.interval.duration_seconds),
            "-i",
            f"file:{video}",
        ]
    count = len(plan.highlights)
    streams = "".join(f"[{index}:v:0][{index}:a:0]" for index in range(count))
    command += ["-filter_complex", f"{streams}concat=n={count}:v=1:a=1[v][a]", "-map", "[v]", "-map", "[a]"]
    command += ["-c:v", "libx264", "-crf", str(REEL["crf"]), "-preset", REEL["preset"], "-c:a", "aac"]
    command += ["-b:a", f"{REEL['audio_bitrate_kbps']}k", str(folder / "bare.mp4")]
    subprocess.run(command, check=True)


def finished(
    video: Path, probe: Probe, plan: EditList, folder: Path, *, crossfade_seconds: float, threads: int
) -> None:
    """Clips and reel as the shipped config makes them."""
    goal = LoudnessGoal(REEL["loudness_lufs"], REEL["peak_dbtp"])
    encoding = Encoding(
        REEL["crf"],
        REEL["preset"],
        REEL["audio_bitrate_kbps"],
        None,
        None,
        REEL["fade_seconds"],
        encoder="auto",
    )
    finish = Finish(
        crossfade_seconds,
        REEL["language"],
        REEL["title_card_seconds"],
        REEL["lower_third_seconds"],
        goal,
        False,
    )
    make_reel(
        highlights=plan.highlights,
        videos={probe.part: video},
        probes={probe.part: probe},
        names=GameNames("Westhaven", "Stonebridge", "2030-04-12"),
        folder=folder,
        encoding=encoding,
        finish=finish,
        ffmpeg="bundled",
        threads=threads,
    )


def measured(work: Callable[[Path], None]) -> tuple[float, float]:
    """Wall-clock and processor seconds of one run, children included."""
    with tempfile.TemporaryDirectory() as folder:
        wall, processor = time.monotonic(), processor_seconds()
        work(Path(folder))
        return time.monotonic() - wall, processor_seconds() - processor


def processor_seconds() -> float:
    """Used so far by this process and its ended children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(held.ru_utime + held.ru_stime for held in used)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--video", type=Path, required=True)
    parser.add_argument("--plan", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--crossfade", action="store_true")
    told = parser.parse_args()
    plan = EditList.load(told.plan)
    probe = probe_file(told.video, game=plan.game, part=plan.highlights[0].part)
    ways: dict[str, Callable[[Path], None]] = {"bare": lambda folder: bare(told.video, plan, folder)}
    for name, seconds in {"reel": 0.0, "reel with crossfades": REEL["transition_seconds"]}.items():
        if told.crossfade or not seconds:
            ways[name] = lambda folder, fade=seconds: finished(
                told.video, probe, plan, folder, crossfade_seconds=fade, threads=told.threads
            )
    seconds = sum(row.interval.duration_seconds for row in plan.highlights)
    print(f"{len(plan.highlights)} clips, {seconds:.1f} s, {told.runs} runs each, alternating")
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(told.runs):
        for name, work in ways.items():
            runs[name].append(measured(work))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in runs.items()
    }
    for name, (wall, processor) in medians.items():
        ratios = [held / base for held, base in zip((wall, processor), medians["bare"], strict=True)]
        print(
            f"{name}: wall {wall:.2f} s, processor {processor:.2f} s; ratio {ratios[0]:.2f}, {ratios[1]:.2f}"
        )


if __name__ == "__main__":
    main()
