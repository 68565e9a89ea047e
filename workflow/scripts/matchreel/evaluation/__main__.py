"""python -m matchreel.evaluation --labels DIR --predictions DIR --split test --metric loose|tight

SoccerNet's action-spotting figures (version 2, 17 classes): the numbers of its own evaluator, without its
package. DIR holds <league>/<season>/<game>/Labels-v2.json, or results_spotting.json; predictions may also be
a zip file of that folder, as the rule export_spotting writes it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from matchreel.errors import MatchreelError, from_os_error
from matchreel.evaluation.average_map import DELTAS_SECONDS
from matchreel.evaluation.intervals import Bootstrap, Figure
from matchreel.evaluation.map_report import as_json, interval_line, table_lines
from matchreel.evaluation.soccernet_map import SoccerNetMap, soccernet_average_map
from matchreel.evaluation.splits import SPLITS, games_of
from matchreel.evaluation.spotting_zip import unpacked
from matchreel.provenance import write_json

_EXIT_USER_ERROR = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(_EXIT_USER_ERROR, f"evaluation: {message}; --help says more\n")


def main() -> None:
    """Print the table and, last, `average-mAP <metric>: NN.NN`; one line and status 2 on failure."""
    options = _options()
    try:
        with unpacked(options.predictions) as predictions_dir:
            found = soccernet_average_map(
                labels_dir=options.labels,
                predictions_dir=predictions_dir,
                games=games_of(options.split),
                metric=options.metric,
            )
        interval = _interval(found, num_samples=options.bootstrap, seed=options.seed)
        if options.json:
            write_json(
                options.json, as_json(found, metric=options.metric, splits=options.split, interval=interval)
            )
    except (MatchreelError, OSError) as error:
        problem = from_os_error(error) if isinstance(error, OSError) else error
        print(f"evaluation: {problem}", file=sys.stderr)
        sys.exit(_EXIT_USER_ERROR)
    for line in table_lines(found, num_games=len(found.pool.games), splits=options.split):
        print(line)
    if interval:
        print(interval_line(interval, num_samples=options.bootstrap))
    print(f"average-mAP {options.metric}: {100 * found.average_maps['all']:.2f}")


def _options() -> argparse.Namespace:
    parser = _Parser(
        prog="python -m matchreel.evaluation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--labels", type=Path, required=True, help="folder of label files")
    parser.add_argument(
        "--predictions", type=Path, required=True, help="folder of predictions, or a zip file of it"
    )
    parser.add_argument(
        "--split", choices=SPLITS, nargs="+", required=True, help="one or more, taken together"
    )
    parser.add_argument(
        "--metric", choices=DELTAS_SECONDS, required=True, help="deltas of 5-60 s or of 1-5 s"
    )
    parser.add_argument("--json", type=Path, help="write every figure to this file")
    parser.add_argument("--bootstrap", type=int, default=0, help="resamples of games for an interval (0)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the resamples (0)")
    return parser.parse_args()


def _interval(found: SoccerNetMap, *, num_samples: int, seed: int) -> Figure | None:
    if num_samples <= 0:
        return None
    bootstrap = Bootstrap(found.pool.games, num_samples=num_samples, seed=seed)
    return found.pool.sampled(bootstrap, kind="all").average_map.figure()


if __name__ == "__main__":
    main()
