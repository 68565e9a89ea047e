"""What SoccerNet and 100,000 matches take, from rates measured elsewhere: the tables of docs/scale.md.

python benchmarks/scale_cost.py
"""

from __future__ import annotations

# SOURCE: benchmarks/soccernet_cost.md, measured with 2 threads and no GPU: what 764 hours of video take.
SOCCERNET_HOURS = 764.0
AUDIO_HOURS, FEATURE_HOURS = 1.0, 49.0
AUDIO_GB, FEATURES_GB = 88.0, 70.4
# ASSUME: 0.6 Mbit/s of 224p video, and 1.53 h of video to a match, as SoccerNet has.
VIDEO_GB = SOCCERNET_HOURS * 3600 * 0.6e6 / 8 / 1e9
MATCH_HOURS = SOCCERNET_HOURS / 500
# SOURCE: benchmarks/dag_scale.py --whole: 75,001 jobs of 5,000 games in 1,520 MiB, 15 jobs in 132 MiB.
JOBS_PER_GAME, BYTES_PER_JOB, BYTES_BEFORE = 15, 19_400, 138e6


def row(name: str, matches: int, machines: int) -> str:
    """Disk and time of some matches on some machines of two cores."""
    share = matches * MATCH_HOURS / SOCCERNET_HOURS
    days = share * (AUDIO_HOURS + FEATURE_HOURS) / machines / 24
    spent = f"{days:.1f} days" if days >= 1 else f"{days * 24:.0f} h"
    disk = [share * size / 1e3 for size in (VIDEO_GB, AUDIO_GB, FEATURES_GB)]
    jobs = matches * JOBS_PER_GAME
    cells = [name, f"{machines}", *(f"{size:.2f} TB" for size in disk), spent, f"{jobs:,}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Print the table."""
    print("| matches | machines of 2 cores | video | sound | features | sound and features made in | jobs |")
    print("|---|---|---|---|---|---|---|")
    print(row("SoccerNet, 500 (764 h)", 500, 1))
    print(row("SoccerNet, 500 (764 h)", 500, 50))
    print(row("100,000 (152,800 h)", 100_000, 500))
    per_batch = int((1e9 - BYTES_BEFORE) / BYTES_PER_JOB / JOBS_PER_GAME)
    print(f"\nIn 1 GB, one dry run plans about {per_batch:,} games of {JOBS_PER_GAME} jobs.")


if __name__ == "__main__":
    main()
