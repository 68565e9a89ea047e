"""python -m matchreel.synthetic --seed N --difficulty D --out DIR: render a small league."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import types
from pathlib import Path

from matchreel.errors import MatchreelError, from_os_error
from matchreel.synthetic.league import render_league
from matchreel.synthetic.render import INFORMATIVE


def main() -> None:
    """Parse the command line and render; one line and status 2 on failure."""
    parser = argparse.ArgumentParser(prog="python -m matchreel.synthetic", description=__doc__)
    parser.add_argument("--seed", type=int, required=True, help="seed of the league")
    parser.add_argument("--difficulty", type=float, default=0.5, help="0 easy to 1 hard (0.5)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--games", type=int, default=8, help="number of games (8)")
    parser.add_argument("--minutes", type=float, default=5.0, help="length of a game (5)")
    parser.add_argument("--event-rate", type=float, default=5.0, help="1 = as many as in SoccerNet (5)")
    parser.add_argument("--informative", choices=INFORMATIVE, default="both")
    parser.add_argument("--ffmpeg", default="bundled", help="bundled, system or a path")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        render_league(
            out_path=options.out,
            league_seed=options.seed,
            difficulty=options.difficulty,
            event_rate=options.event_rate,
            minutes=options.minutes,
            informative=options.informative,
            num_games=options.games,
            ffmpeg=options.ffmpeg,
            threads=1,
        )
    except (MatchreelError, OSError) as error:
        line = from_os_error(error) if isinstance(error, OSError) else error
        print(f"render_league: {line}", file=sys.stderr)
        sys.exit(2)


def _stop(_signal: int, _frame: types.FrameType | None) -> None:
    # SystemExit unwinds through every `finally`, so half-written files go and the encoder is ended.
    sys.exit(128 + signal.SIGTERM)


if __name__ == "__main__":
    main()
