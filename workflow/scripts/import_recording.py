"""Command of `make reel`: link a recording into resources/games/ and print the game's slug."""

from pathlib import Path

from matchreel import importing
from matchreel.errors import InputError
from matchreel.step import run_step

BASE_DIR, TABLE = Path(__file__).resolve().parents[2], Path("config/games.tsv")


def import_recording(
    *, video_path: Path | None, second_path: Path | None, game: str | None, table_path: Path | None
) -> None:
    """Link --video-path (and --second-path) in; the slug alone goes to stdout."""
    if video_path is None:
        raise InputError("no recording is named", where="VIDEO", remedy="Run `make reel VIDEO=match.mp4`")
    slug = importing.import_recording(
        video_path=video_path,
        second_path=second_path,
        game=game,
        games_dir=Path("resources/games"),
        table_path=table_path or (TABLE if TABLE.exists() else BASE_DIR / TABLE),
        schema_path=BASE_DIR / "config/schemas/games.schema.yaml",
    )
    print(slug)


if __name__ == "__main__":
    run_step(import_recording)
