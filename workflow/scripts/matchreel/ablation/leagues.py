"""One league of the ablation: the whole workflow in a folder of its own, with every variant in it."""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from matchreel.errors import ConfigError, ToolError
from matchreel.provenance import written_whole

log = logging.getLogger("matchreel")

# The workflow that this library belongs to.
ROOT = Path(__file__).resolve().parents[4]
OVERLAY_NAME, TABLE_NAME, LOG_NAME = "overlay.yaml", "games.tsv", "snakemake.log"
_SAID_LINES = 3


@dataclass(frozen=True)
class League:
    """A demo league by difficulty and seed, its folder, and the model judged in it."""

    difficulty: float
    seed: int
    folder: Path
    judged: str

    @property
    def words(self) -> str:
        """For progress and errors."""
        return f"league of difficulty {self.difficulty:g}, seed {self.seed}"

    @property
    def results_path(self) -> Path:
        """The resamples of its evaluation."""
        return self.folder / "results/evaluation" / self.judged / "resamples.npz"

    @property
    def target(self) -> str:
        """What Snakemake makes in its folder."""
        return self.results_path.relative_to(self.folder).as_posix()


def leagues_in(
    out_dir: Path, difficulties: Sequence[float], seeds: Sequence[int], judged: str
) -> list[League]:
    """A league for each difficulty and seed, each in a folder named after both."""
    return [
        League(difficulty, seed, out_dir / f"league-{difficulty:g}-{seed}", judged)
        for difficulty in difficulties
        for seed in seeds
    ]


def prepare_league(
    league: League,
    config: Mapping[str, Any],
    *,
    games_path: Path,
    weights_paths: Sequence[Path],
) -> None:
    """Write the folder's config overlay and its table of demo games, and show it the backbones' weights.

    What is there and equal stays untouched, so that a finished league stays finished.
    """
    demo = {**config["demo"], "difficulty": league.difficulty, "seed": league.seed}
    held = {**config, "demo": demo, "games_table": TABLE_NAME}
    _write_changed(league.folder / OVERLAY_NAME, yaml.safe_dump(held, sort_keys=True, allow_unicode=True))
    _write_changed(league.folder / TABLE_NAME, _demo_rows(games_path))
    for path in weights_paths:
        link = league.folder / "resources/weights" / path.name
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.exists():
            link.unlink(missing_ok=True)  # a link to a file that is gone
            link.symlink_to(path.resolve())


def run_league(league: League, *, threads: int) -> None:
    """Run the workflow up to the league's evaluation; what is finished there is not run again.

    Its output goes to snakemake.log in the folder. Raises ToolError with its last lines where it fails.
    """
    log_path = league.folder / LOG_NAME
    started = time.monotonic()
    with log_path.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            league_command(league, threads=threads), stdout=stream, stderr=subprocess.STDOUT
        )
        try:
            status = process.wait()
        except BaseException:
            # Stopped from outside: let it end its job and leave its folder so that the next run goes on.
            process.terminate()
            process.wait()
            raise
    if status:
        said = [line for line in log_path.read_text(encoding="utf-8").splitlines() if line.strip()]
        raise ToolError(
            f"the {league.words} failed ({' / '.join(said[-_SAID_LINES:])})",
            where=log_path,
            remedy="Read that log; the same command goes on where it stopped",
        )
    log.info("ablation: %s done in %.0f s", league.words, time.monotonic() - started)


def league_command(league: League, *, threads: int) -> list[str]:
    """Snakemake in the league's folder. Nobody else runs there, so a lock of a killed run is overlooked."""
    command = [sys.executable, "-P", "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--workflow-profile", str(ROOT / "profiles/default"), "--directory", str(league.folder)]
    command += ["--configfile", str(league.folder / OVERLAY_NAME), "--cores", str(threads), "--nolock"]
    return [*command, "--quiet", "rules", "reason", "--", league.target]


def _demo_rows(games_path: Path) -> str:
    """The table's header and its rendered games."""
    lines = games_path.read_text(encoding="utf-8-sig").splitlines()
    held = [line for line in lines if line.strip() and not line.startswith("#")]
    header = [name.strip() for name in held[0].split("\t")] if held else []
    if "source" not in header:
        raise ConfigError("there is no column source", where=games_path, remedy="See config/README.md")
    place = header.index("source")
    rows = [line for line in held[1:] if line.split("\t")[place].strip() == "demo"]
    if not rows:
        raise ConfigError("there is no demo game", where=games_path, remedy="Add rows of source demo")
    return "\n".join([held[0], *rows]) + "\n"


def _write_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        with written_whole(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
