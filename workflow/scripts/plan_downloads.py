"""Command: add SoccerNet games to games.tsv and print what fetching them takes, before anything starts."""

from pathlib import Path

from matchreel.soccernet import plan
from matchreel.step import run_step

BASE_DIR = Path(__file__).resolve().parents[2]


def plan_downloads(
    *, splits: list[str], soccernet_paths: list[str], resolution: str | None, table_path: Path | None
) -> None:
    """Write the rows of --splits (train valid test challenge) or --soccernet-paths; print the plan."""
    planned = plan.plan_downloads(
        splits=splits,
        soccernet_paths=soccernet_paths,
        table_path=table_path or Path("config/games.tsv"),
        schema_path=BASE_DIR / "config/schemas/games.schema.yaml",
        games_dir=Path("resources/games"),
        resolution=resolution or "224p",
    )
    print(f"{planned}\n{planned.num_new_rows} rows added. Nothing is downloaded until a target needs it.")


if __name__ == "__main__":
    run_step(plan_downloads)
